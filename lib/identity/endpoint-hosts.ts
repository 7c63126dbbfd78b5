import { hostsOf } from '#lib/net';
import { z } from 'zod';
import { ENDPOINT_HOST_CHARS_MAX, ENDPOINT_HOSTS_MAX } from './constants.ts';
import type { IdentityProviderSettings, ProviderHosts } from './types.ts';

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

const endpointHost = z
  .string()
  .max(ENDPOINT_HOST_CHARS_MAX)
  .refine((text) => HOST.test(text) && URL.canParse(`https://${text}`), {
    error: 'is no host, as keys.example.com or keys.example.com:8443',
  })
  .transform((text) => [...hostsOf([`https://${text}`])].join());

/** As a list is compared: each host once, with its port. */
export const endpointHosts = z
  .array(endpointHost)
  .max(ENDPOINT_HOSTS_MAX)
  .transform((hosts) => [...new Set(hosts)].toSorted());

/** Where the endpoints may be by somebody's explicit word; none: nobody said. */
export function namedHosts({
  issuer,
  endpointHosts: named,
}: Pick<IdentityProviderSettings, 'issuer' | 'endpointHosts'>): readonly string[] {
  return named.length === 0 ? [] : [...new Set([...hostsOf([issuer]), ...named])].toSorted();
}

export function areSameHosts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((host) => other.includes(host));
}

/** What is wrong, and how whoever decides about it mends it. */
export function describeRefusedHosts({ pinned, refused }: ProviderHosts): string {
  const foreign = refused.filter((host) => !pinned.includes(host));
  return `the discovery document names endpoints at ${foreign.join(', ')}, and this identity provider is held to ${pinned.join(', ')}: if it has moved, set endpoint_hosts: [${refused.join(', ')}] in the tenant file, over the API or under Settings, Sign-in; if it has not, somebody else answers for it`;
}
