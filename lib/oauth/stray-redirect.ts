import type { ClientId } from '#lib/core';
import type { Addresses } from '#lib/edge';
import type { Identity, TenantRecord } from '#lib/identity';
import { parseRedirectUri } from './redirect-uris.ts';

/** An error on its way to a redirect URI that nobody vouches for. */
export interface StrayRedirect {
  readonly host: string;
  readonly error: string;
  readonly description: string | undefined;
}

interface StrayDeps {
  readonly addresses: Addresses;
  readonly identity: Identity;
}

/**
 * Anybody may register a client, so a request made to fail (`prompt=none`) would turn this host into a redirector to
 * wherever a stranger likes, without anybody having been asked (RFC 9700 §4.11.2). Such an error stays here, unless an
 * admin vouches for the client or the address is this very machine.
 */
export async function findStrayRedirect(
  { addresses, identity }: StrayDeps,
  tenant: TenantRecord,
  clientId: string | null,
  response: Response,
): Promise<StrayRedirect | undefined> {
  const location = URL.parse(response.headers.get('location') ?? '');
  if (location === null || location.href.startsWith(`${addresses.canonicalUrl(tenant.slug)}/`))
    return undefined;
  const answer = location.searchParams.has('error')
    ? location.searchParams
    : new URLSearchParams(location.hash.slice(1));
  const error = answer.get('error');
  if (error === null) return undefined;
  const redirect = parseRedirectUri(location.href.replace(/#.*$/s, ''));
  if (redirect.ok && redirect.value === 'loopback') return undefined;
  const record = await identity.agents.load(tenant.id, (clientId ?? '') as ClientId);
  if (record?.admission === 'listed' || record?.admission === 'admitted') return undefined;
  const description = answer.get('error_description') ?? undefined;
  return { host: location.host === '' ? location.protocol : location.host, error, description };
}
