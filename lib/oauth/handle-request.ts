import type { JsonObject } from '#lib/core';
import { securityHeaders, type Addresses } from '#lib/edge';
import type { Identity, TenantRecord } from '#lib/identity';
import type { Receipts } from '#lib/receipts';
import type { Telemetry } from '#lib/telemetry';
import { countFlow, type FlowStep } from './count-flow.ts';
import { BODY_BYTES_MAX, METADATA_AGE_SECONDS, QUERY_CHARS_MAX } from './constants.ts';
import { renderProblem } from './error-page.ts';
import { jsonResponse, readBody } from './http-parts.ts';
import { normalizeAuthorizationQuery, normalizeTokenForm } from './normalize-parameters.ts';
import { PROVIDER_ROUTES } from './provider-configuration.ts';
import type { ProviderPool } from './provider-pool.ts';
import { registerClient } from './register-client.ts';
import { runProvider, type InnerRequest } from './run-provider.ts';
import { startSignIn } from './start-sign-in.ts';
import { findStrayRedirect } from './stray-redirect.ts';
import type { SettingsStore } from './store-settings.ts';
import type { RequestContext } from './types.ts';

export interface HandleDeps {
  readonly addresses: Addresses;
  readonly identity: Identity;
  readonly settings: SettingsStore;
  readonly pool: ProviderPool;
  readonly telemetry: Telemetry;
  readonly receipts: Receipts;
  readonly jwks: (tenant: TenantRecord) => Promise<JsonObject>;
}

interface Call {
  readonly deps: HandleDeps;
  readonly request: Request;
  readonly tenant: TenantRecord;
  readonly context: RequestContext;
  /** Path below the canonical URL. */
  readonly path: string;
  readonly query: URLSearchParams;
}

type Endpoint = (call: Call) => Promise<Response>;

const UID = '([\\w-]{16,64})';

interface Route {
  readonly path: RegExp;
  readonly step: FlowStep;
  readonly methods: Partial<Record<string, Endpoint>>;
}

const exactly = (path: string) => new RegExp(`^${path}$`);

const ROUTES: readonly Route[] = [
  { path: exactly('/oauth/jwks'), step: 'jwks', methods: { GET: answerJwks } },
  {
    path: exactly('/oauth/register'),
    step: 'registration',
    methods: { POST: answerRegistration, OPTIONS: answerPreflight },
  },
  { path: exactly(`/oauth/signin/${UID}`), step: 'authorization', methods: { GET: answerSignIn } },
  {
    path: exactly(PROVIDER_ROUTES.authorization),
    step: 'authorization',
    methods: { GET: answerAuthorization, POST: answerAuthorization },
  },
  {
    path: exactly(`${PROVIDER_ROUTES.authorization}/${UID}`),
    step: 'authorization',
    methods: { GET: answerResume },
  },
  {
    path: exactly(PROVIDER_ROUTES.token),
    step: 'token',
    methods: { POST: answerToken, OPTIONS: answerToken },
  },
  {
    path: exactly(PROVIDER_ROUTES.revocation),
    step: 'revocation',
    methods: { POST: answerToken, OPTIONS: answerToken },
  },
];

/** Routes one request below `<canonical>/oauth/`. Whatever fails inside becomes a refusal without detail. */
export async function handleRequest(
  deps: HandleDeps,
  request: Request,
  tenant: TenantRecord,
  context: RequestContext,
): Promise<Response> {
  const url = new URL(request.url);
  const path = pathBelow(url.pathname, deps.addresses, tenant);
  const route = ROUTES.find((each) => each.path.test(path));
  if (!route) return oauthError(deps, 404, 'not_found', 'there is no such endpoint');
  const endpoint = route.methods[request.method];
  if (!endpoint) {
    const response = oauthError(deps, 405, 'invalid_request', 'this endpoint does not take that method');
    response.headers.set('allow', Object.keys(route.methods).join(', '));
    return response;
  }
  try {
    const call = { deps, request, tenant, context, path, query: url.searchParams };
    const response = protect(deps, await endpoint(call));
    countFlow(deps, tenant, route.step, response);
    return response;
  } catch (error) {
    deps.telemetry.logger.error({ err: error, tenant: tenant.slug }, 'authorization server failed');
    deps.telemetry.metrics.oauthFlow(route.step, 'failed');
    return unavailable(deps, request, tenant);
  }
}

/** What a router made of the URL in front of `/oauth/` does not matter; what comes after it does. */
function pathBelow(pathname: string, addresses: Addresses, tenant: TenantRecord): string {
  const canonical = new URL(addresses.canonicalUrl(tenant.slug)).pathname.replace(/\/$/, '');
  for (const prefix of [canonical, `/t/${tenant.slug}`, '']) {
    if (pathname.startsWith(`${prefix}/oauth/`)) return pathname.slice(prefix.length);
  }
  return pathname;
}

async function answerJwks({ deps, tenant }: Call): Promise<Response> {
  return jsonResponse(200, await deps.jwks(tenant), {
    ...securityHeaders('public', { https: deps.addresses.https }),
    'content-type': 'application/jwk-set+json',
    'cache-control': `public, max-age=${METADATA_AGE_SECONDS}`,
  });
}

function answerRegistration({ deps, request, tenant }: Call): Promise<Response> {
  return registerClient(deps, tenant, request);
}

async function answerPreflight(): Promise<Response> {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, mcp-protocol-version',
      'access-control-max-age': '3600',
    },
  });
}

function answerSignIn({ deps, request, tenant, context, path }: Call): Promise<Response> {
  const uid = path.slice(path.lastIndexOf('/') + 1);
  const visit = { cookies: request.headers.get('cookie'), signedIn: context.session !== undefined };
  return startSignIn(deps, tenant, uid, visit);
}

/** Clients may send the request by GET or POST (OAuth 2.1 §3.1); inside it is always one GET. */
async function answerAuthorization(call: Call): Promise<Response> {
  const { request } = call;
  if (request.method === 'GET') return authorize(call, call.query);
  const body = await readBody(request, BODY_BYTES_MAX);
  return authorize(call, new URLSearchParams(body ?? ''));
}

async function authorize(call: Call, query: URLSearchParams): Promise<Response> {
  const normal = normalizeAuthorizationQuery(query).toString();
  if (normal.length > QUERY_CHARS_MAX) {
    return oauthError(call.deps, 414, 'invalid_request', 'the authorization request is too long');
  }
  const { deps, tenant } = call;
  const response = await run(call, { method: 'GET', path: `${call.path}?${normal}` });
  const stray = await findStrayRedirect(deps, tenant, query.get('client_id'), response);
  if (stray === undefined) return response;
  const page = renderProblem(tenant.displayName, deps.addresses.https, {
    title: 'This request cannot go on',
    code: stray.error,
    detail: `${stray.description ?? 'The agent sent a request that is not accepted'}. You stay here, because nobody in ${tenant.displayName} vouches for ${stray.host}.`,
  });
  return new Response(page.html, { status: 400, headers: page.headers });
}

function answerResume(call: Call): Promise<Response> {
  return run(call, { method: 'GET', path: call.path });
}

async function answerToken(call: Call): Promise<Response> {
  const { request, path, deps } = call;
  if (request.method === 'OPTIONS') return run(call, { method: 'OPTIONS', path });
  const body = await readBody(request, BODY_BYTES_MAX);
  if (body === undefined) {
    return oauthError(
      deps,
      413,
      'invalid_request',
      `the body is not UTF-8 text of at most ${BODY_BYTES_MAX} bytes`,
    );
  }
  return run(call, { method: 'POST', path, body: normalizeTokenForm(body) });
}

async function run(
  { deps, request, tenant, context }: Call,
  inner: Omit<InnerRequest, 'headers'>,
): Promise<Response> {
  const provider = await deps.pool.provider(tenant);
  const response = await runProvider(
    provider,
    deps.addresses.canonicalUrl(tenant.slug),
    { ...inner, headers: request.headers },
    {
      ip: context.ip,
      fetchSite: request.headers.get('sec-fetch-site'),
      ...(context.session ? { session: context.session } : {}),
    },
  );
  return response.status >= 500 ? unavailable(deps, request, tenant) : response;
}

/** Adds what every response carries, where the endpoint did not say otherwise. */
function protect({ addresses }: HandleDeps, response: Response): Response {
  const kind = response.headers.has('location') ? 'bare' : 'protocol';
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders(kind, { https: addresses.https }))) {
    if (!headers.has(name)) headers.set(name, value);
  }
  // A script of a client's own page may read the answers meant for it.
  if (headers.has('access-control-allow-origin')) headers.set('cross-origin-resource-policy', 'cross-origin');
  return new Response(response.body, { status: response.status, headers });
}

function oauthError(deps: HandleDeps, status: number, error: string, description: string): Response {
  return protect(deps, jsonResponse(status, { error, error_description: description }, {}));
}

function unavailable(deps: HandleDeps, request: Request, tenant: TenantRecord): Response {
  const detail = 'This server can not answer now. Try again in a moment.';
  if (!request.headers.get('accept')?.includes('text/html')) {
    return oauthError(deps, 503, 'temporarily_unavailable', detail);
  }
  const page = renderProblem(tenant.displayName, deps.addresses.https, {
    title: 'Not available just now',
    detail,
  });
  return new Response(page.html, { status: 503, headers: page.headers });
}
