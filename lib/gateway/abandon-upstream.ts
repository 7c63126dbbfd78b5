import type { Principal } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { listingCredential } from './listing-credential.ts';
import type { Parts } from './parts.ts';
import type { UpstreamSession } from './session.ts';
import { closeUpstream } from './upstream-session.ts';

/** Ends the half of a session that was opened at a server, and that nobody will ever use. */
export async function abandonUpstream(
  parts: Pick<Parts, 'minting' | 'upstream'>,
  principal: Principal,
  server: PinnedServer,
  upstream: UpstreamSession,
): Promise<void> {
  const credential = listingCredential(parts.minting, principal, server, 'session/end');
  if (!credential.ok) return;
  const { tenant } = principal;
  const target = { tenant, url: server.url, timeoutMs: server.timeoutMs, credential: credential.value };
  await closeUpstream(parts.upstream, target, upstream);
}
