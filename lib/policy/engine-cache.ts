import { LRUCache } from 'lru-cache';
import type { Clock, TenantId } from '#lib/core';
import { createCedarSlots } from './cedar-slots.ts';
import { ENGINE_CONFIRM_MS, ENGINE_STALE_MS, ENGINES_CACHED_MAX } from './constants.ts';
import { createEngine } from './create-engine.ts';
import type { CompilationSwitch, EngineDeps } from './decide-side.ts';
import { hashPolicies } from './hash-policies.ts';
import { parsePolicies } from './parse-policies.ts';
import type { PolicyStore, StoredSet } from './store.ts';
import type { PolicyEngine } from './types.ts';

export interface EngineLogger {
  error(details: object, message: string): void;
}

export interface EngineCache {
  load(tenant: TenantId): Promise<PolicyEngine>;
  cached(tenant: TenantId): PolicyEngine | undefined;
  onChange(handler: ChangeHandler): () => void;
  close(): void;
}

type ChangeHandler = (tenant: TenantId | undefined) => void;

interface CacheDeps {
  readonly store: PolicyStore;
  readonly clock: Clock;
  readonly logger: EngineLogger;
  /** Counts that a compiled policy was caught differing from Cedar. */
  readonly countDifference?: (() => void) | undefined;
}

interface Entry {
  readonly engine: PolicyEngine;
  /** False: of a set that was not put in force here; it is read anew each time, for its hash says nothing. */
  readonly isSaved: boolean;
  /** When the database last said that this is the active set. */
  confirmedAt: number;
}

/**
 * Engines by tenant. A change anywhere drops the engine everywhere (NOTIFY); should the word be lost, an engine is
 * confirmed after a few seconds of use, and one that could not be confirmed no longer decides.
 */
export async function createEngineCache(deps: CacheDeps): Promise<EngineCache> {
  const { store, clock, logger } = deps;
  const entries = new LRUCache<TenantId, Entry>({ max: ENGINES_CACHED_MAX });
  const loading = new Map<TenantId, Promise<PolicyEngine>>();
  const handlers = new Set<ChangeHandler>();
  /** Counts drops, so that what was read before a change is not kept after it. */
  let generation = 0;

  const engineDeps = engineDepsOf(deps);

  async function read(tenant: TenantId): Promise<PolicyEngine> {
    const readIn = generation;
    const known = entries.get(tenant);
    const sha256 = known === undefined ? undefined : await store.loadActiveSha256(tenant);
    const same = known?.isSaved === true && (sha256 ?? hashPolicies({})) === known.engine.setSha256;
    const read = same ? known : buildEntry(tenant, await store.loadActive(tenant), known);
    if (readIn === generation) entries.set(tenant, { ...read, confirmedAt: clock.now() });
    return read.engine;
  }

  function buildEntry(tenant: TenantId, set: StoredSet | undefined, known: Entry | undefined) {
    const isSaved = set?.isSaved ?? true;
    if (!isSaved && known?.isSaved !== false) logger.error({ tenant }, ALTERED);
    return { engine: buildEngine(set, engineDeps), isSaved };
  }

  const refresh = async (tenant: TenantId) => await joinReading(loading, tenant, read);

  function drop(tenant: TenantId | undefined): void {
    generation += 1;
    loading.clear();
    if (tenant === undefined) for (const entry of entries.values()) entry.confirmedAt = -Infinity;
    else entries.delete(tenant);
    for (const handler of handlers) handler(tenant);
  }

  const stop = await store.onChange(drop);
  return {
    async load(tenant) {
      const entry = entries.get(tenant);
      return entry !== undefined && clock.now() - entry.confirmedAt < ENGINE_CONFIRM_MS
        ? entry.engine
        : await refresh(tenant);
    },
    cached(tenant) {
      const entry = entries.get(tenant);
      if (entry === undefined) return undefined;
      const age = clock.now() - entry.confirmedAt;
      if (age >= ENGINE_CONFIRM_MS) {
        refresh(tenant).catch((error: unknown) =>
          logger.error({ error: String(error) }, 'policies could not be confirmed'),
        );
      }
      return age < ENGINE_STALE_MS ? entry.engine : undefined;
    },
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    close: stop,
  };
}

/** What all engines of the process share. */
function engineDepsOf({ logger, countDifference }: CacheDeps): EngineDeps {
  const compilation: CompilationSwitch = { enabled: true };
  return {
    slots: createCedarSlots(),
    compilation,
    alarm: (what, details) => {
      logger.error(details, what);
      if (!compilation.enabled) countDifference?.();
    },
  };
}

/**
 * A stored set that would not be saved today (an annotation of another version, say) denies everything, and so does one that
 * was changed in the database, or put in force there.
 */
function buildEngine(set: StoredSet | undefined, deps: EngineDeps): PolicyEngine {
  const policies = set?.policies ?? {};
  const { parsed, problems } = parsePolicies(policies);
  const [problem] = problems;
  const input = { setSha256: hashPolicies(policies), version: set?.version ?? 0, policies: parsed };
  if (set?.isSaved === false) return createEngine({ ...input, unusable: ALTERED }, deps);
  if (problem === undefined) return createEngine(input, deps);
  const unusable = `policy '${problem.policyId}' can't be used: ${problem.message}; an admin has to save the policies again`;
  return createEngine({ ...input, unusable }, deps);
}

const ALTERED =
  'the policies in the database are not those that were put in force here; an admin has to activate a version, or apply the tenant file';

/** Whoever asks while the same is being read waits for that one reading. */
async function joinReading<Key, Value>(
  loading: Map<Key, Promise<Value>>,
  key: Key,
  read: (key: Key) => Promise<Value>,
): Promise<Value> {
  const underWay = loading.get(key);
  if (underWay !== undefined) return await underWay;
  const reading = read(key).finally(() => {
    if (loading.get(key) === reading) loading.delete(key);
  });
  loading.set(key, reading);
  return await reading;
}
