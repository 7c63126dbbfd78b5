import type { LogId, ReplicaId, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { closeOrphans } from './close-orphans.ts';
import type { LogRegistry } from './log-registry.ts';
import { listOutboxTenants, listReplicaLogs } from './store-sweep.ts';
import type { ReceiptsDeps, RecoveryReport } from './types.ts';
import type { AppendDeps } from './with-lock.ts';

export interface RecoverDeps extends AppendDeps {
  readonly database: Database;
  readonly registry: LogRegistry;
  readonly flush: (tenant: TenantId) => Promise<void>;
  readonly logger: ReceiptsDeps['logger'];
  /** Whoever closes leaves the rest to the next replica. */
  readonly isClosing: () => boolean;
}

/** Closes what dead replicas left open, log by log, and appends what they had staged. What fails is tried again next time. */
export async function recover(deps: RecoverDeps): Promise<RecoveryReport> {
  const { lease, systemDb } = deps.database;
  let [replicas, closedAttempts, flushedTenants] = [0, 0, 0];
  for (const dead of await lease.listDead()) {
    if (deps.isClosing()) break;
    // Fenced first: from here on nothing of it gets in by itself. False: it renewed its lease after all.
    if (!(await lease.fence(dead))) continue;
    const closed = await closeReplica(deps, dead, await listReplicaLogs(systemDb, dead));
    if (closed === undefined) continue;
    await lease.markRecovered(dead);
    replicas += 1;
    closedAttempts += closed;
  }
  const staged = deps.isClosing() ? [] : await listOutboxTenants(systemDb);
  for (const tenant of staged) {
    if (deps.isClosing()) break;
    const isFlushed = await attempt(deps, { tenant }, async () => {
      await deps.flush(tenant);
      return true;
    });
    if (isFlushed) flushedTenants += 1;
  }
  return { replicas, closedAttempts, flushedTenants };
}

async function closeReplica(
  deps: RecoverDeps,
  dead: ReplicaId,
  logs: readonly { readonly tenant: TenantId; readonly log: LogId }[],
): Promise<number | undefined> {
  let sum: number | undefined = 0;
  for (const { tenant, log } of logs) {
    if (deps.isClosing()) return undefined;
    const closed = await attempt(deps, { tenant, dead }, async () => {
      const handle = await deps.registry.load(tenant);
      // A log that was closed since takes no more entries; its successor names it.
      if (handle.log.id !== log) return 0;
      return await handle.sequencer.exclusive(async () => await closeOrphans(handle.log, deps, dead));
    });
    sum = closed === undefined || sum === undefined ? undefined : sum + closed;
  }
  return sum;
}

/** One tenant's trouble must not keep the others from being recovered. */
async function attempt<T>(deps: RecoverDeps, about: object, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    deps.logger.error({ ...about, error: (error as Error).message }, 'recovery is tried again later');
    return undefined;
  }
}
