import { err, ok, type Result } from '#lib/core';
import type { BrowserSession, TenantRecord } from '#lib/identity';
import type { z } from 'zod';
import { admitSession, loadTenant, readCookies, signInUrl, slugOf } from './admit-request.ts';
import { answerRefusal, finishResponse, refusalOfError } from './answer.ts';
import { isForeign, isUnsafe } from './check-origin.ts';
import { isNavigation } from './navigation.ts';
import { seeOther } from './outcomes.ts';
import { csrfFailed, foreignOrigin, signInRequired, tooManyStrangers, type Refusal } from './problems.ts';
import { parseInput, readRequestBody, type RouteParams } from './read-input.ts';
import type {
  Auth,
  HttpServices,
  InputSchemas,
  RouteContext,
  RouteDefinition,
  RouterContext,
  Scope,
} from './types.ts';

export type AnyRoute = RouteDefinition<Auth, InputSchemas | 'raw', z.ZodType | 'response', Scope>;
type AnyContext = RouteContext<Auth, InputSchemas | 'raw', Scope>;

/** What is known about a request so far; the tenant decides where a refusal is counted. */
interface Progress {
  tenant: TenantRecord | undefined;
}

/** One request through one route: address, Origin, tenant, session, input, CSRF token, handler. Never throws. */
export async function runRoute(
  services: HttpServices,
  route: AnyRoute,
  request: Request,
  router: RouterContext,
): Promise<Response> {
  const requestId = services.requestId(request.headers);
  const progress: Progress = { tenant: undefined };
  const kind = route.kind ?? (route.auth === 'raw' ? 'protocol' : 'api');
  try {
    const admitted = await admit(services, route, request, await router.params, progress, requestId);
    if (!admitted.ok) return refuse(services, admitted.error, request, { ...progress, requestId });
    const answer = await route.handle(admitted.value as never);
    const response = answer instanceof Response ? answer : renderJson(route, answer);
    return finishResponse(services, response, kind, requestId);
  } catch (error) {
    return refuse(services, refusalOfError(services, error, requestId), request, { ...progress, requestId });
  }
}

async function admit(
  services: HttpServices,
  route: AnyRoute,
  request: Request,
  params: RouteParams,
  progress: Progress,
  requestId: string,
): Promise<Result<AnyContext, Refusal>> {
  const slug = slugOf(services, request.headers, params, route.scope ?? 'tenant');
  if (!slug.ok) return slug;
  const foreign = isForeign(services.addresses, request, slug.value, route.auth);
  if (route.origin !== 'any' && foreign) return err(foreignOrigin);
  if (slug.value !== undefined) {
    const tenant = await loadTenant(services, slug.value);
    if (!tenant.ok) return tenant;
    progress.tenant = tenant.value;
    const crowd = route.keepsForStrangers?.(request) === true && crowdAt(services, tenant.value, request);
    if (crowd) return err(tooManyStrangers(crowd.retryAfterSeconds));
  }
  const readCookie = readCookies(request.headers);
  const session = await admitSession(services, progress.tenant, readCookie, route.auth);
  if (!session.ok) return session;
  const input = await admitInput(services, route, request, params, session.value);
  if (!input.ok) return input;
  return ok({
    request,
    requestId,
    ip: services.clientAddress(request.headers),
    tenant: progress.tenant,
    session: session.value,
    input: input.value as AnyContext['input'],
    readCookie,
    params,
  });
}

function crowdAt(services: HttpServices, { id }: TenantRecord, { headers }: Request) {
  return services.strangers.take(id, services.clientAddress(headers) ?? '');
}

/** Raw routes read for themselves; every other request is parsed, and its token checked, before anything happens. */
async function admitInput(
  services: HttpServices,
  route: AnyRoute,
  request: Request,
  params: RouteParams,
  session: BrowserSession | undefined,
): Promise<Result<unknown, Refusal>> {
  if (route.input === 'raw') return ok(undefined);
  const bytesMax = Math.min(route.bodyBytesMax ?? services.bodyBytesMax, services.bodyBytesMax);
  const read = await readRequestBody(request, route.input, bytesMax);
  if (!read.ok) return read;
  if (session !== undefined && isUnsafe(request.method)) {
    const token = read.value.csrfToken;
    if (token === undefined || !services.sessions.verifyCsrfToken(session, token)) return err(csrfFailed);
  }
  const query = new URL(request.url).searchParams;
  return parseInput(route.input, { params, query, body: read.value.body, form: read.value.form });
}

/** A person who opens an address without a session is sent to sign in. */
function refuse(
  services: HttpServices,
  refusal: Refusal,
  { headers, method, url }: Request,
  { tenant, requestId }: Progress & { readonly requestId: string },
): Response {
  const isOpened = isNavigation(headers) && !isUnsafe(method);
  if (refusal !== signInRequired || tenant === undefined || !isOpened)
    return answerRefusal(services, refusal, { headers, requestId, tenant });
  return finishResponse(services, seeOther(signInUrl(services, tenant, headers, url)), 'bare', requestId);
}

/** A value that does not fit its own schema is a defect of the handler: parse throws. */
function renderJson(route: AnyRoute, value: unknown): Response {
  if (route.output === 'response') throw new Error('the handler of a `response` route returned no Response');
  return Response.json(route.output.parse(value));
}
