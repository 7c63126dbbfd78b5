/** How much of a log of 30,000 receipts a search reads. How long that takes is not asserted. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiptId } from '#lib/core';
import {
  SEARCH_BATCHES_AT_ONCE_MAX,
  SEARCH_CLOCK_SKEW_MS,
  SEARCH_ID_LEAD_MS,
  SEARCH_LEAVES_MAX,
} from './constants.ts';
import { searchReceipts } from './search-receipts.ts';
import type { Run } from './store.ts';
import { TERM_TYPES, valueTerm } from './terms.ts';
import { newAttempt, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { LogOwner, ReceiptFilters, ReceiptPage } from './types.ts';

const RECEIPTS = 30_000;
/** Half a second apart: the whole log spans about four hours. */
const SPACING_MS = 500;
const START = Date.UTC(2026, 0, 5);

let scene: Scene;
let tenant: LogOwner;
let rare: ReceiptId;
const [many, few] = [newPerson('Many'), newPerson('Few')];

beforeAll(async () => {
  scene = await createScene({ now: () => START });
  const receipts = scene.receipts();
  tenant = await scene.tenant(receipts);
  const log = await receipts.log(tenant.id);
  const seldom = newAttempt(few, { at: START });
  rare = seldom.id;
  await attempt(log, seldom);
  const often = newAttempt(many, { at: START });
  await attempt(log, often);
  await outcome(log, newOutcome(often, { at: START }));
  await copyNewest(log.id);
}, 120_000);
afterAll(async () => await scene.close());

/** The two newest batches once more, many times, each with terms of its own and an id that says when. */
async function copyNewest(log: string): Promise<void> {
  const client = new pg.Client({ connectionString: scene.test.adminUrl });
  await client.connect();
  try {
    const values = [tenant.id, log, RECEIPTS];
    await client.query(
      `with base as (select max(first_index) as newest from log_batch where tenant_id = $1 and log_id = $2)
       insert into log_batch (tenant_id, log_id, first_index, count, batch_id, replica_id, open_from, leaves, hashes,
         checkpoint, archive, summary)
       select b.tenant_id, b.log_id, base.newest + i, b.count, gen_random_uuid(), b.replica_id, b.open_from, b.leaves,
         b.hashes, b.checkpoint, '', b.summary
       from base, generate_series(1, $3) as i
       join log_batch b on b.tenant_id = $1 and b.log_id = $2 and b.first_index = (select newest from base) - (i % 2)`,
      values,
    );
    const subject = valueTerm('subject', many.reference);
    const server = valueTerm('server', 'everything');
    await client.query(
      `with base as (select min(first_index) as first from log_batch where tenant_id = $1 and log_id = $2 and archive = '')
       insert into log_term (tenant_id, type, term, log_id, first_index)
       select $1::uuid, t.type, t.term, $2, base.first + i - 1
       from base, generate_series(1, $3) as i, lateral (values
         (${TERM_TYPES.receipt}, (lpad(to_hex((${START}::bigint + i * ${SPACING_MS}) & ~15::bigint), 12, '0') || repeat('0', 20))::uuid),
         (${TERM_TYPES.subject}, $4::uuid), (${TERM_TYPES.server}, $5::uuid)) as t(type, term)`,
      [...values, subject.term, server.term],
    );
    await client.query('analyze log_batch, log_term');
  } finally {
    await client.end();
  }
}

interface Cost {
  readonly page: ReceiptPage;
  /** Rows that came out of the database. */
  readonly rows: number;
  readonly statements: number;
}

async function costOf(filters: ReceiptFilters, more: { fold?: boolean } = {}): Promise<Cost> {
  const db = scene.test.database.tenantDb(tenant.id);
  let rows = 0;
  let statements = 0;
  const run: Run = async (text, values) => {
    const found = await db.sql(text, values);
    rows += found.length;
    statements += 1;
    return found as never;
  };
  const query = { viewer: { all: true }, filters, limit: 50, ...more };
  const page = await searchReceipts(run, tenant.id, query, undefined);
  return { page, rows, statements };
}

describe('a search in a log of 30,000 receipts', () => {
  it('reads about as much as it shows when most of the log fits', async () => {
    const { page, rows } = await costOf({ server: 'everything' });
    expect(page.entries).toHaveLength(50);
    expect(rows).toBeLessThan(SEARCH_BATCHES_AT_ONCE_MAX * 2);
  });

  it('reads the batches of a rare person only, whatever is common beside them', async () => {
    const { page, rows } = await costOf({ person: few.reference, server: 'everything', kind: 'attempt' });
    expect(page.entries.map(({ id }) => id)).toEqual([rare]);
    expect(rows).toBeLessThan(10);
  });

  it('reads nothing for a value that is nowhere', async () => {
    const { page, rows } = await costOf({ person: many.reference, server: 'nowhere' });
    expect(page).toEqual({ entries: [] });
    expect(rows).toBe(2);
  });

  it('goes straight to a time', async () => {
    const from = (START + (RECEIPTS / 2) * SPACING_MS) / 1000;
    const { page, rows } = await costOf({ server: 'everything', from, to: from + 60 });
    // The copies say the hour of their original, so none fits: the whole stretch is gone through.
    expect(page).toEqual({ entries: [] });
    const read = SEARCH_ID_LEAD_MS + 2 * SEARCH_CLOCK_SKEW_MS + 60_000;
    expect(rows).toBeLessThan(read / SPACING_MS + 100);
  });

  it('stops after a bounded stretch where nothing helps, and says where to go on', async () => {
    const { page, rows, statements } = await costOf({ tool: 'no-such-tool' });
    expect(page.entries).toEqual([]);
    expect(page.next).toBeDefined();
    expect(rows).toBeLessThan(SEARCH_LEAVES_MAX + SEARCH_BATCHES_AT_ONCE_MAX);
    expect(statements).toBeLessThan(SEARCH_LEAVES_MAX / 100);
  });

  it('uses an index for every statement', async () => {
    const statements: { text: string; values: readonly unknown[] }[] = [];
    const db = scene.test.database.tenantDb(tenant.id);
    const run: Run = async (text, values) => {
      statements.push({ text, values });
      return (await db.sql(text, values)) as never;
    };
    const from = (START + (RECEIPTS / 2) * SPACING_MS) / 1000;
    const filters = { person: many.reference, server: 'everything', from, to: from + 60 };
    await searchReceipts(
      run,
      tenant.id,
      { viewer: { all: true }, filters, limit: 50, fold: true },
      undefined,
    );
    await searchReceipts(run, tenant.id, { viewer: { all: true }, limit: 50 }, undefined);
    for (const { text, values } of statements) {
      if (!text.includes('log_term') && !text.includes('log_batch')) continue;
      const plan = JSON.stringify(await db.sql(`explain (format json) ${text}`, values));
      expect(plan).not.toMatch(/"Seq Scan"[^}]*"Relation Name":"log_/);
    }
    expect(statements.length).toBeGreaterThan(4);
  });
});
