import { err, ok, type Principal, type Result } from '#lib/core';
import type { Minting } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import { listingCredential } from './listing-credential.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';
import { confirmUpstream, openUpstream } from './upstream-session.ts';

/** Opens the upstream's half of a session anew when the upstream has lost it; once for all calls that find out. */
export type ReviveSession = (
  principal: Principal,
  server: PinnedServer,
  session: Session,
) => Promise<Result<void, UpstreamFailure>>;

export function createReviveSession(parts: {
  sessions: Sessions;
  upstream: UpstreamLink;
  minting: Minting;
}): ReviveSession {
  const underWay = new Map<string, Promise<Result<void, UpstreamFailure>>>();

  const revive: ReviveSession = async (principal, server, session) => {
    const lost = session.state.upstream.sessionId;
    const row = await parts.sessions.reload(session);
    if (row === undefined)
      return err({ kind: 'aborted', message: 'is no longer asked, for this session has ended.' });
    if (row.upstream.sessionId !== lost) return ok(undefined);
    await parts.minting.warm({ id: principal.tenant, slug: principal.tenantSlug });
    const credential = listingCredential(parts.minting, principal, server, 'initialize');
    if (!credential.ok) return credential;
    const target = { url: server.url, timeoutMs: server.timeoutMs, credential: credential.value };
    const handshake = { protocolVersion: row.protocolVersion, ...row.handshake };
    const opened = await openUpstream(parts.upstream, target, handshake);
    if (!opened.ok) return opened;
    const again = listingCredential(parts.minting, principal, server, 'notifications/initialized');
    if (!again.ok) return again;
    const confirmed = await confirmUpstream(
      parts.upstream,
      { ...target, credential: again.value },
      opened.value.session,
    );
    if (!confirmed.ok) return confirmed;
    await parts.sessions.save(session, { ...row, upstream: opened.value.session });
    return ok(undefined);
  };

  return (principal, server, session) => {
    const known = underWay.get(session.hash);
    if (known !== undefined) return known;
    const started = revive(principal, server, session).finally(() => underWay.delete(session.hash));
    underWay.set(session.hash, started);
    return started;
  };
}
