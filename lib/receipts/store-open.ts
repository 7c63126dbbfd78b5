import type { LogId, TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { AppendRow, LogRow } from './store.ts';

/** One opening at a time per tenant; returns the log that is open. */
export async function lockTenantLogs(tx: TenantTransaction, tenant: TenantId): Promise<LogRow | undefined> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('receipt-log ' || ${tenant}::text, 0))::text`;
  const open = await tx.receiptLog.findFirst({ where: { tenantId: tenant, state: 'open' } });
  return open ? { id: open.id as LogId, issuer: open.issuer, origin: open.origin } : undefined;
}

/** Nothing is appended to this log any more. Returns what its successor names. */
export async function closeLogRow(
  tx: TenantTransaction,
  tenant: TenantId,
  log: LogRow,
  nowMs: number,
): Promise<{ origin: string; checkpoint: string }> {
  const head = await tx.logHead.update({
    where: { tenantId_logId: { tenantId: tenant, logId: log.id } },
    // Takes the row's lock and makes every prepared batch miss.
    data: { fences: { increment: 1 } },
    select: { checkpoint: true },
  });
  await tx.receiptLog.update({
    where: { tenantId_id: { tenantId: tenant, id: log.id } },
    data: { state: 'closed', closedAt: new Date(nowMs) },
  });
  return { origin: log.origin, checkpoint: head.checkpoint };
}

/** Staged receipts that would put keys of the log that was just closed in force. */
export async function deleteStagedLogKeys(tx: TenantTransaction, tenant: TenantId): Promise<void> {
  await tx.$executeRaw`
    delete from receipt_outbox
    where tenant_id = ${tenant}::uuid and clear::jsonb -> 'key' ->> 'purpose' in ('receipt', 'log')`;
}

export async function insertLog(
  tx: TenantTransaction,
  log: { tenant: TenantId; id: LogId; issuer: string; origin: string },
): Promise<void> {
  const { tenant, id, issuer, origin } = log;
  await tx.receiptLog.create({ data: { tenantId: tenant, id, issuer, origin, state: 'open' } });
}

/** Head and entry 0 of a new log. */
export async function insertFirstBatch(tx: TenantTransaction, row: AppendRow): Promise<void> {
  const place = { tenantId: row.tenant, logId: row.log };
  await tx.logHead.create({
    data: {
      ...place,
      size: row.size,
      root: new Uint8Array(row.root),
      frontier: new Uint8Array(row.frontier),
      checkpoint: row.checkpoint,
      receiptKid: row.receiptKid,
      logKids: row.logKids,
      fences: 0,
    },
  });
  await tx.logBatch.create({
    data: {
      ...place,
      firstIndex: 0n,
      count: row.count,
      batchId: row.batchId,
      replicaId: row.replica,
      openFrom: row.openFrom,
      leaves: new Uint8Array(row.leaves),
      hashes: new Uint8Array(row.hashes),
      checkpoint: row.checkpoint,
      archive: new Uint8Array(row.archive),
      summary: row.summary,
    },
  });
  await tx.logTerm.createMany({
    data: row.terms.map(({ type, term }) => ({ ...place, type, term: withHyphens(term), firstIndex: 0n })),
  });
}

function withHyphens(term: string): string {
  return term.replace(
    /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/,
    '$1-$2-$3-$4-$5',
  );
}
