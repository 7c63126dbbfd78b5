import { err, type Principal, type Result } from '#lib/core';
import type { Minting } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import { approachServer } from './approach-server.ts';
import { listingCredential } from './listing-credential.ts';
import type { Eras } from './negotiate-era.ts';
import type { UpstreamSession } from './session.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';
import { confirmUpstream, type Handshake, type OpenedUpstream } from './upstream-session.ts';

const CONTRADICTION: UpstreamFailure = {
  kind: 'nonsense',
  message: 'says that it speaks protocol revision 2026-07-28, and refuses what is said in it.',
};

/**
 * Opens the upstream's half for a principal, all of it: in whichever era it speaks, and the word that it is complete.
 * `lost` is the half that turned out to be gone: a server that refused the stateless era is asked anew what it speaks.
 */
export async function shakeHands(
  parts: { readonly upstream: UpstreamLink; readonly eras: Eras; readonly minting: Minting },
  principal: Principal,
  server: PinnedServer,
  handshake: Handshake,
  lost?: UpstreamSession,
): Promise<Result<OpenedUpstream, UpstreamFailure>> {
  await parts.minting.warm({ id: principal.tenant, slug: principal.tenantSlug });
  const approach = approachServer(parts.minting, principal, server);
  const process = lost?.era === 'stateless' ? lost.process : undefined;
  // A process that has ended contradicts nothing.
  const refused = lost?.era === 'stateless' && process === undefined;
  if (refused) parts.eras.forget(approach);
  const { channel, sessionId } = lost?.era === 'session' ? lost : {};
  const reopening = { ...approach, reopens: sessionId ?? process };
  const opened = await parts.eras.open(
    channel === undefined ? reopening : { ...reopening, channel },
    handshake,
  );
  if (!opened.ok) return opened;
  const { session } = opened.value;
  if (refused && session.era === 'stateless' && session.process === undefined) return err(CONTRADICTION);
  const credential = listingCredential(parts.minting, principal, server, 'notifications/initialized');
  if (!credential.ok) return credential;
  const { tenant } = principal;
  const target = { tenant, url: server.url, timeoutMs: server.timeoutMs, credential: credential.value };
  const confirmed = await confirmUpstream(parts.upstream, target, session);
  return confirmed.ok ? opened : confirmed;
}
