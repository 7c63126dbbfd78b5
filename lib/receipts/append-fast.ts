import { StaleSealer } from '#lib/keys';
import type { BatchResult } from './append-locked.ts';
import { FAST_TRIES } from './constants.ts';
import { catchUp, type LoadedLog } from './log.ts';
import { placeBatch, prepareBatch, type Preparation, type PreparedBatch } from './prepare-batch.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import { appendStatement, loadHeadSince, type Run } from './store.ts';
import { adopt, placesOf, type AppendDeps } from './with-lock.ts';

export type FastResult = { readonly refused: Preparation['refused'] } & (
  | { readonly kind: 'committed'; readonly appended: BatchResult['appended'] }
  /** Certainly not committed. */
  | { readonly kind: 'missed'; readonly sent: readonly QueuedReceipt[] }
  /** Maybe committed: it has to be looked up. */
  | { readonly kind: 'unknown'; readonly sent: readonly QueuedReceipt[]; readonly error: Error }
);

/**
 * The fast way in: one statement, no lock, no promise. Right for receipts whose attempts are this process's own open
 * ones; anything else goes through `appendLocked`. Where another process was faster, the same leaves are placed behind
 * what it wrote, a few times; then it is the lock's turn, which nobody can overtake.
 */
export function appendFast(
  log: LoadedLog,
  deps: AppendDeps,
  queued: readonly QueuedReceipt[],
  done: (result: FastResult) => void,
): void {
  let prepared: Preparation;
  try {
    prepared = prepareBatch(log, log.position, queued, deps.random);
  } catch (error) {
    // The slow way gets new sealers; anything else is a defect that it will meet again, and report.
    const kind = error instanceof StaleSealer ? 'missed' : 'unknown';
    return done({ kind, error: error as Error, sent: queued, refused: [] });
  }
  const { batch, refused } = prepared;
  if (batch.receipts.length === 0) return done({ kind: 'committed', appended: [], refused });
  return send(log, deps, batch, 1, (result) => done({ ...result, refused }));
}

type Sent =
  | Omit<Extract<FastResult, { kind: 'committed' }>, 'refused'>
  | Omit<Extract<FastResult, { kind: 'missed' }>, 'refused'>
  | Omit<Extract<FastResult, { kind: 'unknown' }>, 'refused'>;

function send(
  log: LoadedLog,
  deps: AppendDeps,
  batch: PreparedBatch,
  tries: number,
  done: (result: Sent) => void,
): void {
  const { position } = log;
  const placed = placeBatch(log, position, batch, {
    replica: deps.replica,
    needsLease: true,
    nowMs: deps.clock.now(),
  });
  const { text, values } = appendStatement(placed.row);
  const sent = batch.receipts;
  log.db.sqlCallback(text, values, (error, rows) => {
    if (error) return done({ kind: 'unknown', error, sent });
    if (rows.length === 0) {
      if (tries >= FAST_TRIES) return done({ kind: 'missed', sent });
      return void followHead(log, deps).then(
        // A batch signed by a key that is no longer in force is signed anew, under the lock.
        (canRetry) =>
          canRetry && log.position.signing.receiptKid === batch.receiptKid
            ? send(log, deps, batch, tries + 1, done)
            : done({ kind: 'missed', sent }),
        () => done({ kind: 'missed', sent }),
      );
    }
    adopt(log, placed.position);
    return done({ kind: 'committed', appended: placesOf(sent, position.size) });
  });
}

/** Learns what others have appended, in one statement. False when this replica may not append by itself any more. */
async function followHead(log: LoadedLog, deps: AppendDeps): Promise<boolean> {
  const run: Run = (text, values) => log.db.sql(text, values);
  const found = await loadHeadSince(run, log.tenant, log.id, log.position.size, deps.replica);
  if (!found?.isAlive) return false;
  adopt(log, await catchUp(log, found.head, async () => found.hashes));
  return true;
}
