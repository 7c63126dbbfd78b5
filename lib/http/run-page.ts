import { err, ok, type Result } from '#lib/core';
import type { Problem } from '#lib/edge';
import type { TenantRecord } from '#lib/identity';
import { admitSession, loadTenant, readCookies, signInUrl, slugOf } from './admit-request.ts';
import { refusalOfError } from './answer.ts';
import { nothingHere, signInRequired, unknownTenant, type Refusal } from './problems.ts';
import { parseInput, type RouteParams } from './read-input.ts';
import { nonceOf } from './navigation.ts';
import type {
  Auth,
  HttpServices,
  PageContext,
  PageDeflection,
  PageDefinition,
  PageInput,
  PageOutcome,
  PageRequest,
  Scope,
} from './types.ts';

type PageAuth = Exclude<Auth, 'raw'>;
export type AnyPage = PageDefinition<PageAuth, PageInput, Scope, unknown>;
type AnyContext = PageContext<PageAuth, PageInput, Scope>;

/** One page view: address, tenant, session, input, data. What Next must do about the rest comes back as data. */
export async function runPage(
  services: HttpServices,
  page: AnyPage,
  request: PageRequest,
): Promise<PageOutcome<unknown, Scope>> {
  const requestId = services.requestId(request.headers);
  const progress: { tenant: TenantRecord | undefined } = { tenant: undefined };
  try {
    const admitted = await admit(services, page, request, progress, requestId);
    if (!admitted.ok) return deflect(services, admitted.error, request, progress.tenant, requestId);
    const { tenant, session } = admitted.value;
    const answer = await page.load(admitted.value);
    if (isDeflection(answer)) {
      if (answer.outcome === 'problem') services.pageStatuses.note(requestId, answer.problem.status);
      return answer;
    }
    return {
      outcome: 'data',
      data: answer,
      requestId,
      tenant,
      session,
      csrfToken: session && services.sessions.createCsrfToken(session),
      nonce: nonceOf(request.headers),
    };
  } catch (error) {
    return deflect(services, refusalOfError(services, error, requestId), request, progress.tenant, requestId);
  }
}

async function admit(
  services: HttpServices,
  page: AnyPage,
  request: PageRequest,
  progress: { tenant: TenantRecord | undefined },
  requestId: string,
): Promise<Result<AnyContext, Refusal>> {
  const params: RouteParams = await request.params;
  const slug = slugOf(services, request.headers, params, page.scope ?? 'tenant');
  if (!slug.ok) return slug;
  if (slug.value !== undefined) {
    const tenant = await loadTenant(services, slug.value);
    if (!tenant.ok) return tenant;
    progress.tenant = tenant.value;
  }
  const readCookie = readCookies(request.headers);
  const session = await admitSession(services, progress.tenant, readCookie, page.auth);
  if (!session.ok) return session;
  const query = queryOf((await request.searchParams) ?? {});
  const input = parseInput(page.input, { params, query, body: undefined, form: undefined });
  if (!input.ok) return err(input.error);
  return ok({
    requestId,
    ip: services.clientAddress(request.headers),
    tenant: progress.tenant,
    session: session.value,
    input: input.value as AnyContext['input'],
    readCookie,
    cookieHeader: request.headers.get('cookie'),
  });
}

function queryOf(search: Readonly<Record<string, string | string[] | undefined>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? value : value === undefined ? [] : [value])
      query.append(name, each);
  }
  return query;
}

function deflect(
  services: HttpServices,
  refusal: Refusal,
  request: PageRequest,
  tenant: TenantRecord | undefined,
  requestId: string,
): PageDeflection {
  if (refusal === signInRequired && tenant !== undefined) {
    return { outcome: 'redirect', to: signInUrl(services, tenant, request.headers) };
  }
  if (refusal.count !== undefined) services.countRefusal(tenant, refusal.count);
  if (refusal === nothingHere || refusal === unknownTenant) return { outcome: 'not-found' };
  const problem: Problem = { ...refusal.problem, reference: requestId };
  services.pageStatuses.note(requestId, problem.status);
  return { outcome: 'problem', problem };
}

function isDeflection(answer: unknown): answer is PageDeflection {
  if (typeof answer !== 'object' || answer === null || !('outcome' in answer)) return false;
  return answer.outcome === 'redirect' || answer.outcome === 'not-found' || answer.outcome === 'problem';
}
