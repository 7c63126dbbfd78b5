import type { Client } from 'pg';

/** An older log of the same tenant, as a reopened one leaves it: its rows lie in the same places of every index. */
const OLD_LOG = '0000000000000000';
/** Bytes kept of a batch's leaves and of its archive. They lie outside of every index that an append looks at. */
const BODY_BYTES_KEPT = 256;

export interface Filled {
  readonly receipts: number;
  readonly batches: number;
  readonly terms: number;
  readonly tiles: number;
}

const TEMPLATE = `
  select tenant_id, first_index, count from log_batch
  where count = (select percentile_disc(0.5) within group (order by count) from log_batch where first_index > 0)
  order by first_index desc limit 1`;

const CLOSED_LOG = `
  insert into receipt_log (tenant_id, id, issuer, origin, state, opened_at, closed_at)
  select tenant_id, $1, issuer, origin || '-old', 'closed', opened_at, opened_at from receipt_log where state = 'open' and tenant_id = $2`;

const BATCHES = `
  insert into log_batch (tenant_id, log_id, first_index, count, batch_id, replica_id, open_from, leaves, hashes,
    checkpoint, archive, summary, committed_at)
  select b.tenant_id, $1, i * b.count, b.count, gen_random_uuid(), b.replica_id, i * b.count,
    substr(b.leaves, 1, ${BODY_BYTES_KEPT}), b.hashes, b.checkpoint, substr(b.archive, 1, ${BODY_BYTES_KEPT}), b.summary,
    b.committed_at
  from log_batch b, generate_series(0, $4::bigint - 1) i
  where b.tenant_id = $2 and b.first_index = $3 and b.log_id <> $1`;

/** What batches have in common they are found by as the template is; moments are their own, each before the next. */
const TERMS = `
  insert into log_term (tenant_id, type, term, log_id, first_index)
  select t.tenant_id, t.type,
    case when t.type in (11, 12)
      then (lpad(to_hex(('x' || substr(replace(t.term::text, '-', ''), 1, 11))::bit(44)::bigint - $5::bigint + i), 11, '0') || repeat('0', 21))::uuid
      else t.term end,
    $1, i * $4::bigint
  from log_term t, generate_series(0, $5::bigint - 1) i
  where t.tenant_id = $2 and t.first_index = $3 and t.log_id <> $1`;

const TILES = `
  insert into log_tile (tenant_id, log_id, level, index, hashes, root)
  select t.tenant_id, $1, above, i, t.hashes, t.root
  from (select * from log_tile where tenant_id = $2 and log_id <> $1 order by level, index limit 1) t,
    unnest(array[0, 1, 2]) above, generate_series(0, $3::bigint / (256 ^ (above + 1))::bigint - 1) i`;

/**
 * Puts so many receipts beside the ones that a tenant has: rows of the shape that its own appends have left, which have to
 * be there already. Nothing of the open log is touched, so that it goes on.
 */
export async function fillLog(client: Client, receipts: number): Promise<Filled> {
  const found = await client.query<{ tenant_id: string; first_index: string; count: number }>(TEMPLATE);
  const template = found.rows[0];
  if (template === undefined) throw new Error('nothing was appended yet that rows could be made like');
  const { tenant_id: tenant, first_index: first, count } = template;
  const batches = Math.ceil(receipts / count);
  const insert = async (text: string, ...values: readonly (string | number)[]) =>
    (await client.query(text, [OLD_LOG, tenant, ...values])).rowCount ?? 0;
  // Nobody waits for what is thrown away after the run.
  await client.query('set synchronous_commit = off');
  await insert(CLOSED_LOG);
  const filled = {
    receipts: batches * count,
    batches: await insert(BATCHES, first, batches),
    terms: await insert(TERMS, first, count, batches),
    tiles: await insert(TILES, receipts),
  };
  for (const table of ['log_batch', 'log_term', 'log_tile']) await client.query(`vacuum (analyze) ${table}`);
  return filled;
}
