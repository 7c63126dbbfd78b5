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
  /** Logs kept loaded; the oldest in which nothing is open gives way. */
  readonly logsMax?: number | undefined;
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
  /** They are entered again only once they are left, or recovery would not know of what is open in them then. */
  const leaving = new Map<TenantId, Promise<void>>();
  const { replica } = deps.sequencer;
  const { logsMax = LOGS_LOADED_MAX } = deps;

  const forget = (tenant: TenantId) => {
    loaded.get(tenant)?.sequencer.close();
    loaded.delete(tenant);
    loading.delete(tenant);
  };
  /** Of a log in which nothing is open: should this replica die, recovery has nothing to do there. */
  const leave = async ({ log, sequencer }: LogHandle): Promise<void> => {
    sequencer.close();
    const run: Run = (text, values) => log.db.sql(text, values);
    await leaveLog(run, log.tenant, log.id, replica).catch(() => undefined);
  };
  const makeRoom = () => {
    if (loaded.size < logsMax) return;
    for (const [tenant, handle] of loaded) {
      if (!isClean(handle)) continue;
      forget(tenant);
      const left = leave(handle).finally(() => leaving.delete(tenant));
      leaving.set(tenant, left);
      return;
    }
  };
  const load = async (tenant: TenantId): Promise<LogHandle> => {
    await leaving.get(tenant);
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
      await Promise.all(leaving.values());
      for (const handle of loaded.values()) {
        if (isClean(handle)) await leave(handle);
        else handle.sequencer.close();
      }
      loaded.clear();
      loading.clear();
    },
  };
}

function isClean({ log, sequencer }: LogHandle): boolean {
  return log.open.size === 0 && sequencer.waiting() === 0;
}
