import type { Clock, ReplicaId } from '#lib/core';
import { NoLog } from './errors.ts';
import type { Signing } from './key-ring.ts';
import { catchUp, type LoadedLog, type Position } from './log.ts';
import { placeBatch, prepareBatch, type Preparation } from './prepare-batch.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import type { RandomPool } from './random-pool.ts';
import { loadLeafHashes } from './store-read.ts';
import { appendStatement, isFenced, loadHead, raiseFence, type Run } from './store.ts';
import type { Appended, ReceiptMetrics } from './types.ts';

export interface AppendDeps {
  readonly replica: ReplicaId;
  readonly clock: Clock;
  readonly random: RandomPool;
  readonly metrics?: ReceiptMetrics | undefined;
}

/** The log while its head is locked: nobody else appends until the transaction ends. */
export interface LockedLog {
  readonly run: Run;
  /** This replica was declared dead: it must send nothing, and may bring what it still holds. */
  readonly fenced: boolean;
  /** The keys in force. */
  readonly signing: Signing;
  /** Appends one batch; what could not be built is in `refused`. */
  append(receipts: readonly QueuedReceipt[], successor?: Signing): Promise<LockedAppend>;
  /** Batches that other replicas have prepared do not match any more. */
  raiseFence(): Promise<void>;
}

export interface LockedAppend {
  readonly appended: readonly { readonly receipt: QueuedReceipt; readonly appended: Appended }[];
  readonly refused: Preparation['refused'];
}

/**
 * The slow way in: one transaction under the head's row lock. It first learns what others have appended. The new head
 * counts, and is shown, once the transaction is committed.
 */
export async function withLock<T>(
  log: LoadedLog,
  deps: AppendDeps,
  work: (locked: LockedLog) => Promise<T>,
): Promise<T> {
  const { value, position } = await log.db.sqlTransaction(async (run) => {
    const head = await loadHead(run, log.tenant, log.id, true);
    if (!head) throw new NoLog(log.tenant);
    let position = await catchUp(log, head, async (stretch) => await loadLeafHashes(run, stretch));
    const fenced = await isFenced(run, deps.replica);
    const value = await work({
      run,
      fenced,
      signing: position.signing,
      append: async (receipts, successor) => {
        const appended = await appendUnderLock(run, log, deps, position, receipts, fenced, successor);
        position = appended.position;
        return appended;
      },
      raiseFence: async () => {
        await raiseFence(run, log.tenant, log.id);
        position = { ...position, fences: position.fences + 1 };
      },
    });
    return { value, position };
  });
  adopt(log, position);
  return value;
}

/** A head that is committed: from now on it is what receipts name. */
export function adopt(log: LoadedLog, position: Position): void {
  log.position = position;
  const { size, root, checkpoint } = position;
  log.highWater.note({ tenant: log.tenant, log: log.id, size, root, checkpoint });
}

async function appendUnderLock(
  run: Run,
  log: LoadedLog,
  deps: AppendDeps,
  position: Position,
  receipts: readonly QueuedReceipt[],
  fenced: boolean,
  successor: Signing | undefined,
): Promise<LockedAppend & { position: Position }> {
  const { batch, refused } = prepareBatch(log, position, receipts, deps.random);
  if (batch.receipts.length === 0) return { appended: [], refused, position };
  const placed = placeBatch(log, position, batch, {
    replica: deps.replica,
    needsLease: !fenced,
    nowMs: deps.clock.now(),
    ...(successor ? { successor } : {}),
  });
  const { text, values } = appendStatement(placed.row);
  const rows = await run(text, values);
  // Under the lock only a recovery that fenced us in this very moment can be the reason.
  if (rows.length !== 1) throw new Error(`the head of log ${log.id} did not match under its own lock`);
  return { appended: placesOf(batch.receipts, position.size), refused, position: placed.position };
}

/** Kind and index of each receipt of a batch that begins at `firstIndex`. */
export function placesOf(
  receipts: readonly QueuedReceipt[],
  firstIndex: bigint,
): { receipt: QueuedReceipt; appended: Appended }[] {
  const first = Number(firstIndex);
  return receipts.map((receipt, at) => ({
    receipt,
    appended: { kind: receipt.draft.kind, index: first + at },
  }));
}
