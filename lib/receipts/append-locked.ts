import { closedAttempt } from './closed-attempt.ts';
import { LogUnavailable } from './errors.ts';
import { findClosed } from './find-closed.ts';
import type { LoadedLog } from './log.ts';
import { parseLeaf } from './parse-leaf.ts';
import type { Preparation } from './prepare-batch.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import { listBatchesOf } from './store-read.ts';
import { idTerms } from './terms.ts';
import type { Appended, ReceiptDraft } from './types.ts';
import { withLock, type AppendDeps, type LockedLog } from './with-lock.ts';

export interface BatchResult {
  readonly appended: readonly { readonly receipt: QueuedReceipt; readonly appended: Appended }[];
  readonly refused: Preparation['refused'];
}

/**
 * The slow way in, for a batch that missed, whose commit is unknown, or whose outcomes may come second. Under the lock
 * nothing that was sent before can still slip in, so what is not there now was never appended.
 */
export async function appendLocked(
  log: LoadedLog,
  deps: AppendDeps,
  queued: readonly QueuedReceipt[],
  wasSent: boolean,
): Promise<BatchResult> {
  for (const receipt of queued) receipt.sealing = await log.ring.loadSealing(receipt.draft, 'fresh');
  return await withLock(log, deps, async (locked) => {
    const found = wasSent ? await findCommitted(log, locked, queued) : [];
    if (found.length > 0) return { appended: found, refused: leftOut(queued, found) };
    const refused: { receipt: QueuedReceipt; error: Error }[] = [];
    const alive = queued.filter((receipt) => {
      const why = receipt.role === 'attempt' ? whyNotStarted(receipt, locked) : undefined;
      if (why !== undefined) refused.push({ receipt, error: new LogUnavailable(why, receipt.draft.id) });
      return why === undefined;
    });
    await makeLate(log, locked, alive);
    const result = await locked.append(alive);
    return { appended: result.appended, refused: [...refused, ...result.refused] };
  });
}

/** An attempt that is not in the log yet need not get there; what would follow it has not been sent. */
function whyNotStarted({ told, sealing, draft }: QueuedReceipt, { fenced }: LockedLog): string | undefined {
  if (fenced) return 'this replica was declared dead and starts no more calls';
  if (told) return 'its caller gave up waiting';
  return draft.actor.person && !sealing.own
    ? 'this person was erased: nothing is forwarded for them'
    : undefined;
}

/** A batch is committed whole or not at all: its first receipt stands for all, and its row says what became of each. */
async function findCommitted(
  log: LoadedLog,
  { run }: LockedLog,
  queued: readonly QueuedReceipt[],
): Promise<{ receipt: QueuedReceipt; appended: Appended }[]> {
  const byId = new Map(queued.map((receipt) => [receipt.draft.id as string, receipt]));
  const rows = await listBatchesOf(run, log.tenant, idTerms('receipt', byId.keys()));
  const found: { receipt: QueuedReceipt; appended: Appended }[] = [];
  for (const row of rows) {
    row.leaves.forEach((leaf, at) => {
      const { payload } = parseLeaf(leaf);
      const receipt = byId.get(payload.jti);
      if (receipt)
        found.push({ receipt, appended: { kind: payload.kind, index: Number(row.firstIndex) + at } });
    });
  }
  return found;
}

/** What a committed batch was built without: nothing else will ever tell its callers. */
function leftOut(
  queued: readonly QueuedReceipt[],
  found: readonly { readonly receipt: QueuedReceipt }[],
): BatchResult['refused'] {
  const committed = new Set(found.map(({ receipt }) => receipt));
  return queued
    .filter((receipt) => !committed.has(receipt))
    .map((receipt) => ({
      receipt,
      error: new LogUnavailable('it was left out of its batch', receipt.draft.id),
    }));
}

/** At most one outcome per attempt: who comes second becomes `late_outcome` before anything is inserted. */
async function makeLate(log: LoadedLog, locked: LockedLog, queued: readonly QueuedReceipt[]): Promise<void> {
  const closing = queued.filter(({ draft }) => closedAttempt(draft) !== undefined);
  // A dead replica's attempts may have been closed by recovery, so its own knowledge counts for nothing.
  const asked = closing.filter((receipt) => locked.fenced || receipt.needsLookup);
  if (asked.length === 0) return;
  const attempts = asked.map(({ draft }) => closedAttempt(draft) ?? '');
  const closed = await findClosed(locked.run, log.tenant, attempts);
  for (const receipt of closing) {
    const attempt = closedAttempt(receipt.draft) ?? '';
    if (closed.has(attempt)) receipt.draft = lateOutcome(receipt.draft);
    else closed.add(attempt);
  }
}

function lateOutcome(draft: ReceiptDraft): ReceiptDraft {
  const { details: _, ...rest } = draft;
  return { ...rest, kind: 'late_outcome' };
}
