import type { Clock } from '#lib/core';
import { LRUCache } from 'lru-cache';

/** A bounded cache of database records, with single-flight loading. */
export interface RecordCache<Value> {
  /** `undefined`: not known here. `null`: known not to exist. */
  peek(key: string): Value | null | undefined;
  load(key: string, fetch: () => Promise<Value | undefined>): Promise<Value | undefined>;
  drop(key: string): void;
  clear(): void;
}

/**
 * A value read before a change must not be cached after it: each drop moves the generation on, and what was fetched in an
 * older generation is returned but not kept.
 */
export function createRecordCache<Value extends object>(options: {
  readonly max: number;
  readonly ttlMs: number;
  readonly clock: Clock;
}): RecordCache<Value> {
  const entries = new LRUCache<string, { readonly value: Value | null }>({
    max: options.max,
    ttl: options.ttlMs,
    ttlResolution: 0,
    perf: { now: () => options.clock.now() },
  });
  const pending = new Map<string, Promise<Value | undefined>>();
  let generation = 0;

  function forget(key: string) {
    generation += 1;
    entries.delete(key);
    pending.delete(key);
  }

  async function fetchOnce(key: string, fetch: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const started = generation;
    const value = await fetch();
    if (started === generation) entries.set(key, { value: value ?? null });
    return value;
  }

  return {
    peek: (key) => entries.get(key)?.value,
    async load(key, fetch) {
      const known = entries.get(key);
      if (known !== undefined) return known.value ?? undefined;
      const running = pending.get(key);
      if (running !== undefined) return running;
      const loading = fetchOnce(key, fetch);
      pending.set(key, loading);
      try {
        return await loading;
      } finally {
        if (pending.get(key) === loading) pending.delete(key);
      }
    },
    drop: forget,
    clear() {
      generation += 1;
      entries.clear();
      pending.clear();
    },
  };
}
