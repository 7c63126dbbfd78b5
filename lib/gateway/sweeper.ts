import { SWEEP_MS } from './constants.ts';

/** Something with a deadline. `now` is monotonic milliseconds. */
export interface Swept {
  sweep(now: number): void;
}

/** One timer for every deadline of the process: a timer per call would cost more than the call's own bookkeeping. */
export class Sweeper {
  #members = new Set<Swept>();
  #timer: NodeJS.Timeout | undefined;

  add(member: Swept): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  delete(member: Swept): void {
    this.#members.delete(member);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#members.clear();
  }

  #sweep(): void {
    const now = performance.now();
    for (const member of this.#members) member.sweep(now);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
