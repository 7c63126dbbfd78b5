import { assert, startDeadline, systemTimers, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { createAggregation } from './aggregate-refusals.ts';
import { appendOutbox } from './append-outbox.ts';
import { closeLog } from './close-log.ts';
import { CLOSE_WAIT_MS, FLUSH_ANSWER_MS, RINGS_MAX } from './constants.ts';
import { LogUnavailable, NoLog } from './errors.ts';
import { createHighWater } from './high-water.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { createLogRegistry, type LogRegistry } from './log-registry.ts';
import { openLog } from './open-log.ts';
import { createRandomPool } from './random-pool.ts';
import { createReadSide } from './read-side.ts';
import { recover } from './recover.ts';
import { createRotation } from './rotate-keys.ts';
import { loadOpenLog } from './store.ts';
import { stageReceipt } from './stage-receipt.ts';
import type { LogHandle } from './tenant-log.ts';
import type { LogOwner, ReceiptDraft, Receipts, ReceiptsDeps, ReceiptTimers } from './types.ts';

/** Builds the module. Timers run until `close`. */
export function createReceipts(deps: ReceiptsDeps): Receipts {
  const { database, keys, clock, logger } = deps;
  const timers = deps.timers ?? systemTimers;
  const random = createRandomPool();
  const replica = database.lease.id;
  const append = { replica, clock, random, metrics: deps.metrics };
  const rings = createRings(deps);
  const ringOf = rings.of;
  const highWater = createHighWater(deps.highWaterDir, timers, logger);
  const registry = createLogRegistry({
    database,
    highWater,
    ringOf,
    logsMax: deps.logsMax,
    sequencer: { ...append, timers, logger, isFenced: database.lease.isFenced },
  });
  let isClosing = false;
  const draft = (rest: Omit<ReceiptDraft, 'id' | 'at'>): ReceiptDraft => {
    const at = clock.now();
    return { ...rest, id: random.receiptId(at), at };
  };
  const openDeps = { database, keys, clock, random, replica, highWater };
  const open = async (owner: LogOwner, again: boolean) =>
    await openLog(owner, { ...openDeps, ring: ringOf(owner.id) }, again);
  const reopenLog: Receipts['reopenLog'] = async (owner) => {
    const opened = await open(owner, true);
    assert(opened, 'a log was opened');
    registry.forget(owner.id);
    if (opened.previous) await highWater.retire(opened.previous.id);
    // Its own mark stands before anything is appended to it.
    await registry.load(owner.id);
    return opened;
  };
  const forget = (tenant: TenantId) => {
    registry.forget(tenant);
    rings.forget(tenant);
  };
  const endLog: Receipts['closeLog'] = async (tenant) => {
    try {
      const closed = await closeLog(await registry.load(tenant), { ...append, keys, timers });
      await highWater.retire(closed.id);
      return closed;
    } catch (error) {
      if (error instanceof NoLog) return undefined;
      throw error;
    } finally {
      forget(tenant);
    }
  };
  const unsubscribe = database.revocations.subscribe(({ kind, tenant }) => {
    if (kind === 'tenant')
      void leaveClosedLog(database, registry, tenant).then((left) => left && forget(tenant));
  });
  const stage: Receipts['stage'] = async (tx, tenant, staged) => {
    await stageReceipt(tx, tenant, ringOf(tenant), random, staged);
    return staged.id;
  };
  const flush = createFlush(async (tenant) => await reachable(() => registry.load(tenant)), append, timers);
  const refusals = createAggregation({ replica, random, clock, timers, logger }, async (tenant, counted) => {
    const { handle } = await registry.load(tenant);
    await handle.append(counted);
  });

  return {
    stage,
    flush,
    openLog: async (owner) => void (await open(owner, false)),
    reopenLog,
    closeLog: endLog,
    log: async (tenant) => (await reachable(() => registry.load(tenant))).handle,
    cachedLog: (tenant) => registry.cached(tenant)?.handle,
    waiting: () => registry.waiting(),
    refuse: (tenant, reason) => {
      deps.metrics?.refused(reason);
      const counted = tenant ?? deps.instanceTenant?.();
      if (counted !== undefined) refusals.count(counted, reason);
    },
    ...createRotation({ database, keys, stage, flush, draft, load: registry.load }),
    ...createReadSide({
      database,
      keys,
      ringOf,
      draft,
      append: async (tenant, read) => {
        const { handle } = await reachable(() => registry.load(tenant));
        await handle.append(read);
      },
    }),
    recover: async () =>
      await recover({ ...append, database, registry, flush, logger, isClosing: () => isClosing }),
    close: async () => {
      isClosing = true;
      unsubscribe();
      await refusals.close();
      await registry.close(CLOSE_WAIT_MS);
      await highWater.close();
    },
  };
}

/** Whether what this process holds of the tenant's log is of one that another replica has closed. */
async function leaveClosedLog(database: Database, registry: LogRegistry, tenant: TenantId): Promise<boolean> {
  const db = database.tenantDb(tenant);
  try {
    const open = await loadOpenLog((text, values) => db.sql(text, values), tenant);
    return open === undefined || registry.cached(tenant)?.log.id !== open.id;
  } catch {
    // Not known now: a closed log refuses the next batch by itself.
    return false;
  }
}

interface Rings {
  of(tenant: TenantId): KeyRing;
  forget(tenant: TenantId): void;
}

function createRings({ keys, clock }: ReceiptsDeps): Rings {
  const rings = new Map<TenantId, KeyRing>();
  const of = (tenant: TenantId): KeyRing => {
    const known = rings.get(tenant);
    if (known) return known;
    if (rings.size >= RINGS_MAX) rings.delete(rings.keys().next().value as TenantId);
    const made = createKeyRing(keys, tenant, clock);
    rings.set(tenant, made);
    return made;
  };
  return { of, forget: (tenant) => void rings.delete(tenant) };
}

/** Calls that come while another one waits for its turn share that one: it will see what they staged. */
function createFlush(
  load: (tenant: TenantId) => Promise<LogHandle>,
  deps: Parameters<typeof appendOutbox>[1],
  timers: ReceiptTimers,
): (tenant: TenantId) => Promise<void> {
  const waiting = new Map<TenantId, Promise<void>>();
  const run = async (tenant: TenantId) => {
    const { log, sequencer } = await load(tenant);
    await reachable(
      async () =>
        await sequencer.exclusive(async () => {
          waiting.delete(tenant);
          while (await appendOutbox(log, deps));
        }),
    );
  };
  return (tenant) => {
    const found = waiting.get(tenant);
    if (found) return found;
    const started = inTime(run(tenant), timers).finally(() => {
      if (waiting.get(tenant) === started) waiting.delete(tenant);
    });
    waiting.set(tenant, started);
    return started;
  };
}

/** What the database throws becomes the one error that callers know; refusals of our own stay what they are. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const own = error instanceof Error && 'code' in error && String(error.code).startsWith('receipts:');
    if (own || error instanceof NoLog) throw error;
    throw new LogUnavailable('the receipt log could not be reached', undefined, error);
  }
}

/** What waits behind a batch that can't be committed is not waited for without end. */
async function inTime(work: Promise<void>, timers: ReceiptTimers): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const words = 'the receipt log could not be reached in time; what is staged stays staged';
    const stop = startDeadline(FLUSH_ANSWER_MS, () => reject(new LogUnavailable(words)), timers);
    work.finally(stop).then(resolve, reject);
  });
}
