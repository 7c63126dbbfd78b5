import { LRUCache } from 'lru-cache';
import type { Clock, TenantId } from '#lib/core';
import { KEY_CACHED_MS, KEY_RELOADED_AFTER_MS, KEY_SETS_MAX } from './constants.ts';
import type { EnvelopeKey } from './envelope.ts';

/** All versions of one key in plaintext, for a short while. */
export interface KeySet {
  readonly tenant: TenantId;
  /** The version that seals. */
  readonly active: EnvelopeKey;
  readonly byKid: ReadonlyMap<string, EnvelopeKey>;
  readonly loadedAt: number;
  /** Shared by all loads of one key that may still be in use. */
  readonly fate: Fate;
}

/** Dropped: the key was destroyed or changed, and nothing is opened with it any more. */
interface Fate {
  dropped: boolean;
}

export type LoadedKeys = Pick<KeySet, 'active' | 'byKid'>;

/** `data`, `archive`, `lookup`, or `person/<id>`. */
export type KeyLabel = string;

/**
 * Plaintext keys in memory: bounded in number and in time, loaded once for all who wait, dropped on demand. A key that is
 * dropped while it is being loaded is loaded again, so that a destroyed one can't slip in from before.
 */
export class KeySets {
  readonly #clock: Clock;
  readonly #sets: LRUCache<string, KeySet>;
  readonly #loading = new Map<string, Promise<KeySet | undefined>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sets = new LRUCache({
      max: KEY_SETS_MAX,
      ttl: KEY_CACHED_MS,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
      // What is no longer listed here could not be dropped later.
      dispose: (set, _name, reason) => {
        if (reason === 'evict') set.fate.dropped = true;
      },
    });
  }

  /** Without waiting; young enough to be used for two more minutes. */
  cached(tenant: TenantId, label: KeyLabel): KeySet | undefined {
    const set = this.#sets.get(`${tenant}/${label}`);
    return set && this.#clock.now() - set.loadedAt < KEY_RELOADED_AFTER_MS ? set : undefined;
  }

  /** Undefined: there is no such key. */
  async load(
    tenant: TenantId,
    label: KeyLabel,
    read: () => Promise<LoadedKeys | undefined>,
  ): Promise<KeySet | undefined> {
    const found = this.cached(tenant, label);
    if (found) return found;
    const name = `${tenant}/${label}`;
    const underWay = this.#loading.get(name);
    if (underWay) return await underWay;
    const started: Promise<KeySet | undefined> = this.#read(
      tenant,
      name,
      read,
      () => this.#loading.get(name) === started,
    );
    this.#loading.set(name, started);
    try {
      return await started;
    } finally {
      if (this.#loading.get(name) === started) this.#loading.delete(name);
    }
  }

  /** Forgets one key, or all keys of this process. */
  drop(tenant: TenantId, label: KeyLabel): void {
    this.#forget(`${tenant}/${label}`);
  }

  /** The next load reads again; what is in use stays good. */
  renew(tenant: TenantId, label: KeyLabel): void {
    this.#sets.delete(`${tenant}/${label}`);
  }

  /** Forgets every key of a tenant. */
  dropTenant(tenant: TenantId): void {
    for (const name of [...this.#sets.keys(), ...this.#loading.keys()])
      if (name.startsWith(`${tenant}/`)) this.#forget(name);
  }

  dropAll(): void {
    for (const name of [...this.#sets.keys(), ...this.#loading.keys()]) this.#forget(name);
  }

  /** Nothing is opened with a set that was dropped or has had its time. */
  isUsable(set: KeySet): boolean {
    return !set.fate.dropped && this.isInTime(set);
  }

  isInTime(set: KeySet): boolean {
    return this.#clock.now() - set.loadedAt < KEY_CACHED_MS;
  }

  #forget(name: string): void {
    const set = this.#sets.get(name);
    if (set) set.fate.dropped = true;
    this.#sets.delete(name);
    this.#loading.delete(name);
  }

  async #read(
    tenant: TenantId,
    name: string,
    read: () => Promise<LoadedKeys | undefined>,
    isCurrent: () => boolean,
  ): Promise<KeySet | undefined> {
    // Time in memory counts from before the read.
    const loadedAt = this.#clock.now();
    const keys = await read();
    if (!isCurrent()) return await this.load(tenant, name.slice(tenant.length + 1), read);
    if (!keys) return undefined;
    const fate = this.#sets.get(name)?.fate ?? { dropped: false };
    const set: KeySet = { tenant, ...keys, loadedAt, fate };
    this.#sets.set(name, set);
    return set;
  }
}
