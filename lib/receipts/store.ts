import type { LogId, ReplicaId, TenantId } from '#lib/core';
import type { RunStatement } from '#lib/db';
import type { Term } from './terms.ts';

/** One statement, in a transaction or by itself. */
export type Run = RunStatement;

export interface HeadRow {
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly frontier: Uint8Array;
  readonly checkpoint: string;
  readonly receiptKid: string;
  readonly logKids: string;
  readonly fences: number;
}

export interface LogRow {
  readonly id: LogId;
  readonly issuer: string;
  readonly origin: string;
}

/** Everything that one append writes. */
export interface AppendRow {
  readonly tenant: TenantId;
  readonly log: LogId;
  readonly oldSize: bigint;
  readonly fences: number;
  readonly replica: ReplicaId;
  /** False: a fenced replica may bring what it still has, for its outcomes were checked one by one. */
  readonly needsLease: boolean;
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly frontier: Uint8Array;
  readonly checkpoint: string;
  readonly receiptKid: string;
  readonly logKids: string;
  readonly count: number;
  readonly batchId: string;
  readonly openFrom: bigint;
  readonly leaves: Uint8Array;
  readonly hashes: Uint8Array;
  readonly archive: Uint8Array;
  readonly summary: string;
  readonly terms: readonly Term[];
  readonly tiles: readonly { level: number; index: bigint; hashes: Uint8Array; root: Uint8Array }[];
}

/**
 * The compare-and-swap: nothing is written unless the head is still the one that the batch was built on, no recovery
 * went over the log since, and this replica is not fenced. Waiting for another writer's row lock, PostgreSQL compares
 * anew with what that writer left.
 */
const APPEND = `
with head as (
  update log_head set size = $6, root = $7, frontier = $8, checkpoint = $9, receipt_kid = $10, log_kids = $11
  where tenant_id = $1 and log_id = $2 and size = $3 and fences = $4
    and ($22 = false or exists (select 1 from replica_lease where id = $5 and fenced_at is null))
  returning log_id
), batch as (
  insert into log_batch (tenant_id, log_id, first_index, count, batch_id, replica_id, open_from, leaves, hashes,
    checkpoint, archive, summary)
  select $1, $2, $3, $12, $13, $5, $14, $15, $16, $9, $17, $18 from head
), terms as (
  insert into log_term (tenant_id, type, term, log_id, first_index)
  select $1, t.type, t.term, $2, $3 from head, unnest($19::smallint[], $20::uuid[]) as t(type, term)
), tiles as (
  insert into log_tile (tenant_id, log_id, level, index, hashes, root)
  select $1, $2, t.level, t.index, t.hashes, t.root
  from head, unnest($21::int[], $23::bigint[], $24::bytea[], $25::bytea[]) as t(level, index, hashes, root)
)
select log_id from head`;

/** The statement and its values. `appended` says whether it matched. */
export function appendStatement(row: AppendRow): { text: string; values: readonly unknown[] } {
  return {
    text: APPEND,
    values: [
      row.tenant,
      row.log,
      String(row.oldSize),
      row.fences,
      row.replica,
      String(row.size),
      row.root,
      row.frontier,
      row.checkpoint,
      row.receiptKid,
      row.logKids,
      row.count,
      row.batchId,
      String(row.openFrom),
      row.leaves,
      row.hashes,
      row.archive,
      row.summary,
      `{${row.terms.map((term) => term.type).join(',')}}`,
      `{${row.terms.map((term) => term.term).join(',')}}`,
      `{${row.tiles.map((tile) => tile.level).join(',')}}`,
      row.needsLease,
      `{${row.tiles.map((tile) => tile.index).join(',')}}`,
      row.tiles.map((tile) => tile.hashes),
      row.tiles.map((tile) => tile.root),
    ],
  };
}

/** The tenant's open log. */
export async function loadOpenLog(run: Run, tenant: TenantId): Promise<LogRow | undefined> {
  const rows = await run<LogRow>(
    `select id, issuer, origin from receipt_log where tenant_id = $1 and state = 'open' order by opened_at desc limit 1`,
    [tenant],
  );
  return rows[0];
}

/** Every log of the tenant, oldest first. */
export async function listLogs(run: Run, tenant: TenantId): Promise<readonly LogRow[]> {
  return await run<LogRow>(
    'select id, issuer, origin from receipt_log where tenant_id = $1 order by opened_at, id',
    [tenant],
  );
}

const HEAD = `select size, root, frontier, checkpoint, receipt_kid, log_kids, fences
  from log_head where tenant_id = $1 and log_id = $2`;
const LOCKED_HEAD = `select h.size, h.root, h.frontier, h.checkpoint, h.receipt_kid, h.log_kids, h.fences
  from log_head h join receipt_log l on l.tenant_id = h.tenant_id and l.id = h.log_id and l.state = 'open'
  where h.tenant_id = $1 and h.log_id = $2 for update`;

interface RawHead {
  size: string;
  root: Uint8Array;
  frontier: Uint8Array;
  checkpoint: string;
  receipt_kid: string;
  log_kids: string;
  fences: number;
}

function toHead(row: RawHead): HeadRow {
  return {
    size: BigInt(row.size),
    root: row.root,
    frontier: row.frontier,
    checkpoint: row.checkpoint,
    receiptKid: row.receipt_kid,
    logKids: row.log_kids,
    fences: row.fences,
  };
}

/** The head as committed; with `lock`, only of an open log, and nobody else appends until the transaction ends. */
export async function loadHead(
  run: Run,
  tenant: TenantId,
  log: LogId,
  lock: boolean,
): Promise<HeadRow | undefined> {
  const [row] = await run<RawHead>(lock ? LOCKED_HEAD : HEAD, [tenant, log]);
  return row && toHead(row);
}

const HEAD_SINCE = `select h.size, h.root, h.frontier, h.checkpoint, h.receipt_kid, h.log_kids, h.fences,
    (select string_agg(b.hashes, ''::bytea order by b.first_index) from log_batch b
     where b.tenant_id = $1 and b.log_id = $2 and b.first_index >= $3) as hashes,
    exists (select 1 from replica_lease where id = $4 and fenced_at is null) as alive
  from log_head h join receipt_log l on l.tenant_id = h.tenant_id and l.id = h.log_id and l.state = 'open'
  where h.tenant_id = $1 and h.log_id = $2`;

/** The head of an open log, and the hashes of the leaves from `size` on: one statement, so one state of the log. */
export async function loadHeadSince(
  run: Run,
  tenant: TenantId,
  log: LogId,
  size: bigint,
  replica: ReplicaId,
): Promise<{ head: HeadRow; hashes: Uint8Array; isAlive: boolean } | undefined> {
  type Row = RawHead & { hashes: Uint8Array | null; alive: boolean };
  const [row] = await run<Row>(HEAD_SINCE, [tenant, log, String(size), replica]);
  return row && { head: toHead(row), hashes: row.hashes ?? new Uint8Array(0), isAlive: row.alive };
}

/** Whether this replica was declared dead. */
export async function isFenced(run: Run, replica: ReplicaId): Promise<boolean> {
  const rows = await run('select 1 from replica_lease where id = $1 and fenced_at is null', [replica]);
  return rows.length === 0;
}

/** Notes that this replica may have attempts in the log, for recovery to find. */
export async function enterLog(run: Run, tenant: TenantId, log: LogId, replica: ReplicaId): Promise<void> {
  await run(
    'insert into log_replica (tenant_id, log_id, replica_id) values ($1, $2, $3) on conflict do nothing',
    [tenant, log, replica],
  );
}

/** No attempt of this replica is open in the log any more. */
export async function leaveLog(run: Run, tenant: TenantId, log: LogId, replica: ReplicaId): Promise<void> {
  await run('delete from log_replica where tenant_id = $1 and log_id = $2 and replica_id = $3', [
    tenant,
    log,
    replica,
  ]);
}

/** Whatever was prepared before this does not match the head any more. */
export async function raiseFence(run: Run, tenant: TenantId, log: LogId): Promise<void> {
  await run('update log_head set fences = fences + 1 where tenant_id = $1 and log_id = $2', [tenant, log]);
}
