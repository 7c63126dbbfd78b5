import { LRUCache } from 'lru-cache';
import type { Clock, TenantId } from '#lib/core';
import { KEY_CACHED_MS, KEY_HANDED_OUT_MS, KEY_RELOADED_AFTER_MS, KEY_SETS_MAX } from './constants.ts';
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
 * dropped while it is being loaded is loaded again, so that a destroyed one can't slip in from before. One in use is renewed
 * before its time is over, and nobody waits for that: a call has two seconds for all that comes before it is forwarded.
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

  /** Good for one more minute at least. Undefined: there is no such key. */
  async load(
    tenant: TenantId,
    label: KeyLabel,
    read: () => Promise<LoadedKeys | undefined>,
  ): Promise<KeySet | undefined> {
    const name = `${tenant}/${label}`;
    const young = this.#younger(name, KEY_RELOADED_AFTER_MS);
    if (young) return young;
    const loading = this.#loading.get(name) ?? this.#start(tenant, name, read);
    const usable = this.#younger(name, KEY_HANDED_OUT_MS);
    if (usable === undefined) return await loading;
    // Should it fail, whoever comes next begins it again, and waits for it in the end.
    loading.catch(() => undefined);
    return usable;
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

  #younger(name: string, ageMs: number): KeySet | undefined {
    const set = this.#sets.get(name);
    return set && this.#clock.now() - set.loadedAt < ageMs ? set : undefined;
  }

  #forget(name: string): void {
    const set = this.#sets.get(name);
    if (set) set.fate.dropped = true;
    this.#sets.delete(name);
    this.#loading.delete(name);
  }

  #start(
    tenant: TenantId,
    name: string,
    read: () => Promise<LoadedKeys | undefined>,
  ): Promise<KeySet | undefined> {
    const isCurrent = () => this.#loading.get(name) === started;
    const started: Promise<KeySet | undefined> = this.#read(tenant, name, read, isCurrent).finally(() => {
      if (isCurrent()) this.#loading.delete(name);
    });
    this.#loading.set(name, started);
    return started;
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
    if (!keys) {
      this.#forget(name);
      return undefined;
    }
    const fate = this.#sets.get(name)?.fate ?? { dropped: false };
    const set: KeySet = { tenant, ...keys, loadedAt, fate };
    this.#sets.set(name, set);
    return set;
  }
}
