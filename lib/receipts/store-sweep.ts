import type { LogId, ReplicaId, TenantId } from '#lib/core';
import type { SystemDb } from '#lib/db';

/** Logs in which a replica may have left attempts, of all tenants. */
export async function listReplicaLogs(
  systemDb: SystemDb,
  replica: ReplicaId,
): Promise<{ tenant: TenantId; log: LogId }[]> {
  const rows = await systemDb.sweep<{ tenant_id: TenantId; log_id: LogId }>(
    'select tenant_id, log_id from log_replica where replica_id = $1',
    [replica],
  );
  return rows.map((row) => ({ tenant: row.tenant_id, log: row.log_id }));
}

/** Tenants whose outbox is not empty. */
export async function listOutboxTenants(systemDb: SystemDb): Promise<TenantId[]> {
  const rows = await systemDb.sweep<{ tenant_id: TenantId }>(
    'select distinct tenant_id from receipt_outbox',
    [],
  );
  return rows.map((row) => row.tenant_id);
}
