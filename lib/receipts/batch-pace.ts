import { GATHERING_SHARE } from './constants.ts';

/**
 * Whether a batch that has company goes at once, or at the end of this turn of the event loop, when everybody else who
 * is on the way has come. Waiting for all is right where the database is what takes time. Where gathering takes as long
 * as the database does, it makes a convoy: the database waits for the thread, then the thread for the database.
 */
export class BatchPace {
  readonly #now: () => number;
  #gatheringSince = 0;
  #sentAt = 0;
  #answerMs = 0;

  /** `now` is monotonic milliseconds, and fractions of them. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The first receipt of a batch came, or the database is free for those that wait. */
  gathers(): void {
    this.#gatheringSince = this.#now();
  }

  sent(): void {
    this.#sentAt = this.#now();
  }

  answered(): void {
    this.#answerMs = this.#now() - this.#sentAt;
  }

  /** Gathering these has taken a good part of what the database will take. */
  isDue(): boolean {
    return (this.#now() - this.#gatheringSince) * GATHERING_SHARE >= this.#answerMs;
  }
}
