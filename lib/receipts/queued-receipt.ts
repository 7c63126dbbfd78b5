import type { ComposedReceipt } from './compose-receipt.ts';
import { LogUnavailable } from './errors.ts';
import type { Sealing } from './key-ring.ts';
import type { OpenAttempt } from './log.ts';
import type { Appended, ReceiptDraft } from './types.ts';

/** A leaf that was built before its batch was. It is of use for this very draft and this very key. */
export interface ComposedAhead {
  readonly draft: ReceiptDraft;
  readonly kid: string;
  readonly leaf: ComposedReceipt;
}

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
  /** The attempt that it closes, where that is an open one of this process. */
  readonly attempt: OpenAttempt | undefined;
  /** The caller has had its answer. */
  told: boolean;
  /** The leaf, built while it waited. */
  composed?: ComposedAhead;
}

/** Tells the caller, once. */
export function tell(receipt: QueuedReceipt, error: LogUnavailable | null, appended?: Appended): void {
  if (receipt.told) return;
  receipt.told = true;
  receipt.done(error, appended);
}

/** Tells the caller that it waited too long. An outcome is appended all the same, as soon as that is possible. */
export function giveUp(receipt: QueuedReceipt): void {
  const { id, attempt } = receipt.draft;
  const subject = attempt ?? id;
  tell(
    receipt,
    new LogUnavailable(`the receipt log could not be reached in time (receipt ${subject})`, subject),
  );
}
