import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import {
  type AddressMatch,
  clientAddress,
  parseTrustedProxies,
  problemBody,
  securityHeaders,
} from '#lib/edge';
import { nodeExchange } from '#lib/gateway';
import type { RouteHandler } from '#lib/http';
import type { TenantRecord } from '#lib/identity';
import { createAdmission, NO_PLACE, NOBODY, type Place } from './admit-requests.ts';
import { OVERLOAD_RETRY_AFTER_SECONDS } from './constants.ts';
import { matchRoute, parseRoutePattern, type RouteParams } from './match-route.ts';
import type { ListenOptions, RouteModule, Runtime } from './types.ts';
import { dropRawHeader, dropRouterHeaders } from './drop-headers.ts';

const MCP_PREFIX = '/mcp/';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly match: AddressMatch;
  readonly ip: string;
  readonly requestId: string;
  /** Of work under way; streams that wait for news have none. */
  readonly place: Place;
}

/**
 * Where each request goes: MCP to the gateway without Web objects, hot routes to their files, all else to Next. What
 * matches no address of ours is 421, whatever it asks for.
 */
export function createDispatcher(runtime: Runtime, { routes, next }: ListenOptions) {
  const { addresses, config, internalHeaders, telemetry } = runtime;
  const proxies = parseTrustedProxies(config.trustedProxies);
  const hot = routes.map(({ pattern, module }) => ({
    pattern: parseRoutePattern(pattern),
    serve: serveWith(module),
  }));
  const bareHeaders = securityHeaders('bare', { https: addresses.https });
  const admit = createAdmission();

  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = pathOf(request.url);
    const match = addresses.match(request.headers.host, path);
    const begin = (place: Place): void =>
      route({
        request,
        response,
        path,
        match,
        ip: clientAddress(request.socket.remoteAddress, forwardedFor(request), proxies) ?? '',
        requestId: telemetry.requestId(),
        place,
      });
    if (isStream(request, match)) begin(NO_PLACE);
    else if (!admit(partyOf(runtime, match), response, begin)) refuseOverload(runtime, match, response);
  };

  function route(visit: Visit): void {
    const { match, path } = visit;
    if (match.kind === 'tenant' && match.path.startsWith(MCP_PREFIX)) {
      serveMcp(runtime, visit, match.path.slice(MCP_PREFIX.length));
      return;
    }
    if (path === '/livez' || path === '/readyz') {
      serveHealth(runtime, visit);
      return;
    }
    const internal = addresses.internalPath(match);
    if (internal === undefined) {
      refuseAddress(runtime, visit);
      return;
    }
    stampInternalHeaders(visit);
    for (const { pattern, serve } of hot) {
      const params = matchRoute(pattern, internal);
      if (params !== undefined) {
        serve(visit, params);
        return;
      }
    }
    if (METHODS.some((method) => method === visit.request.method)) serveByNext(visit);
    else visit.response.writeHead(405, { ...bareHeaders, allow: METHODS.join(', ') }).end();
  }

  /** Next answers every page with 200; a page that shows a refusal has said which status that is. */
  function serveByNext({ request, response, requestId }: Visit): void {
    const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]) =>
      writeHead(runtime.http.pageStatuses.take(requestId) ?? status, ...rest);
    dropRouterHeaders(request);
    next(request, response);
  }

  /** Tells our own handlers, Next's included, what only the socket's owner knows. The names are this process's secret. */
  function stampInternalHeaders({ request, ip, requestId }: Visit): void {
    for (const [name, value] of [
      [internalHeaders.clientAddress, ip],
      [internalHeaders.requestId, requestId],
    ] as const) {
      // Nobody outside knows the names; should one get out, what a client sends under it still counts for nothing.
      if (request.headers[name] !== undefined) dropRawHeader(request, name);
      request.headers[name] = value;
      request.rawHeaders.push(name, value);
    }
  }
}

/** Whose request it is. A name that nobody has is nobody's: whoever makes up names gets no share for each. */
function partyOf({ identity }: Runtime, match: AddressMatch): string {
  if (match.kind !== 'tenant' && match.kind !== 'well-known') return NOBODY;
  return identity.tenants.cachedBySlug(match.slug)?.id ?? NOBODY;
}

/** What waits for news is no work: the gateway has a limit of its own for streams, or one agent's would shut everybody out. */
function isStream({ method }: IncomingMessage, match: AddressMatch): boolean {
  return method === 'GET' && match.kind === 'tenant' && match.path.startsWith(MCP_PREFIX);
}

/** Node joins repeated headers of this name; a list means somebody got around that. */
function forwardedFor({ headers }: IncomingMessage): string | undefined {
  return [headers['x-forwarded-for'] ?? []].flat().join(',') || undefined;
}

function pathOf(url: string | undefined): string {
  const query = url?.indexOf('?') ?? -1;
  return query < 0 ? (url ?? '/') : (url ?? '/').slice(0, query);
}

/** Probes call by address, not by name: health is the one thing that has no host. */
function serveHealth(runtime: Runtime, { path, response }: Visit): void {
  const answer = (status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  if (path === '/livez') answer(200, { ok: true });
  else
    runtime.health.ready().then(
      (state) => answer(state.ok ? 200 : 503, state),
      () => answer(503, { ok: false }),
    );
}

function serveMcp(runtime: Runtime, visit: Visit, serverSegment: string): void {
  const slug = visit.match.kind === 'tenant' ? visit.match.slug : undefined;
  if (slug === undefined) return;
  const found = (tenant: TenantRecord | null | undefined) => {
    if (!tenant) {
      runtime.receipts.refuse(undefined, 'unknown_tenant');
      respondProblem(runtime, visit, 404, 'unknown-tenant', 'There is no such tenant', 'Check the MCP URL.');
      return;
    }
    const { ip, requestId, place } = visit;
    const { leave: onStream, away: onAway } = place;
    const route = { tenant, serverSegment, ip, requestId, onStream, onAway };
    runtime.gateway.handle(nodeExchange(visit.request, visit.response, route));
  };
  const cached = runtime.identity.tenants.cachedBySlug(slug);
  if (cached !== undefined) {
    found(cached);
    return;
  }
  runtime.identity.tenants.bySlug(slug).then(found, (error: unknown) => {
    runtime.telemetry.logger.error({ err: error, requestId: visit.requestId }, 'tenant look-up failed');
    respondProblem(
      runtime,
      visit,
      503,
      'unavailable',
      'Countersign can not answer now',
      'Try again in a moment.',
    );
  });
}

/** A Web handler behind node:http; a method that the file does not export is 405. */
function serveWith(module: RouteModule): (visit: Visit, params: RouteParams) => void {
  const allow = METHODS.filter((method) => module[method] !== undefined).join(', ');
  return ({ request, response }, params) => {
    const handler = handlerFor(module, request.method);
    if (handler === undefined) {
      response.writeHead(405, { allow }).end();
      return;
    }
    const listener = getRequestListener(
      (webRequest) => handler(webRequest, { params: Promise.resolve(params) }),
      {
        overrideGlobalObjects: false,
      },
    );
    void listener(request, response);
  };
}

function handlerFor(module: RouteModule, method: string | undefined): RouteHandler | undefined {
  const known = METHODS.find((candidate) => candidate === method);
  if (known === undefined) return undefined;
  return module[known] ?? (known === 'HEAD' ? module.GET : undefined);
}

function refuseOverload(runtime: Runtime, match: AddressMatch, response: ServerResponse): void {
  const tenant = match.kind === 'tenant' ? runtime.identity.tenants.cachedBySlug(match.slug) : undefined;
  runtime.receipts.refuse(tenant?.id, 'overloaded');
  response.writeHead(503, { 'retry-after': String(OVERLOAD_RETRY_AFTER_SECONDS), connection: 'close' }).end();
}

function refuseAddress(runtime: Runtime, visit: Visit): void {
  if (visit.match.kind === 'none') {
    runtime.receipts.refuse(undefined, 'unknown_address');
    const remedy = 'Use the address that your admin gave you; Countersign answers to its own names only.';
    respondProblem(
      runtime,
      visit,
      421,
      'unknown-host',
      'This host is not an address of this instance',
      remedy,
    );
    return;
  }
  respondProblem(runtime, visit, 404, 'not-found', 'There is nothing at this address', 'Check the URL.');
}

function respondProblem(
  runtime: Runtime,
  { response, requestId }: Visit,
  status: number,
  code: string,
  title: string,
  remedy: string,
): void {
  const body = problemBody({ status, code, title, detail: `${title}.`, remedy, reference: requestId });
  response.writeHead(status, {
    ...securityHeaders('api', { https: runtime.addresses.https }),
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
