import { asOwner } from './as-owner.ts';
import { measureRow } from './measure.ts';
import { countersignRow } from './rows.ts';
import type { BenchStack } from './start-stack.ts';

/** What calls leave behind, by how many of them share a commit. All figures but the first two are bytes per call. */
export interface StorageSample {
  readonly connections: number;
  readonly calls: number;
  readonly receipts_per_commit: number;
  readonly batches: number;
  readonly terms: number;
  readonly tiles: number;
  readonly write_ahead_log: number;
}

const RUNS = [
  { connections: 1, calls: 1_000 },
  { connections: 16, calls: 8_000 },
  { connections: 64, calls: 16_000 },
] as const;

interface Sizes {
  readonly leaves: number;
  readonly commits: number;
  readonly batches: number;
  readonly terms: number;
  readonly tiles: number;
  readonly wal: number;
}

/** Tables with their indexes and what is stored out of line. */
const SIZES = `
  select (select coalesce(sum(count), 0) from log_batch)::float8 as leaves,
         (select count(*) from log_batch)::float8 as commits,
         pg_total_relation_size('log_batch')::float8 as batches,
         pg_total_relation_size('log_term')::float8 as terms,
         pg_total_relation_size('log_tile')::float8 as tiles,
         pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal`;

/** How the database grows with calls, each of them with everything on. */
export async function watchStorage(
  stack: BenchStack,
  say: (line: string) => void,
): Promise<readonly StorageSample[]> {
  const row = countersignRow(stack, { name: 'countersign', serving: stack.instance, server: 'ledger' });
  const samples: StorageSample[] = [];
  for (const { connections, calls } of RUNS) {
    const before = await readSizes(stack);
    await measureRow(row, { connections, seconds: 0, calls, postgresPid: stack.postgresPid });
    const sample = sampleOf(connections, before, await readSizes(stack));
    samples.push(sample);
    say(
      `${sample.connections} connections, ${sample.receipts_per_commit} receipts a commit; bytes a call: ` +
        `batches ${sample.batches}, terms ${sample.terms}, tiles ${sample.tiles}, write-ahead log ${sample.write_ahead_log}`,
    );
  }
  return samples;
}

function sampleOf(connections: number, before: Sizes, after: Sizes): StorageSample {
  const leaves = after.leaves - before.leaves;
  // An attempt and an outcome each.
  const calls = leaves / 2;
  const each = (name: keyof Sizes) => Math.round((after[name] - before[name]) / calls);
  return {
    connections,
    calls,
    receipts_per_commit: Math.round((leaves / (after.commits - before.commits)) * 10) / 10,
    batches: each('batches'),
    terms: each('terms'),
    tiles: each('tiles'),
    write_ahead_log: each('wal'),
  };
}

async function readSizes({ env }: BenchStack): Promise<Sizes> {
  return await asOwner(env, async (client) => {
    const { rows } = await client.query<Sizes>(SIZES);
    if (rows[0] === undefined) throw new Error('PostgreSQL named no sizes');
    return rows[0];
  });
}
