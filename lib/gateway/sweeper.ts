import { onceRead } from '#lib/core';
import { SWEEP_MS } from './constants.ts';

/** Something with a deadline. `now` is monotonic milliseconds. */
export interface Swept {
  /** Its place among the sweeper's members, which alone writes it; `NOT_SWEPT` outside. */
  sweepSlot: number;
  sweep(now: number): void;
}

export const NOT_SWEPT = -1;

/**
 * One timer for every deadline of the process: a timer per call would cost more than the call's own bookkeeping.
 * The members know their place in the list, so that joining and leaving, twice per call, costs next to nothing.
 */
export class Sweeper {
  #members: Swept[] = [];
  #timer: NodeJS.Timeout | undefined;

  add(member: Swept): void {
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    if (member.sweepSlot !== NOT_SWEPT) return;
    member.sweepSlot = this.#members.length;
    this.#members.push(member);
  }

  delete(member: Swept): void {
    const slot = member.sweepSlot;
    if (slot === NOT_SWEPT) return;
    member.sweepSlot = NOT_SWEPT;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    last.sweepSlot = slot;
    this.#members[slot] = last;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const member of this.#members.splice(0)) member.sweepSlot = NOT_SWEPT;
  }

  #sweep(): void {
    const now = performance.now();
    onceRead(() => this.#judge(now));
  }

  /** From the end, because a member that leaves is replaced by the last one. */
  #judge(now: number): void {
    for (let slot = this.#members.length - 1; slot >= 0; slot -= 1) this.#members[slot]?.sweep(now);
    if (this.#members.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
