import { hostsOf, type Egress } from '#lib/net';
import type { CustomFetch, ServerMetadata } from 'openid-client';

/** The library's way out: through the egress class of identity providers, to these hosts, never through the global fetch. */
export function createProviderFetch(egress: Egress, hosts: ReadonlySet<string>): CustomFetch {
  return async (url, { method, headers, body, signal }) =>
    await egress.fetch('idp', url, { method, headers, body: plainBody(body), signal, hosts });
}

/** Where a provider is spoken to: at its issuer's host, and at the endpoints that its discovery document names. */
export function providerHosts({
  issuer,
  token_endpoint: token,
  userinfo_endpoint: userinfo,
  jwks_uri: keys,
}: ServerMetadata): ReadonlySet<string> {
  return hostsOf([issuer, token, userinfo, keys]);
}

/** The library sends forms and nothing else. */
function plainBody(body: unknown): string | null {
  if (body === null || body === undefined) return null;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a request to an identity provider has an unexpected body');
}
