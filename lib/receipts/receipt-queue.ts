import {
  BATCH_BODY_BYTES_MAX,
  BATCH_LEAVES_MAX,
  QUEUE_BODY_BYTES_MAX,
  QUEUE_RECEIPTS_MAX,
} from './constants.ts';
import type { QueuedReceipt } from './queued-receipt.ts';

/** Receipts that wait for their batch, in the order in which they came. */
export class ReceiptQueue {
  #receipts: QueuedReceipt[] = [];
  #bytes = 0;

  get length(): number {
    return this.#receipts.length;
  }

  /**
   * An outcome of what was forwarded always finds room: there are no more of those than calls that were let in. Of a
   * denial nothing was forwarded, and an agent can ask for as many as it likes while the log is away.
   */
  hasRoomFor(receipt: QueuedReceipt): boolean {
    const isFull = this.#receipts.length >= QUEUE_RECEIPTS_MAX || this.#bytes > QUEUE_BODY_BYTES_MAX;
    return !isFull || (receipt.role === 'outcome' && receipt.draft.status !== 'denied');
  }

  push(receipt: QueuedReceipt): void {
    this.#receipts.push(receipt);
    this.#bytes += receipt.bodyBytes;
  }

  /** As many as fit into one row. */
  takeBatch(): QueuedReceipt[] {
    let count = 0;
    let bytes = 0;
    for (const { bodyBytes } of this.#receipts) {
      if (count === BATCH_LEAVES_MAX || (count > 0 && bytes + bodyBytes > BATCH_BODY_BYTES_MAX)) break;
      count += 1;
      bytes += bodyBytes;
    }
    this.#bytes -= bytes;
    return this.#receipts.splice(0, count);
  }

  /** Those that waited too long. Attempts leave the queue: they were never sent. An outcome stays, whatever its caller is told. */
  takeLate(isLate: (receipt: QueuedReceipt) => boolean): readonly QueuedReceipt[] {
    const late = this.#receipts.filter(isLate);
    if (late.length === 0) return late;
    this.#receipts = this.#receipts.filter((receipt) => receipt.role !== 'attempt' || !isLate(receipt));
    this.#bytes = this.#receipts.reduce((bytes, receipt) => bytes + receipt.bodyBytes, 0);
    return late;
  }

  takeAll(): QueuedReceipt[] {
    this.#bytes = 0;
    return this.#receipts.splice(0);
  }
}
