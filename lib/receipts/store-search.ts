import type { LogId, TenantId } from '#lib/core';
import { BATCH_COLUMNS, toBatch, type BatchRow, type RawBatch } from './store-read.ts';
import type { Run } from './store.ts';
import { TERM_TYPES, type Term } from './terms.ts';

/** A stretch of batches of one log, by the index of their first entry; both ends are left out. */
export interface BatchStretch {
  readonly tenant: TenantId;
  readonly log: LogId;
  readonly above: bigint;
  readonly below: bigint;
  readonly limit: number;
  /** A batch holds all of these; the first one drives the search. None: every batch. */
  readonly terms: readonly Term[];
}

// The other terms are looked up by their key, one by one: a limit keeps them from being read whole and hashed.
const BY_TERM = `select ${BATCH_COLUMNS} from log_term l
  join log_batch b on b.tenant_id = l.tenant_id and b.log_id = l.log_id and b.first_index = l.first_index
  where l.tenant_id = $1 and l.log_id = $2 and l.first_index > $3 and l.first_index < $4
    and l.type = $6 and l.term = $7
    and cardinality($8::smallint[]) = (
      select count(*) from unnest($8::smallint[], $9::uuid[]) as t(type, term), lateral (
        select 1 from log_term m where m.tenant_id = $1 and m.type = t.type and m.term = t.term
          and m.log_id = $2 and m.first_index = l.first_index limit 1) as held)`;
const OF_LOG = `select ${BATCH_COLUMNS} from log_batch b
  where b.tenant_id = $1 and b.log_id = $2 and b.first_index > $3 and b.first_index < $4`;
const STATEMENTS = {
  older: {
    byTerm: `${BY_TERM} order by l.first_index desc limit $5`,
    ofLog: `${OF_LOG} order by b.first_index desc limit $5`,
  },
  newer: {
    byTerm: `${BY_TERM} order by l.first_index limit $5`,
    ofLog: `${OF_LOG} order by b.first_index limit $5`,
  },
} as const;

/** `older`: newest first. */
export async function stretchOfBatches(
  run: Run,
  direction: 'older' | 'newer',
  { tenant, log, above, below, limit, terms }: BatchStretch,
): Promise<BatchRow[]> {
  const values = [tenant, log, String(above), String(below), limit];
  const [first, ...others] = terms;
  const rows =
    first === undefined
      ? await run<RawBatch>(STATEMENTS[direction].ofLog, values)
      : await run<RawBatch>(STATEMENTS[direction].byTerm, [
          ...values,
          first.type,
          first.term,
          others.map(({ type }) => type),
          others.map(({ term }) => term),
        ]);
  return rows.map(toBatch);
}

/** In how many batches each term stands, counted no further than `most`. */
export async function countTerms(
  run: Run,
  tenant: TenantId,
  terms: readonly Term[],
  most: number,
): Promise<readonly number[]> {
  const rows = await run<{ found: number }>(
    `select (select count(*) from (select 1 from log_term l
       where l.tenant_id = $1 and l.type = t.type and l.term = t.term limit $4) as seen)::int as found
     from unnest($2::smallint[], $3::uuid[]) with ordinality as t(type, term, place) order by t.place`,
    [tenant, terms.map(({ type }) => type), terms.map(({ term }) => term), most],
  );
  return rows.map(({ found }) => found);
}

/** Where the receipts of a stretch of ids stand: per log, the first entry of the first and of the last batch. */
export interface Spread {
  readonly log: LogId;
  readonly lowest: bigint;
  readonly highest: bigint;
  /** Terms seen in all logs; as many as were asked for when there are more. */
  readonly seen: number;
}

const SPREAD = (order: 'asc' | 'desc') => `select log_id, min(first_index)::text as lowest,
    max(first_index)::text as highest, (sum(count(*)) over ())::int as seen
  from (select log_id, first_index from log_term
    where tenant_id = $1 and type = ${TERM_TYPES.receipt} and term >= $2::uuid and term <= $3::uuid
    order by term ${order} limit $4) as ids
  group by log_id`;
const SPREADS = { oldest: SPREAD('asc'), newest: SPREAD('desc') } as const;

/** The term of an id is the time when it was given (`idTerm`): a range of them is a range of time. */
export async function spreadOfIds(
  run: Run,
  tenant: TenantId,
  ids: {
    readonly from: string;
    readonly to: string;
    readonly end: 'oldest' | 'newest';
    readonly most: number;
  },
): Promise<readonly Spread[]> {
  const rows = await run<{ log_id: LogId; lowest: string; highest: string; seen: number }>(SPREADS[ids.end], [
    tenant,
    ids.from,
    ids.to,
    ids.most,
  ]);
  return rows.map(({ log_id: log, lowest, highest, seen }) => ({
    log,
    lowest: BigInt(lowest),
    highest: BigInt(highest),
    seen,
  }));
}
