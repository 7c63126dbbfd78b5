import { LRUCache } from 'lru-cache';
import {
  METADATA_HOSTS_MAX,
  METADATA_PER_HOST_MAX,
  METADATA_PER_WINDOW_MAX,
  METADATA_WINDOW_MS,
} from './constants.ts';

/** Counts requests to strangers' addresses, over all and by host. A refused one does not count. */
export class RateWindow {
  readonly #now: () => number;
  readonly #hosts = new LRUCache<string, number>({ max: METADATA_HOSTS_MAX });
  #startedAt = -Infinity;
  #total = 0;

  constructor(monotonicNow: () => number) {
    this.#now = monotonicNow;
  }

  take(host: string): boolean {
    const now = this.#now();
    if (now - this.#startedAt >= METADATA_WINDOW_MS) {
      this.#startedAt = now;
      this.#total = 0;
      this.#hosts.clear();
    }
    const ofHost = this.#hosts.get(host) ?? 0;
    if (this.#total >= METADATA_PER_WINDOW_MAX || ofHost >= METADATA_PER_HOST_MAX) return false;
    this.#total += 1;
    this.#hosts.set(host, ofHost + 1);
    return true;
  }
}
