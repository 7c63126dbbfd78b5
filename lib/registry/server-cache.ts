import { LRUCache } from 'lru-cache';
import type { Clock, ServerId, TenantId } from '#lib/core';
import { SERVER_CONFIRM_MS, SERVER_STALE_MS, SERVERS_CACHED_MAX } from './constants.ts';
import type { RegistryStore } from './store.ts';
import type { PinnedServer } from './types.ts';

export interface ServerCache {
  load(tenant: TenantId, id: ServerId): Promise<PinnedServer | undefined>;
  cached(tenant: TenantId, id: ServerId): PinnedServer | undefined;
  onChange(handler: ChangeHandler): () => void;
  close(): void;
}

type ChangeHandler = (tenant: TenantId | undefined) => void;

interface Entry {
  /** Undefined: there is no such server. */
  readonly server: PinnedServer | undefined;
  /** When the database last said so. */
  confirmedAt: number;
}

/**
 * Servers by tenant and id. A change anywhere drops a tenant's servers everywhere (NOTIFY); should the word be
 * lost, an entry is confirmed by its version after a few seconds of use.
 */
export async function createServerCache(deps: {
  readonly store: RegistryStore;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** A server was read that is not as it was saved, or not pinned as it was approved. */
  readonly onAltered: (tenant: TenantId, id: ServerId) => void;
}): Promise<ServerCache> {
  const { store, clock, onError, onAltered } = deps;
  const entries = new LRUCache<string, Entry>({ max: SERVERS_CACHED_MAX });
  const loading = new Map<string, Promise<PinnedServer | undefined>>();
  const handlers = new Set<ChangeHandler>();
  /** Counts drops, so that what was read before a change is not kept after it. */
  let generation = 0;

  async function read(key: string, tenant: TenantId, id: ServerId): Promise<PinnedServer | undefined> {
    const readIn = generation;
    const known = entries.get(key)?.server;
    // The version of a row that somebody else wrote says nothing.
    const isBelieved = known !== undefined && !isAltered(known);
    const same = isBelieved && (await store.loadVersion(tenant, id)) === known.version;
    const server = same ? known : await store.load(tenant, id);
    if (isAltered(server) && !isAltered(known)) onAltered(tenant, id);
    if (readIn === generation) entries.set(key, { server, confirmedAt: clock.now() });
    return server;
  }

  async function refresh(key: string, tenant: TenantId, id: ServerId): Promise<PinnedServer | undefined> {
    const underWay = loading.get(key);
    if (underWay !== undefined) return await underWay;
    const reading = read(key, tenant, id).finally(() => {
      if (loading.get(key) === reading) loading.delete(key);
    });
    loading.set(key, reading);
    return await reading;
  }

  function drop(tenant: TenantId | undefined): void {
    generation += 1;
    loading.clear();
    for (const key of entries.keys())
      if (tenant === undefined || key.startsWith(`${tenant}/`)) entries.delete(key);
    for (const handler of handlers) handler(tenant);
  }

  const stop = await store.onChange(drop);
  return {
    async load(tenant, id) {
      const key = `${tenant}/${id}`;
      const entry = entries.get(key);
      const fresh = entry !== undefined && clock.now() - entry.confirmedAt < SERVER_CONFIRM_MS;
      return fresh ? entry.server : await refresh(key, tenant, id);
    },
    cached(tenant, id) {
      const key = `${tenant}/${id}`;
      const entry = entries.get(key);
      if (entry?.server === undefined) return undefined;
      const age = clock.now() - entry.confirmedAt;
      if (age >= SERVER_CONFIRM_MS) refresh(key, tenant, id).catch(onError);
      return age < SERVER_STALE_MS ? entry.server : undefined;
    },
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    close: stop,
  };
}

function isAltered(server: PinnedServer | undefined): boolean {
  return server?.state === 'altered' || server?.pinsAltered === true;
}
