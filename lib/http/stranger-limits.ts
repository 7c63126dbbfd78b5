import { isIPv6 } from 'node:net';
import {
  STRANGER_ADDRESSES,
  STRANGER_ADDRESSES_IN_CROWD,
  STRANGER_PART_IN_CROWD,
  STRANGERS_WINDOW_MS,
} from './constants.ts';

/** Words of the refusal, and when it ends. */
export interface StrangerRefusal {
  readonly retryAfterSeconds: number;
}

interface Window {
  total: number;
  readonly addresses: Map<string, number>;
}

/**
 * Requests that leave a row behind for somebody who has not said who they are: the beginning of a sign-in, of an
 * authorization. Of one address so many, and so many of all, of each tenant apart; a refused one leaves nothing. A few
 * addresses that use up what all have keep nobody else out: whoever has begun little still gets through, up to a bound that
 * only a crowd of addresses reaches.
 */
export class StrangerLimits {
  readonly #perAddress: number;
  readonly #now: () => number;
  #startedAt = -Infinity;
  #tenants = new Map<string, Window>();

  constructor(perAddress: number, monotonicNow: () => number) {
    this.#perAddress = perAddress;
    this.#now = monotonicNow;
  }

  /** Undefined: it may be answered. */
  take(tenant: string, address: string): StrangerRefusal | undefined {
    const now = this.#now();
    if (now - this.#startedAt >= STRANGERS_WINDOW_MS) {
      this.#startedAt = now;
      this.#tenants = new Map();
    }
    const window = this.#tenants.get(tenant) ?? { total: 0, addresses: new Map<string, number>() };
    this.#tenants.set(tenant, window);
    const name = networkOf(address);
    const known = window.addresses.get(name) ?? 0;
    if (known >= this.#shareIn(window)) {
      const leftMs = this.#startedAt + STRANGERS_WINDOW_MS - now;
      return { retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)) };
    }
    window.total += 1;
    window.addresses.set(name, known + 1);
    return undefined;
  }

  /** What one address may begin, as crowded as it is. */
  #shareIn({ total }: Window): number {
    if (total < this.#perAddress * STRANGER_ADDRESSES) return this.#perAddress;
    if (total >= this.#perAddress * STRANGER_ADDRESSES_IN_CROWD) return 0;
    return Math.max(1, Math.floor(this.#perAddress * STRANGER_PART_IN_CROWD));
  }
}

const HEXTETS_OF_A_NETWORK = 4;
const HEXTETS = 8;

/** Whoever has an IPv6 address has its /64, which is more addresses than anybody could count. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const gap = Array.from({ length: Math.max(0, HEXTETS - first.length - last.length) }, () => '0');
  const all = [...first, ...gap, ...last].map((part) => Number.parseInt(part, 16).toString(16));
  return all.slice(0, HEXTETS_OF_A_NETWORK).join(':');
}
