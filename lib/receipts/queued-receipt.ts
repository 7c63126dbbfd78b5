import type { LogUnavailable } from './errors.ts';
import type { Sealing } from './key-ring.ts';
import type { Appended, ReceiptDraft } from './types.ts';

/** One receipt on its way into the log. The sequencer alone changes it. */
export interface QueuedReceipt {
  /** Becomes a `late_outcome` when another outcome of its attempt came first. */
  draft: ReceiptDraft;
  /** Replaced when one of its sealers turned out to be stale. */
  sealing: Sealing;
  readonly role: 'attempt' | 'outcome' | 'other';
  readonly done: (error: LogUnavailable | null, appended?: Appended) => void;
  readonly deadlineMs: number;
  readonly bodyBytes: number;
  /** The attempt is not this process's open one: whether it has an outcome must be looked up under the lock. */
  readonly needsLookup: boolean;
  /** It is an outcome, and closes its attempt unless another one came first. */
  readonly closes: boolean;
  /** The caller has had its answer. */
  told: boolean;
}

/** Tells the caller, once. */
export function tell(receipt: QueuedReceipt, error: LogUnavailable | null, appended?: Appended): void {
  if (receipt.told) return;
  receipt.told = true;
  receipt.done(error, appended);
}
