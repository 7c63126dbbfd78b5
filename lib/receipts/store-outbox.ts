import type { ReceiptId, TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { Run } from './store.ts';

export interface OutboxRow {
  readonly id: ReceiptId;
  readonly clear: string;
  readonly sealed: Uint8Array;
}

/** In the transaction of the change that the receipt is about. */
export async function insertOutboxRow(
  tx: TenantTransaction,
  tenant: TenantId,
  row: OutboxRow,
): Promise<void> {
  await tx.receiptOutbox.create({
    data: { tenantId: tenant, id: row.id, clear: row.clear, sealed: new Uint8Array(row.sealed) },
    select: { id: true },
  });
}

/** What was staged first, first. The caller holds the head's lock, so no two replicas append the same row. */
export async function listOutbox(run: Run, tenant: TenantId, limit: number): Promise<readonly OutboxRow[]> {
  return await run<OutboxRow>(
    'select id, clear, sealed from receipt_outbox where tenant_id = $1 order by sequence limit $2',
    [tenant, limit],
  );
}

export async function deleteOutboxRows(run: Run, tenant: TenantId, ids: readonly ReceiptId[]): Promise<void> {
  await run('delete from receipt_outbox where tenant_id = $1 and id = any($2::uuid[])', [tenant, ids]);
}
