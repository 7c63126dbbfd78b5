import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { encodeEntryBundle, leafHash } from '#lib/tlog';
import { sha256 } from './hash.ts';
import { unpackLeaves } from './pack-leaves.ts';
import { newAttempt, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { AuditRange, LogAudit, LogOwner, Receipts, TenantLog } from './types.ts';

let scene: Scene;
let receipts: Receipts;

beforeAll(async () => {
  scene = await createScene();
  receipts = scene.receipts();
});
afterAll(async () => await scene.close());

const audit = async (owner: LogOwner, range: Partial<AuditRange> = {}): Promise<LogAudit> =>
  await receipts.audit(owner.id, { clockBoundSeconds: 60, ...range });

async function call(log: TenantLog, more: Parameters<typeof newAttempt>[1] = {}) {
  const made = newAttempt(newPerson(), more);
  await attempt(log, made);
  await outcome(log, newOutcome(made, more));
  return made;
}

/** As the role that owns the tables, which the application never is. */
async function asOwner(tenant: TenantId, statement: string, values: readonly unknown[]): Promise<void> {
  const client = new Client({ connectionString: scene.test.adminUrl });
  await client.connect();
  try {
    await client.query('select set_config($1, $2, false)', ['app.tenant', tenant]);
    const { rowCount } = await client.query(statement, [...values]);
    expect(rowCount).toBe(1);
  } finally {
    await client.end();
  }
}

async function endLease(database: Database): Promise<void> {
  const where = { id: database.lease.id };
  await scene.test.database.systemDb.read(
    async (client) => await client.replicaLease.update({ where, data: { expiresAt: new Date(0) } }),
  );
}

const NONE = { count: 0, first: [] };

describe('an audit of a log in which nothing is missing', () => {
  it('counts calls with and without an attempt, denials, keys, and finds nothing', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    for (let round = 0; round < 3; round += 1) await call(log);
    const { attempt: _, ...waived } = newOutcome(newAttempt(undefined));
    await outcome(log, waived);
    const { attempt: __, credential: ___, ...denied } = newOutcome(newAttempt(undefined));
    await outcome(log, { ...denied, status: 'denied' });
    const found = await audit(owner);
    expect(found).toMatchObject({
      attempts: 3,
      outcomes: expect.arrayContaining([
        { status: 'ok', count: 4 },
        { status: 'denied', count: 1 },
      ]) as unknown,
      waivedCalls: [{ server: 'everything', tool: 'echo', calls: 1 }],
      underWay: NONE,
      unclosed: NONE,
      unattached: NONE,
      doubled: NONE,
      unknown: NONE,
      late: NONE,
      clock: NONE,
      logs: [{ id: log.id, size: 9, looked: 9, holes: NONE, altered: NONE, tree: 'matches', closed: false }],
    });
    expect(found.keyChanges.map(({ purpose }) => purpose)).toEqual(['receipt', 'log']);
  });

  it('looks at a time alone where one is given, and at outcomes that come after it', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const now = Date.now();
    await call(log, { at: now - 40_000 });
    const across = newAttempt(newPerson(), { at: now - 20_000 });
    await attempt(log, across);
    await outcome(log, newOutcome(across, { at: now }));
    const seconds = Math.floor(now / 1000);
    const found = await audit(owner, { from: seconds - 25, to: seconds - 15 });
    expect(found).toMatchObject({ attempts: 1, outcomes: [], underWay: NONE, unclosed: NONE });
    const after = await audit(owner, { from: seconds - 5, to: seconds + 5 });
    expect(after).toMatchObject({ attempts: 0, outcomes: [{ status: 'ok', count: 1 }], unattached: NONE });
  });
});

describe('an audit tells', () => {
  it('calls under way from those that nobody will report, and what recovery and a late outcome made of them', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const owner = await scene.tenant(receipts);
    const dying = await scene.receipts(other).log(owner.id);
    const left = newAttempt(newPerson());
    await attempt(dying, left);
    expect(await audit(owner)).toMatchObject({
      underWay: { count: 1, first: [{ receipt: left.id }] },
      unclosed: NONE,
    });
    await endLease(other);
    expect(await audit(owner)).toMatchObject({
      underWay: NONE,
      unclosed: { count: 1, first: [{ receipt: left.id, server: 'everything', tool: 'echo' }] },
    });
    await receipts.recover();
    await outcome(dying, newOutcome(left));
    expect(await audit(owner)).toMatchObject({
      unclosed: NONE,
      unknown: { count: 1, first: [{ tool: 'echo' }] },
      late: { count: 1 },
      doubled: NONE,
    });
  });

  it('receipts whose time does not fit their place', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    await call(log);
    const early = await call(log, { at: Date.now() - 3_600_000 });
    const late = await call(log, { at: Date.now() + 3_600_000 });
    const { clock } = await audit(owner);
    expect(clock.count).toBe(4);
    expect(clock.first).toMatchObject([
      { receipt: early.id, kind: 'behind' },
      { kind: 'behind' },
      { receipt: late.id, kind: 'ahead' },
      { kind: 'ahead' },
    ]);
    expect(clock.first.every(({ seconds }) => seconds > 3_500 && seconds < 3_700)).toBe(true);
    expect((await audit(owner, { clockBoundSeconds: 7_200 })).clock).toEqual(NONE);
  });

  it('which waivers were given and taken back', async () => {
    const owner = await scene.tenant(receipts);
    const change = async (server: string, details: Record<string, string | string[]>) => {
      const { id, at } = newAttempt(undefined);
      await scene.test.database.tenantDb(owner.id).transaction(async (tx) => {
        const draft = { id, at, kind: 'admin', actor: { mode: 'operator' }, server: { id: server } } as const;
        await receipts.stage(tx, owner.id, { ...draft, details });
      });
    };
    await change('ledger', { action: 'server.create', waivers: [] });
    await change('ledger', { action: 'server.update', waivers: ['read_balance'] });
    await change('ledger', { action: 'server.pin' });
    await change('other', { action: 'server.create', waivers: ['ping'] });
    await change('ledger', { action: 'server.update', waivers: [] });
    await change('other', { action: 'server.remove' });
    await receipts.flush(owner.id);
    const { waiverChanges, unreadableChanges } = await audit(owner);
    expect(waiverChanges.map(({ server, waivers }) => [server, waivers])).toEqual([
      ['ledger', ['read_balance']],
      ['other', ['ping']],
      ['ledger', []],
      ['other', []],
    ]);
    expect(unreadableChanges).toBe(0);
  });
});

describe('an audit of a log with which somebody meddled', () => {
  it('finds a batch that is gone, and what hung on it', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const made = newAttempt(newPerson());
    await attempt(log, made);
    await outcome(log, newOutcome(made));
    await asOwner(owner.id, 'delete from log_batch where tenant_id = $1 and first_index = 1', [owner.id]);
    expect(await audit(owner)).toMatchObject({
      unattached: { count: 1 },
      logs: [{ holes: { count: 1, first: [{ from: 1, to: 1 }] }, tree: 'differs', looked: 2 }],
    });
  });

  it('finds the end that was cut off', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    await call(log);
    await asOwner(owner.id, 'delete from log_batch where tenant_id = $1 and first_index = 2', [owner.id]);
    expect(await audit(owner)).toMatchObject({
      unclosed: NONE,
      underWay: { count: 1 },
      logs: [{ holes: { count: 1, first: [{ from: 2, to: 2 }] }, tree: 'differs' }],
    });
  });

  it('finds an entry that was changed, also where it was hashed anew', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    await call(log);
    const [row] = await scene.test.database
      .tenantDb(owner.id)
      .sql<{ leaves: Buffer }>('select leaves from log_batch where tenant_id = $1 and first_index = 1', [
        owner.id,
      ]);
    const written = Buffer.from(unpackLeaves(row!.leaves)[0]!).toString();
    const changed = Buffer.from(written.replace('"name":"echo"', '"name":"evil"'));
    await asOwner(owner.id, 'update log_batch set leaves = $2 where tenant_id = $1 and first_index = 1', [
      owner.id,
      encodeEntryBundle([changed]),
    ]);
    expect(await audit(owner)).toMatchObject({
      logs: [{ altered: { count: 1, first: [1] }, tree: 'differs' }],
    });
    await asOwner(owner.id, 'update log_batch set hashes = $2 where tenant_id = $1 and first_index = 1', [
      owner.id,
      leafHash(sha256, changed),
    ]);
    expect((await audit(owner)).logs[0]).toMatchObject({ altered: { count: 0 }, tree: 'differs' });
  });

  it('finds an entry whose row can no longer be read', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    await call(log);
    await asOwner(
      owner.id,
      `update log_batch set leaves = substring(leaves from 1 for 60) where tenant_id = $1 and first_index = 2`,
      [owner.id],
    );
    expect(await audit(owner)).toMatchObject({
      logs: [{ altered: { count: 1, first: [2] }, tree: 'differs' }],
    });
  });

  it.each(['no receipt', '{', 'e30.bnVsbA.AAAA', '{"v":1}'])(
    'finds an entry of which somebody made something else, and hashed that: %s',
    async (text) => {
      const owner = await scene.tenant(receipts);
      const log = await receipts.log(owner.id);
      await call(log);
      await asOwner(
        owner.id,
        'update log_batch set leaves = $2, hashes = $3 where tenant_id = $1 and first_index = 2',
        [owner.id, encodeEntryBundle([Buffer.from(text)]), leafHash(sha256, Buffer.from(text))],
      );
      expect(await audit(owner)).toMatchObject({
        logs: [{ altered: { count: 1, first: [2] }, tree: 'differs' }],
      });
    },
  );

  it('finds an attempt that has two outcomes', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const made = await call(log);
    const copied =
      'count, gen_random_uuid(), replica_id, open_from, leaves, hashes, checkpoint, archive, summary';
    await asOwner(
      owner.id,
      `insert into log_batch (tenant_id, log_id, first_index, count, batch_id, replica_id, open_from, leaves, hashes,
         checkpoint, archive, summary)
       select tenant_id, log_id, 3, ${copied} from log_batch where tenant_id = $1 and first_index = 2`,
      [owner.id],
    );
    await asOwner(
      owner.id,
      `insert into log_term (tenant_id, type, term, log_id, first_index)
       select tenant_id, type, term, log_id, 3 from log_term where tenant_id = $1 and first_index = 2 and type = 12`,
      [owner.id],
    );
    await asOwner(owner.id, 'update log_head set size = 4 where tenant_id = $1', [owner.id]);
    expect(await audit(owner)).toMatchObject({
      doubled: { count: 1, first: [made.id] },
      unattached: NONE,
      logs: [{ tree: 'differs', holes: NONE }],
    });
  });
});

describe('an audit after a restore', () => {
  it('says which entries of the log that was left are not there', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    await call(log);
    const db = scene.test.database.tenantDb(owner.id);
    const [head] = await db.sql<Record<string, unknown>>('select * from log_head where tenant_id = $1', [
      owner.id,
    ]);
    await call(log);
    const reopened = await receipts.reopenLog(owner);
    await asOwner(owner.id, 'update log_head set size = $2, root = $3 where tenant_id = $1 and log_id = $4', [
      owner.id,
      head?.['size'],
      head?.['root'],
      log.id,
    ]);
    await asOwner(
      owner.id,
      'delete from log_batch where tenant_id = $1 and log_id = $2 and first_index = 3',
      [owner.id, log.id],
    );
    await asOwner(
      owner.id,
      'delete from log_batch where tenant_id = $1 and log_id = $2 and first_index = 4',
      [owner.id, log.id],
    );
    const { logs } = await audit(owner);
    expect(logs).toMatchObject([
      { id: log.id, size: 3, tree: 'matches', holes: NONE },
      { id: reopened.id, reopened: { previous: reopened.previous?.origin, seen: 5, kept: 3 } },
    ]);
  });
});
