import { onceRead } from '#lib/core';
import { appendFast } from './append-fast.ts';
import { appendLocked, type BatchResult } from './append-locked.ts';
import {
  BATCH_ANSWER_MS,
  DEADLINE_CHECK_MS,
  FLUSH_WAIT_MS,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
} from './constants.ts';
import { LogUnavailable, NoLog } from './errors.ts';
import { FirstAnswer } from './first-answer.ts';
import { hasCompany } from './has-company.ts';
import { endClosing, noteAppended, type LoadedLog } from './log.ts';
import { composeAhead } from './prepare-batch.ts';
import { giveUp, tell, type QueuedReceipt } from './queued-receipt.ts';
import { ReceiptQueue } from './receipt-queue.ts';
import type { ReceiptTimers, ReceiptsDeps } from './types.ts';
import type { AppendDeps } from './with-lock.ts';

export interface SequencerDeps extends AppendDeps {
  readonly timers: ReceiptTimers;
  readonly logger: ReceiptsDeps['logger'];
  readonly isFenced: () => boolean;
  /** An attempt whose caller had given up is in the log after all. */
  readonly onAbandoned: (receipt: QueuedReceipt) => void;
  /** Another log of the tenant is open by now. */
  readonly onClosed: () => void;
}

/**
 * Puts one log's receipts into batches, one batch in flight at a time: while the database works, the next batch grows.
 * Owns the queue, the deadlines, and the log's `position` and `open`.
 */
export interface Sequencer {
  enqueue(receipt: QueuedReceipt): void;
  /** Runs work that takes the lock itself, between two batches. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Receipts that are not committed yet. */
  waiting(): number;
  isClosed(): boolean;
  close(): void;
}

export function createSequencer(log: LoadedLog, deps: SequencerDeps): Sequencer {
  return new LogSequencer(log, deps);
}

class LogSequencer implements Sequencer {
  readonly #log: LoadedLog;
  readonly #deps: SequencerDeps;
  readonly #queue = new ReceiptQueue();
  readonly #answer = new FirstAnswer();
  #inFlight: readonly QueuedReceipt[] = [];
  #jobs: (() => Promise<void>)[] = [];
  #busy = false;
  #closed = false;
  #isCheckPlanned = false;
  /** When the batch in flight left, and whether this replica may have been dead by then. */
  #leftAt = 0;
  #leftFenced = false;
  #flushTimer: unknown;
  #deadlineTimer: unknown;

  constructor(log: LoadedLog, deps: SequencerDeps) {
    this.#log = log;
    this.#deps = deps;
  }

  enqueue(receipt: QueuedReceipt): void {
    if (this.#closed || !this.#queue.hasRoomFor(receipt)) {
      const why = this.#closed ? 'the log is closed' : 'too many receipts wait to be appended';
      return tell(receipt, new LogUnavailable(why, receipt.draft.id));
    }
    const willWait = this.#busy || this.#queue.length > 0;
    if (willWait && receipt.draft.kind !== 'attempt') composeAhead(this.#log, receipt, this.#deps.random);
    this.#queue.push(receipt);
    this.#watchDeadlines();
    return this.#plan();
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push(async () => await work().then(resolve, reject));
      this.#plan();
    });
  }

  waiting(): number {
    return this.#queue.length + this.#inFlight.length;
  }

  isClosed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#deps.timers.clearTimeout(this.#flushTimer);
    this.#deps.timers.clearTimeout(this.#deadlineTimer);
    for (const receipt of [...this.#queue.takeAll(), ...this.#inFlight]) giveUp(receipt);
  }

  /** At most one look per turn of the event loop, so that receipts of one burst travel together. */
  #plan(): void {
    if (this.#busy || this.#isCheckPlanned) return;
    this.#isCheckPlanned = true;
    this.#deps.timers.setImmediate(this.#look);
  }

  readonly #look = (): void => {
    this.#isCheckPlanned = false;
    if (this.#busy || this.#closed) return;
    if (this.#jobs.length > 0 || this.#hasCompany()) this.#next();
    else if (this.#queue.length > 0)
      this.#flushTimer ??= this.#deps.timers.setTimeout(this.#flush, FLUSH_WAIT_MS);
  };

  readonly #flush = (): void => {
    this.#flushTimer = undefined;
    if (!this.#busy && !this.#closed) this.#next();
  };

  #hasCompany(): boolean {
    return hasCompany(this.#queue.length, this.#log.open.size - this.#log.closing);
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (job) {
      this.#busy = true;
      void job().finally(() => this.#idle());
      return;
    }
    const batch = this.#queue.takeBatch();
    if (batch.length === 0) return;
    this.#busy = true;
    this.#inFlight = batch;
    this.#leftAt = performance.now();
    this.#leftFenced = this.#deps.isFenced();
    if (this.#leftFenced || batch.some((receipt) => receipt.needsLookup)) this.#appendSlowly(batch, false, 0);
    else this.#appendFast(batch);
  }

  #idle(): void {
    this.#busy = false;
    this.#inFlight = [];
    if (!this.#closed && (this.#jobs.length > 0 || this.#hasCompany())) this.#next();
    else this.#plan();
  }

  #appendFast(batch: readonly QueuedReceipt[]): void {
    const now = this.#deps.clock.now();
    const answer = this.#answer.expect(now, BATCH_ANSWER_MS, () => this.#appendSlowly(batch, true, 0));
    appendFast(this.#log, this.#deps, batch, (result) => {
      answer(() => {
        if (result.kind === 'committed') return this.#settle(result);
        this.#refuse(result.refused);
        this.#inFlight = result.sent;
        if (result.kind === 'unknown')
          this.#deps.logger.warn({ log: this.#log.id, error: result.error.message }, 'a batch is looked up');
        return this.#appendSlowly(result.sent, result.kind === 'unknown', 0);
      });
    });
  }

  /** Until it is in the log: retried from memory, looked up each time after the first. */
  #appendSlowly(batch: readonly QueuedReceipt[], wasSent: boolean, failures: number): void {
    const answer = this.#answer.expect(this.#deps.clock.now(), BATCH_ANSWER_MS, () =>
      this.#retry(batch, failures, new Error('no answer from the database')),
    );
    appendLocked(this.#log, this.#deps, batch, wasSent).then(
      (result) => answer(() => this.#settle(result)),
      (error: Error) => answer(() => this.#retry(batch, failures, error)),
    );
  }

  #retry(batch: readonly QueuedReceipt[], failures: number, error: Error): void {
    if (error instanceof NoLog) {
      this.#refuse(batch.map((receipt) => ({ receipt, error })));
      this.#idle();
      return this.#deps.onClosed();
    }
    const pauseMs = Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS);
    this.#deps.logger.warn({ log: this.#log.id, error: error.message, pauseMs }, 'a batch is tried again');
    if (this.#closed) return undefined;
    this.#deps.timers.setTimeout(() => this.#appendSlowly(batch, true, failures + 1), pauseMs);
    return undefined;
  }

  #settle({ appended, refused }: BatchResult): void {
    this.#refuse(refused);
    this.#deps.metrics?.batchAppended(appended.length, (performance.now() - this.#leftAt) / 1000);
    for (const { receipt, appended: place } of appended) noteAppended(this.#log, receipt, place.index);
    // Whoever slept over its lease reads of a commit that another replica may have closed: it begins nothing any more.
    const isOver = !this.#leftFenced && this.#deps.isFenced();
    try {
      // The next batch first: the database works on it while the callers go on.
      this.#idle();
    } finally {
      for (const { receipt, appended: place } of appended) {
        if (isOver && receipt.role === 'attempt') giveUp(receipt);
        if (receipt.told && receipt.role === 'attempt') this.#deps.onAbandoned(receipt);
        tell(receipt, null, place);
      }
    }
  }

  #refuse(refused: BatchResult['refused']): void {
    for (const { receipt, error } of refused) {
      endClosing(this.#log, receipt.attempt);
      if (!(error instanceof LogUnavailable))
        this.#deps.logger.error(
          { receipt: receipt.draft.id, error: error.message },
          'a receipt can not be built',
        );
      tell(
        receipt,
        new LogUnavailable(`receipt ${receipt.draft.id} was not appended`, receipt.draft.id, error),
      );
    }
  }

  #watchDeadlines(): void {
    this.#deadlineTimer ??= this.#deps.timers.setTimeout(this.#watch, DEADLINE_CHECK_MS);
  }

  readonly #watch = (): void => {
    const now = this.#deps.clock.now();
    onceRead(() => {
      this.#deadlineTimer = undefined;
      if (this.#closed) return;
      this.#checkDeadlines(now);
      if (this.waiting() > 0) this.#watchDeadlines();
    }, this.#deps.timers);
  };

  #checkDeadlines(now: number): void {
    this.#answer.check(now);
    const isLate = (receipt: QueuedReceipt) => !receipt.told && receipt.deadlineMs <= now;
    for (const receipt of this.#inFlight) if (isLate(receipt)) giveUp(receipt);
    for (const receipt of this.#queue.takeLate(isLate)) giveUp(receipt);
  }
}
