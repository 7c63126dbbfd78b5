import { problemResponse, REQUEST_ID_HEADER, securityHeaders, type PageKind } from '#lib/edge';
import type { TenantRecord } from '#lib/identity';
import { defect, refusedByOperator, unavailable, type Refusal } from './problems.ts';
import type { HttpServices } from './types.ts';

/** The refusal as a response, counted where nobody known is behind it. */
export function answerRefusal(
  services: HttpServices,
  refusal: Refusal,
  requestId: string,
  tenant?: TenantRecord,
): Response {
  if (refusal.count !== undefined) services.countRefusal(tenant, refusal.count);
  return problemResponse(
    { ...refusal.problem, reference: requestId },
    { https: services.addresses.https, headers: headersOf(refusal) },
  );
}

function headersOf({ retryAfterSeconds }: Refusal): Readonly<Record<string, string>> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}

/** What an exception means outside: lost infrastructure is 503, anything else a defect that only the log describes. */
export function refusalOfError(services: HttpServices, error: unknown, requestId: string): Refusal {
  const words = services.explainRefusal(error);
  if (words !== undefined) {
    services.logger.error({ requestId, err: error }, 'a tenant is refused until its operator mends it');
    return refusedByOperator(words);
  }
  if (services.isUnavailable(error)) {
    services.logger.warn({ requestId, err: error }, 'a request met infrastructure that does not answer');
    return unavailable;
  }
  services.logger.error({ requestId, err: error }, 'a request met a defect');
  return defect;
}

/** Adds the security headers that the handler has not set itself, and the reference. */
export function finishResponse(
  services: HttpServices,
  response: Response,
  kind: PageKind,
  requestId: string,
): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders(kind, { https: services.addresses.https }))) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.set(REQUEST_ID_HEADER, requestId);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
