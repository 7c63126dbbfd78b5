import type { Egress } from '#lib/net';
import type { CustomFetch } from 'openid-client';

/** The library's way out: through the egress class of identity providers, never through the global fetch. */
export function createProviderFetch(egress: Egress): CustomFetch {
  return async (url, { method, headers, body, signal }) =>
    await egress.fetch('idp', url, { method, headers, body: plainBody(body), signal });
}

/** The library sends forms and nothing else. */
function plainBody(body: unknown): string | null {
  if (body === null || body === undefined) return null;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a request to an identity provider has an unexpected body');
}
