import type { ReceiptDraft } from './types.ts';
import { OUTBOX_ROWS_MAX, LOG_KEY_OVERLAP_MS } from './constants.ts';
import { LogUnavailable } from './errors.ts';
import type { Signing } from './key-ring.ts';
import { formatLogKids, parseLogKids } from './log-kids.ts';
import type { LoadedLog } from './log.ts';
import { decodeOutboxRow } from './outbox-row.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import { deleteOutboxRows, listOutbox } from './store-outbox.ts';
import { makeQueued, nobody } from './tenant-log.ts';
import { withLock, type AppendDeps } from './with-lock.ts';

/**
 * Appends what is staged, in the order in which it was staged. Rows leave the outbox in the transaction in which they
 * enter the log, under the head's lock: exactly once, however many replicas do this at the same time.
 * @returns whether there may be more.
 */
export async function appendOutbox(log: LoadedLog, deps: AppendDeps): Promise<boolean> {
  const startedAt = performance.now();
  const { count, more } = await withLock(log, deps, async (locked) => {
    const rows = await listOutbox(locked.run, log.tenant, OUTBOX_ROWS_MAX);
    const receipts: QueuedReceipt[] = [];
    let successor: Signing | undefined;
    for (const row of rows) {
      const draft = await decodeOutboxRow(row, log.ring);
      const sealing = await log.ring.loadSealing(draft);
      receipts.push(makeQueued(log, { draft, role: 'other', done: nobody, atMs: deps.clock.now() }, sealing));
      successor = await loadSuccessor(log, locked.signing, draft, deps.clock.now());
      // The next receipt is signed by another key, so it goes into another batch.
      if (successor) break;
    }
    if (receipts.length === 0) return { count: 0, more: false };
    const { refused } = await locked.append(receipts, successor);
    const defect = refused[0];
    if (defect)
      throw new LogUnavailable('a staged receipt can not be built', defect.receipt.draft.id, defect.error);
    await deleteOutboxRows(
      locked.run,
      log.tenant,
      receipts.map(({ draft }) => draft.id),
    );
    return { count: receipts.length, more: rows.length === OUTBOX_ROWS_MAX || successor !== undefined };
  });
  if (count > 0) deps.metrics?.batchAppended(count, (performance.now() - startedAt) / 1000);
  return more;
}

/** A `key` receipt of this log's own keys puts them in force: the receipt key for the next leaf, the log key beside the old one. */
async function loadSuccessor(
  log: LoadedLog,
  signing: Signing,
  { key }: ReceiptDraft,
  nowMs: number,
): Promise<Signing | undefined> {
  if (key?.purpose === 'receipt') return await log.ring.loadSigning(log.origin, key.kid, signing.logKids);
  if (key?.purpose !== 'log') return undefined;
  const retiring = parseLogKids(signing.logKids).map(({ kid, untilMs }) => ({
    kid,
    untilMs: untilMs === Infinity ? nowMs + LOG_KEY_OVERLAP_MS : untilMs,
  }));
  const inForce = retiring.filter(({ untilMs }) => untilMs > nowMs);
  const kids = formatLogKids([{ kid: key.kid, untilMs: Infinity }, ...inForce]);
  return await log.ring.loadSigning(log.origin, signing.receiptKid, kids);
}
