import type { Principal } from '#lib/core';
import type { Minting } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import { listingCredential } from './listing-credential.ts';
import type { Approach } from './negotiate-era.ts';
import { ownerOf } from './upstream-owner.ts';

/** How a principal comes to a server: which era it speaks may depend on the credential that it sees. */
export function approachServer(minting: Minting, principal: Principal, server: PinnedServer): Approach {
  const { tenant, mode, grant } = principal;
  return {
    place: `${tenant} ${mode} ${server.credential[mode] ?? 'none'} ${server.url}`,
    audience: grant,
    url: server.url,
    timeoutMs: server.timeoutMs,
    owner: ownerOf(principal),
    credential: (method) => listingCredential(minting, principal, server, method),
  };
}
