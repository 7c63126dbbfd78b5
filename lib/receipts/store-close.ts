import type { LogId, ReplicaId, TenantId } from '#lib/core';
import type { Run } from './store.ts';

/** Replicas that may have open attempts in this log. */
export async function listLogReplicas(run: Run, tenant: TenantId, log: LogId): Promise<readonly ReplicaId[]> {
  const rows = await run<{ id: ReplicaId }>(
    'select replica_id as id from log_replica where tenant_id = $1 and log_id = $2 order by replica_id',
    [tenant, log],
  );
  return rows.map(({ id }) => id);
}

/** Nothing is appended to this log after the transaction's commit. */
export async function markLogClosed(run: Run, tenant: TenantId, log: LogId, nowMs: number): Promise<void> {
  await run(
    "update receipt_log set state = 'closed', closed_at = $3 where tenant_id = $1 and id = $2 and state = 'open'",
    [tenant, log, new Date(nowMs)],
  );
}
