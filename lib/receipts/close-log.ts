import type { ReplicaId } from '#lib/core';
import type { KeyClaim } from '#lib/evidence';
import type { Keys } from '#lib/keys';
import { encodeVkey } from '#lib/tlog';
import { appendOutbox } from './append-outbox.ts';
import { appendOrphanOutcomes, hasOpenAttempts } from './close-orphans.ts';
import { CLOSE_LOG_GRACE_MS, CLOSE_LOG_POLL_MS } from './constants.ts';
import { sha256 } from './hash.ts';
import { parseLogKids } from './log-kids.ts';
import type { LoadedLog } from './log.ts';
import { listLogReplicas, markLogClosed } from './store-close.ts';
import { makeQueued, nobody, type LogHandle } from './tenant-log.ts';
import type { ClosedLog, ReceiptDraft, ReceiptTimers } from './types.ts';
import { withLock, type AppendDeps, type LockedLog } from './with-lock.ts';

export interface CloseLogDeps extends AppendDeps {
  readonly keys: Keys;
  readonly timers: ReceiptTimers;
}

/**
 * Ends a log for good: what is staged is appended, calls under way get a while for their outcomes and are closed as
 * `unknown` after it, and the last entry says that there is none after it. From that commit on no replica appends.
 */
export async function closeLog({ log, sequencer }: LogHandle, deps: CloseLogDeps): Promise<ClosedLog> {
  await waitForOutcomes(log, deps);
  return await sequencer.exclusive(async () => {
    while (await appendOutbox(log, deps));
    await withLock(log, deps, async (locked) => {
      for (const replica of await listLogReplicas(locked.run, log.tenant, log.id)) {
        while ((await appendOrphanOutcomes(locked, log, deps, replica)) > 0);
      }
      await appendLast(locked, log, deps);
      await markLogClosed(locked.run, log.tenant, log.id, deps.clock.now());
      await locked.raiseFence();
    });
    const { size, checkpoint } = log.position;
    return { id: log.id, origin: log.origin, size: Number(size), checkpoint };
  });
}

/** Whoever closes a log has refused new calls before; what was forwarded may still come back. */
async function waitForOutcomes(log: LoadedLog, { timers }: CloseLogDeps): Promise<void> {
  const run: LockedLog['run'] = (text, values) => log.db.sql(text, values);
  const isOpen = async () => {
    const replicas: readonly ReplicaId[] = await listLogReplicas(run, log.tenant, log.id);
    for (const replica of replicas) if (await hasOpenAttempts(run, log, replica)) return true;
    return false;
  };
  for (let waitedMs = 0; waitedMs < CLOSE_LOG_GRACE_MS && (await isOpen()); waitedMs += CLOSE_LOG_POLL_MS) {
    await new Promise<void>((resolve) => timers.setTimeout(resolve, CLOSE_LOG_POLL_MS));
  }
}

async function appendLast(locked: LockedLog, log: LoadedLog, deps: CloseLogDeps): Promise<void> {
  const now = deps.clock.now();
  const draft: ReceiptDraft = {
    id: deps.random.receiptId(now),
    at: now,
    kind: 'key',
    actor: { mode: 'system' },
    key: await lastClaim(locked, log, deps.keys),
  };
  const sealing = await log.ring.loadSealing(draft);
  const receipt = makeQueued(log, { draft, role: 'other', done: nobody, atMs: now }, sealing);
  const { refused } = await locked.append([receipt]);
  if (refused[0]) throw refused[0].error;
}

/** The log's own key once more, and that this is the end. */
async function lastClaim({ signing }: LockedLog, log: LoadedLog, keys: Keys): Promise<KeyClaim> {
  const kid = parseLogKids(signing.logKids)[0]?.kid ?? '';
  const { publicJwk: jwk, publicKey } = await keys.signerByKid(log.tenant, kid);
  return { purpose: 'log', kid, jwk, vkey: encodeVkey(sha256, log.origin, publicKey), closed: true };
}
