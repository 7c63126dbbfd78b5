import type { LogId, ReplicaId, TenantId } from '#lib/core';
import { BATCH_LEAVES_MAX } from './constants.ts';
import { unpackLeaves } from './pack-leaves.ts';
import type { Run } from './store.ts';
import type { Term } from './terms.ts';

/** A batch without its archive. */
export interface BatchRow {
  readonly log: LogId;
  readonly firstIndex: bigint;
  readonly count: number;
  readonly batchId: string;
  readonly leaves: readonly Uint8Array[];
  readonly summary: string;
}

/** A stretch of the log: entries [from, to). */
export interface Stretch {
  readonly tenant: TenantId;
  readonly log: LogId;
  readonly from: bigint;
  readonly to: bigint;
}

/** A row of `BATCH_COLUMNS`. */
export interface RawBatch {
  log_id: LogId;
  first_index: string;
  count: number;
  batch_id: string;
  leaves: Uint8Array;
  summary: string;
}

export const BATCH_COLUMNS = 'b.log_id, b.first_index, b.count, b.batch_id, b.leaves, b.summary';

export function toBatch(row: RawBatch): BatchRow {
  return {
    log: row.log_id,
    firstIndex: BigInt(row.first_index),
    count: row.count,
    batchId: row.batch_id,
    leaves: unpackLeaves(row.leaves),
    summary: row.summary,
  };
}

/** A batch has at most 256 leaves: none that begins earlier reaches into the stretch. */
function reach({ tenant, log, from, to }: Stretch): unknown[] {
  return [tenant, log, String(from), String(to), String(from - BigInt(BATCH_LEAVES_MAX - 1))];
}
const REACHES = `tenant_id = $1 and log_id = $2 and first_index >= $5 and first_index < $4 and first_index + count > $3`;

/** Leaf hashes of the stretch, 32 bytes each. */
export async function loadLeafHashes(run: Run, stretch: Stretch): Promise<Uint8Array> {
  const rows = await run<{ first_index: string; hashes: Uint8Array }>(
    `select first_index, hashes from log_batch where ${REACHES} order by first_index`,
    reach(stretch),
  );
  return cut(rows, stretch);
}

function cut(
  rows: readonly { first_index: string; hashes: Uint8Array }[],
  { from, to }: Stretch,
): Uint8Array {
  const first = BigInt(rows[0]?.first_index ?? from);
  const joined = Buffer.concat(rows.map((row) => row.hashes));
  const start = Number(from - first) * 32;
  return joined.subarray(start, start + Number(to - from) * 32);
}

/** The batches that reach into the stretch, in order. */
export async function listBatches(run: Run, stretch: Stretch): Promise<BatchRow[]> {
  const rows = await run<RawBatch>(
    `select ${BATCH_COLUMNS} from log_batch b where ${REACHES} order by first_index`,
    reach(stretch),
  );
  return rows.map(toBatch);
}

/** Roots of full tiles [from, to) of a level: the hashes of the tile level above. */
export async function loadTileRoots(
  run: Run,
  { tenant, log, from, to }: Stretch,
  level: number,
): Promise<Uint8Array> {
  const rows = await run<{ root: Uint8Array }>(
    `select root from log_tile where tenant_id = $1 and log_id = $2 and level = $3 and index >= $4 and index < $5
     order by index`,
    [tenant, log, level, String(from), String(to)],
  );
  return Buffer.concat(rows.map((row) => row.root));
}

/** A full tile's hashes. */
export async function loadFullTile(
  run: Run,
  where: { tenant: TenantId; log: LogId; level: number; index: bigint },
): Promise<Uint8Array | undefined> {
  const rows = await run<{ hashes: Uint8Array }>(
    'select hashes from log_tile where tenant_id = $1 and log_id = $2 and level = $3 and index = $4',
    [where.tenant, where.log, where.level, String(where.index)],
  );
  return rows[0]?.hashes;
}

/** The batches that have one of these terms. Terms collide: what is looked for is in one of them, or nowhere. */
export async function listBatchesOf(run: Run, tenant: TenantId, terms: readonly Term[]): Promise<BatchRow[]> {
  const rows = await run<RawBatch>(
    `select distinct on (b.log_id, b.first_index) ${BATCH_COLUMNS}
     from unnest($2::smallint[], $3::uuid[]) as t(type, term)
     join log_term l on l.tenant_id = $1 and l.type = t.type and l.term = t.term
     join log_batch b on b.tenant_id = $1 and b.log_id = l.log_id and b.first_index = l.first_index
     order by b.log_id, b.first_index`,
    [tenant, terms.map((term) => term.type), terms.map((term) => term.term)],
  );
  return rows.map(toBatch);
}

export interface PageOfBatches {
  readonly tenant: TenantId;
  readonly log: LogId;
  /** Batches that begin before this index. */
  readonly before: bigint;
  readonly limit: number;
  /** Left out: every batch. */
  readonly term?: Term;
}

/** Batches, newest first. */
export async function pageBatches(run: Run, page: PageOfBatches): Promise<BatchRow[]> {
  const values = [page.tenant, page.log, String(page.before), page.limit];
  const rows = page.term
    ? await run<RawBatch>(
        `select ${BATCH_COLUMNS} from log_term l
         join log_batch b on b.tenant_id = l.tenant_id and b.log_id = l.log_id and b.first_index = l.first_index
         where l.tenant_id = $1 and l.log_id = $2 and l.first_index < $3 and l.type = $5 and l.term = $6
         order by l.first_index desc limit $4`,
        [...values, page.term.type, page.term.term],
      )
    : await run<RawBatch>(
        `select ${BATCH_COLUMNS} from log_batch b where b.tenant_id = $1 and b.log_id = $2 and b.first_index < $3
         order by b.first_index desc limit $4`,
        values,
      );
  return rows.map(toBatch);
}

/** The sealed envelopes of a batch. */
export async function loadArchive(
  run: Run,
  tenant: TenantId,
  log: LogId,
  firstIndex: bigint,
): Promise<Uint8Array> {
  const rows = await run<{ archive: Uint8Array }>(
    'select archive from log_batch where tenant_id = $1 and log_id = $2 and first_index = $3',
    [tenant, log, String(firstIndex)],
  );
  return rows[0]?.archive ?? new Uint8Array(0);
}

/** From where on a replica may have open attempts; undefined when it wrote nothing. */
export async function loadOpenFrom(
  run: Run,
  tenant: TenantId,
  log: LogId,
  replica: ReplicaId,
): Promise<bigint | undefined> {
  const rows = await run<{ open_from: string }>(
    `select open_from from log_batch where tenant_id = $1 and replica_id = $3 and log_id = $2
     order by first_index desc limit 1`,
    [tenant, log, replica],
  );
  return rows[0] && BigInt(rows[0].open_from);
}

/** Batches that a replica wrote, from the one that reaches `from` on. */
export async function listReplicaBatches(
  run: Run,
  where: { tenant: TenantId; log: LogId; replica: ReplicaId; from: bigint; limit: number },
): Promise<BatchRow[]> {
  const rows = await run<RawBatch>(
    `select ${BATCH_COLUMNS} from log_batch b where b.tenant_id = $1 and b.log_id = $2 and b.replica_id = $3
       and b.first_index >= $4 order by b.first_index limit $5`,
    [where.tenant, where.log, where.replica, String(where.from), where.limit],
  );
  return rows.map(toBatch);
}
