import {
  plainPage,
  problemResponse,
  REQUEST_ID_HEADER,
  securityHeaders,
  type Addresses,
  type PageKind,
} from '#lib/edge';
import type { TenantRecord } from '#lib/identity';
import { isNavigation, nonceOf } from './navigation.ts';
import { defect, refusedByOperator, signInRequired, unavailable, type Refusal } from './problems.ts';
import type { HttpServices } from './types.ts';

/** The request that is refused, as far as it was understood. */
export interface Refused {
  readonly headers: Headers;
  readonly requestId: string;
  readonly tenant: TenantRecord | undefined;
}

/** The refusal as a response, counted where nobody known is behind it: a page for a person, the problem for a program. */
export function answerRefusal(services: HttpServices, refusal: Refusal, refused: Refused): Response {
  const { headers, requestId: reference, tenant } = refused;
  if (refusal.count !== undefined) services.countRefusal(tenant, refusal.count);
  if (isNavigation(headers)) return refusalPage(services, refusal, refused);
  return problemResponse(
    { ...refusal.problem, reference },
    { https: services.addresses.https, headers: headersOf(refusal) },
  );
}

/** Plain, for no component is at hand here, but with all that the same problem tells a program. */
function refusalPage({ addresses }: HttpServices, refusal: Refusal, refused: Refused): Response {
  const { title, detail, remedy, errors = [], status } = refusal.problem;
  const { headers, requestId: reference, tenant } = refused;
  const lines = errors.map(({ path, message }) => `${path}: ${message}`);
  const page = {
    title,
    ...(tenant && { organisation: tenant.displayName }),
    paragraphs: [detail, ...lines, ...(remedy === undefined ? [] : [remedy])],
    link: wayOn(addresses, refusal, tenant),
    reference,
  };
  const { html, headers: own } = plainPage(page, { https: addresses.https, nonce: nonceOf(headers) });
  const answer = { ...own, ...headersOf(refusal), [REQUEST_ID_HEADER]: reference };
  return new Response(html, { status, headers: answer });
}

/** A link and no redirect: our own `form-action` stops a form on its way to the provider. */
function wayOn(addresses: Addresses, refusal: Refusal, tenant: TenantRecord | undefined) {
  if (tenant === undefined) return { href: addresses.rootUrl, text: 'Choose your organisation' };
  if (refusal === signInRequired) return { href: addresses.ssoStartUrl(tenant.slug), text: 'Sign in' };
  return { href: tenant.canonicalUrl, text: 'Start again' };
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
