import { err, ok, type Principal, type Result } from '#lib/core';
import type { Minting } from '#lib/minting';
import type { PinnedServer } from '#lib/registry';
import type { Eras } from './negotiate-era.ts';
import { abandonUpstream } from './abandon-upstream.ts';
import { adoptUpstream } from './bring-upstream.ts';
import { isSameWish, renewWishes } from './renew-wishes.ts';
import { isSameUpstream, type Session, type SingleRequest, type UpstreamSession } from './session.ts';
import type { Sessions } from './sessions.ts';
import { shakeHands } from './shake-hands.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/**
 * Opens the upstream's half of a session anew when the upstream has lost it, or speaks another era than it did; once for
 * all calls that find out. `lost` is the half that the call was sent in: when the refusal comes back another call may have
 * opened a new one long ago, which is not lost by that.
 */
export type ReviveSession = (
  principal: Principal,
  server: PinnedServer,
  session: Session,
  lost: UpstreamSession,
) => Promise<Result<void, UpstreamFailure>>;

const ENDED: UpstreamFailure = {
  kind: 'aborted',
  message: 'is no longer asked, for this session has ended.',
};

export function createReviveSession(parts: {
  sessions: Sessions;
  pool: UpstreamPool;
  upstream: UpstreamLink;
  eras: Eras;
  minting: Minting;
}): ReviveSession {
  const underWay = new Map<string, Promise<Result<void, UpstreamFailure>>>();

  const revive: ReviveSession = async (principal, server, session, lost) => {
    const row = await parts.sessions.reload(session);
    if (row === undefined || session.ended) return err(ENDED);
    if (!isSameUpstream(row.upstream, lost)) return ok(undefined);
    const handshake = { protocolVersion: row.protocolVersion, ...row.handshake };
    const opened = await shakeHands(parts, principal, server, handshake, lost);
    if (!opened.ok) return opened;
    const { session: own } = opened.value;
    let wished = row.upstream;
    for (;;) {
      const upstream = await renewWishes(parts, principal, server, wished, own);
      let isSaved = false;
      const now = await parts.sessions.change(session, (state) => {
        isSaved = isSameUpstream(state.upstream, lost) && isSameWish(state.upstream, wished);
        return isSaved ? { ...state, upstream } : undefined;
      });
      if (isSaved) return ok(undefined);
      // Another replica was faster, or the session has ended: what was opened here is nobody's.
      if (now === undefined || !isSameUpstream(now.upstream, lost)) {
        await abandonUpstream(parts, principal, server, own);
        return now === undefined ? err(ENDED) : ok(undefined);
      }
      wished = now.upstream;
    }
  };

  return (principal, server, session, lost) => {
    if (session.single !== undefined) return revivePooled(parts.pool, session, session.single, lost);
    const key = nameOfHalf(session, lost);
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const started = revive(principal, server, session, lost).finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  };
}

/** Who lost another half of the same session is helped by itself: the row says which of them is in force. */
function nameOfHalf({ hash }: Session, lost: UpstreamSession): string {
  const own = lost.era === 'stateless' ? [lost.process] : [lost.sessionId, lost.channel];
  return JSON.stringify([hash, lost.era, ...own]);
}

async function revivePooled(
  pool: UpstreamPool,
  session: Session,
  { pooled }: SingleRequest,
  lost: UpstreamSession,
): Promise<Result<void, UpstreamFailure>> {
  const opened = await pool.revive(pooled, lost);
  if (opened.ok) adoptUpstream(session);
  return opened;
}
