import { LRUCache } from 'lru-cache';
import { CRASHES_REMEMBERED_MAX, PAUSE_MS_MAX, PAUSE_MS_MIN, STEADY_MS } from './constants.ts';

interface Crashes {
  readonly count: number;
  readonly until: number;
}

/** How long a program that ended by itself is left alone, for each whom it ran for: one's crashes hold up no other. */
export class CrashPauses {
  #crashes = new LRUCache<string, Crashes>({ max: CRASHES_REMEMBERED_MAX });

  /** Milliseconds until it may be started again; 0 where it may now. */
  left(key: string, now: number): number {
    return Math.max(0, (this.#crashes.get(key)?.until ?? 0) - now);
  }

  count(key: string): number {
    return this.#crashes.get(key)?.count ?? 0;
  }

  /** One that lived for a while has shown that it can. */
  ended(key: string, lived: number, now: number): void {
    const count = lived >= STEADY_MS ? 1 : this.count(key) + 1;
    const pause = Math.min(PAUSE_MS_MIN * 2 ** (count - 1), PAUSE_MS_MAX);
    this.#crashes.set(key, { count, until: now + pause });
  }
}
