import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { LOGS_LOADED_MAX } from './constants.ts';
import { NoLog } from './errors.ts';
import type { HighWater } from './high-water.ts';
import type { KeyRing } from './key-ring.ts';
import { openLoadedLog } from './log.ts';
import type { SequencerDeps } from './sequencer.ts';
import { enterLog, leaveLog, loadOpenLog, type Run } from './store.ts';
import { createLogHandle, type LogHandle } from './tenant-log.ts';

export interface LogRegistryDeps {
  readonly database: Database;
  readonly highWater: HighWater;
  readonly ringOf: (tenant: TenantId) => KeyRing;
  readonly sequencer: Omit<SequencerDeps, 'onAbandoned' | 'onClosed'>;
}

/** The logs that this process has loaded. One per tenant, shared by everybody who asks. */
export interface LogRegistry {
  load(tenant: TenantId): Promise<LogHandle>;
  cached(tenant: TenantId): LogHandle | undefined;
  /** Receipts of all logs that are not committed yet. */
  waiting(): number;
  /** Drops the tenant's log: another one is open by now. */
  forget(tenant: TenantId): void;
  /** Waits for what is on its way, at most `waitMs`; leaves the logs in which nothing is open. */
  close(waitMs: number): Promise<void>;
}

export function createLogRegistry(deps: LogRegistryDeps): LogRegistry {
  const loading = new Map<TenantId, Promise<LogHandle>>();
  const loaded = new Map<TenantId, LogHandle>();
  const { replica } = deps.sequencer;

  const forget = (tenant: TenantId) => {
    loaded.get(tenant)?.sequencer.close();
    loaded.delete(tenant);
    loading.delete(tenant);
  };
  const makeRoom = () => {
    if (loaded.size < LOGS_LOADED_MAX) return;
    for (const [tenant, { log, sequencer }] of loaded) {
      if (log.open.size > 0 || sequencer.waiting() > 0) continue;
      forget(tenant);
      return;
    }
  };
  const load = async (tenant: TenantId): Promise<LogHandle> => {
    const db = deps.database.tenantDb(tenant);
    const run: Run = (text, values) => db.sql(text, values);
    const row = await loadOpenLog(run, tenant);
    if (!row) throw new NoLog(tenant);
    const ring = deps.ringOf(tenant);
    const log = await openLoadedLog({ tenant, db, ring, highWater: deps.highWater }, row);
    await enterLog(run, tenant, row.id, replica);
    makeRoom();
    const handle = createLogHandle(tenant, log, { ...deps.sequencer, onClosed: () => forget(tenant) });
    loaded.set(tenant, handle);
    return handle;
  };
  return {
    forget,
    cached: (tenant) => loaded.get(tenant),
    waiting: () => [...loaded.values()].reduce((sum, { sequencer }) => sum + sequencer.waiting(), 0),
    load: (tenant) => {
      const found = loading.get(tenant);
      if (found) return found;
      const started = load(tenant);
      loading.set(tenant, started);
      started.catch(() => loading.delete(tenant));
      return started;
    },
    close: async (waitMs) => {
      const { clock, timers } = deps.sequencer;
      const deadline = clock.now() + waitMs;
      const isWaiting = () => [...loaded.values()].some(({ sequencer }) => sequencer.waiting() > 0);
      while (isWaiting() && clock.now() < deadline)
        await new Promise<void>((resolve) => timers.setTimeout(resolve, 20));
      for (const [tenant, { log, sequencer }] of loaded) {
        const isClean = sequencer.waiting() === 0 && log.open.size === 0;
        sequencer.close();
        const run: Run = (text, values) => log.db.sql(text, values);
        if (isClean) await leaveLog(run, tenant, log.id, replica).catch(() => undefined);
      }
      loaded.clear();
      loading.clear();
    },
  };
}
