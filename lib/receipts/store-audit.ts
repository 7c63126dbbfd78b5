import type { LogId, ReplicaId, TenantId } from '#lib/core';
import { BATCH_COLUMNS, toBatch, type BatchRow, type RawBatch } from './store-read.ts';
import type { Run } from './store.ts';

/** A batch with what an audit compares it with. */
export interface AuditBatch extends BatchRow {
  readonly replica: ReplicaId;
  /** Leaf hashes as the tree was built of them. */
  readonly hashes: Uint8Array;
  /** PostgreSQL's own time of the append, in seconds since the epoch. */
  readonly committedAt: number;
}

export interface AuditPage {
  readonly tenant: TenantId;
  readonly log: LogId;
  /** Batches that begin in [from, below), oldest first. */
  readonly from: bigint;
  readonly below: bigint;
  readonly limit: number;
}

const PAGE = `select ${BATCH_COLUMNS}, b.replica_id, b.hashes, extract(epoch from b.committed_at)::float8 as committed
  from log_batch b where b.tenant_id = $1 and b.log_id = $2 and b.first_index >= $3 and b.first_index < $4
  order by b.first_index limit $5`;

type RawAuditBatch = RawBatch & { replica_id: ReplicaId; hashes: Uint8Array; committed: number };

export async function listAuditBatches(run: Run, page: AuditPage): Promise<AuditBatch[]> {
  const { tenant, log, from, below, limit } = page;
  const rows = await run<RawAuditBatch>(PAGE, [tenant, log, String(from), String(below), limit]);
  return rows.map((row) => ({
    ...toBatch(row),
    replica: row.replica_id,
    hashes: row.hashes,
    committedAt: Math.floor(row.committed),
  }));
}

/** Which of these replicas live: what they have open, they will close. */
export async function listLiving(run: Run, replicas: readonly ReplicaId[]): Promise<ReadonlySet<ReplicaId>> {
  const rows = await run<{ id: ReplicaId }>(
    `select id from replica_lease where id = any($1::uuid[]) and fenced_at is null and expires_at > clock_timestamp()`,
    [replicas],
  );
  return new Set(rows.map(({ id }) => id));
}
