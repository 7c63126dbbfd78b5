import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiptId } from '#lib/core';
import type { Database } from '#lib/db';
import { pureCrypto, verifyBundle } from '#lib/evidence';
import { LogUnavailable } from './errors.ts';
import { loadHead, raiseFence } from './store.ts';
import { newAttempt, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { LogOwner, Receipts } from './types.ts';

let scene: Scene;
const auditor = { all: true, actor: { mode: 'operator' as const } };

beforeAll(async () => {
  scene = await createScene();
});
afterAll(async () => await scene.close());

async function verdictOn(receipts: Receipts, owner: LogOwner, ids: readonly ReceiptId[]) {
  const bundle = await receipts.bundle(owner.id, { reader: auditor, receipts: ids, bodies: false });
  const trust = JSON.stringify(await receipts.trustFile(owner.id));
  return verifyBundle(JSON.stringify(bundle), trust, pureCrypto);
}

async function allIds(receipts: Receipts, owner: LogOwner): Promise<ReceiptId[]> {
  const ids: ReceiptId[] = [];
  let after: string | undefined;
  do {
    const page = await receipts.search(owner.id, { viewer: auditor, limit: 200, ...(after && { after }) });
    ids.push(...page.entries.map(({ id }) => id));
    after = page.next;
  } while (after);
  return ids;
}

/** Ends a replica's lease as PostgreSQL sees it, while the process lives on. */
async function endLease(database: Database): Promise<void> {
  await scene.test.database.systemDb.read(
    async (client) =>
      await client.replicaLease.update({
        where: { id: database.lease.id },
        data: { expiresAt: new Date(0) },
      }),
  );
}

/** The same database, in which something happens between the reading of a log's head and whatever comes next. */
function afterHeadIsRead(database: Database, happen: () => Promise<void>): Database {
  let before: Promise<void> | undefined;
  const tenantDb: Database['tenantDb'] = (tenant) => {
    const db = database.tenantDb(tenant);
    const sql: typeof db.sql = async <Row>(text: string, values: readonly unknown[]) => {
      const rows = await db.sql<Row>(text, values);
      if (text.includes('from log_head')) await (before ??= happen());
      return rows;
    };
    return { ...db, sql };
  };
  return { ...database, tenantDb };
}

describe('two replicas on one log', () => {
  it('append at the same time without losing or doubling anything', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const both = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(both[0]!);
    const made: ReceiptId[] = [];
    // A person's key is made when they sign in first: that is not what an attempt has two seconds for.
    const people = Array.from({ length: 5 }, (_, index) => newPerson(`person ${index}`));
    for (const { id: person } of people) await scene.keys.sealer(owner.id, { person });
    const callOnce = async (index: number) => {
      const log = await both[index % 2]!.log(owner.id);
      const call = newAttempt(people[index % 5]);
      await attempt(log, call);
      const done = newOutcome(call);
      expect(await outcome(log, done)).toMatchObject({ kind: 'tool_call' });
      made.push(call.id, done.id);
    };
    for (let round = 0; round < 4; round += 1)
      await Promise.all(Array.from({ length: 40 }, async (_, index) => await callOnce(index)));
    const ids = await allIds(both[0]!, owner);
    expect(ids.length).toBe(made.length + 1);
    expect(new Set(ids)).toEqual(new Set([...made, ids.at(-1)]));
    expect((await verdictOn(both[1]!, owner, ids)).verdict).toBe('VALID');
    const heads = await Promise.all(both.map(async (each) => (await each.log(owner.id)).head().size));
    expect(Math.max(...heads)).toBe(ids.length);
  });

  it('take what one of them appends, while the other opens the log, for no restored backup', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-high-water-'));
    const first = scene.receipts(undefined, { highWaterDir: folder });
    const owner = await scene.tenant(first);
    const log = await first.log(owner.id);
    const call = newAttempt(newPerson());
    const appendMeanwhile = async () => {
      await attempt(log, call);
      await outcome(log, newOutcome(call));
      await first.close();
    };
    const other = afterHeadIsRead(await scene.test.replica({ poolSize: 4 }), appendMeanwhile);
    const second = scene.receipts(other, { highWaterDir: folder });
    const opened = await second.log(owner.id);
    await attempt(opened, newAttempt(newPerson()));
    expect(opened.head().size).toBe(4);
    rmSync(folder, { recursive: true });
  });

  it('append what one of them staged exactly once', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const both = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(both[0]!);
    const db = scene.test.database.tenantDb(owner.id);
    const staged: ReceiptId[] = [];
    for (let index = 0; index < 30; index += 1) {
      const { id, at, actor } = newAttempt(newPerson());
      await db.transaction(async (tx) => {
        await both[0]!.stage(tx, owner.id, { id, at, actor, kind: 'admin', details: { index } });
      });
      staged.push(id);
    }
    await Promise.all([0, 1, 0, 1, 0, 1].map(async (which) => await both[which]!.flush(owner.id)));
    const ids = (await allIds(both[0]!, owner)).toReversed().slice(1);
    expect(ids).toEqual(staged);
    expect(await db.read(async (client) => await client.receiptOutbox.count())).toBe(0);
  });

  it('close what a dead one left open as unknown, and take what it brings later as late', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, dying] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    const log = await dying.log(owner.id);
    const person = newPerson();
    const [finished, left, agent] = [newAttempt(person), newAttempt(person), newAttempt(undefined)];
    await Promise.all([finished, left, agent].map(async (each) => await attempt(log, each)));
    await outcome(log, newOutcome(finished));
    // Nothing happens while the lease is good.
    expect(await alive.recover()).toMatchObject({ closedAttempts: 0 });
    await endLease(other);
    expect(await alive.recover()).toEqual({ replicas: 1, closedAttempts: 2, flushedTenants: 0 });
    expect(await alive.recover()).toMatchObject({ replicas: 0, closedAttempts: 0 });

    const unknown = await alive.search(owner.id, {
      viewer: auditor,
      filters: { status: 'unknown' },
      limit: 10,
    });
    expect(new Set(unknown.entries.map((entry) => entry.attempt))).toEqual(new Set([left.id, agent.id]));
    const mine = unknown.entries.find((entry) => entry.attempt === left.id)!;
    expect(mine).toMatchObject({ kind: 'tool_call', tool: 'echo', subject: person.reference });
    const stored = await alive.load(owner.id, mine.id, { all: false, reference: person.reference });
    expect(stored?.disclosures.length).toBeGreaterThan(5);

    // The dead one comes back: what it still holds is taken, as late; it starts nothing any more.
    const late = newOutcome(left);
    expect(await outcome(log, late)).toMatchObject({ kind: 'late_outcome' });
    await expect(attempt(log, newAttempt(person))).rejects.toThrow(/not appended/);
    expect((await verdictOn(alive, owner, await allIds(alive, owner))).verdict).toBe('VALID');
  });

  it('close an attempt also when the last that was heard of it is what a server asked meanwhile', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, dying] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    const log = await dying.log(owner.id);
    const call = newAttempt(newPerson());
    await attempt(log, call);
    await log.append({ ...newOutcome(call), kind: 'sampling', status: 'denied' });
    await endLease(other);
    expect(await alive.recover()).toMatchObject({ closedAttempts: 1 });
  });

  it('leave a log that gives way to another one, unless a call is open in it, and enter it again', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const busy = scene.receipts(other, { logsMax: 1 });
    const [first, second] = [await scene.tenant(busy), await scene.tenant(busy)];
    const entered = async () => {
      const text = 'select tenant_id from log_replica where replica_id = $1';
      const rows = await other.systemDb.sweep<{ tenant_id: string }>(text, [other.lease.id]);
      return rows.map((row) => row.tenant_id).toSorted();
    };
    const finished = newAttempt(newPerson());
    await attempt(await busy.log(first.id), finished);
    await outcome(await busy.log(first.id), newOutcome(finished));
    await busy.log(second.id);
    await expect.poll(entered).toEqual([second.id]);

    await attempt(await busy.log(first.id), newAttempt(newPerson()));
    await busy.log(second.id);
    expect(await entered()).toEqual([first.id, second.id].toSorted());
    await endLease(other);
    expect(await scene.receipts().recover()).toMatchObject({ replicas: 1, closedAttempts: 1 });
  });

  it('leave the dead to others once they close', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, closing, dying] = [scene.receipts(), scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    await attempt(await dying.log(owner.id), newAttempt(newPerson()));
    await endLease(other);
    await closing.close();
    expect(await closing.recover()).toEqual({ replicas: 0, closedAttempts: 0, flushedTenants: 0 });
    expect(await alive.recover()).toMatchObject({ replicas: 1, closedAttempts: 1 });
  });

  it('never let a batch that was sent before a recovery in after it, though it changed nothing else', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, dying] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    const log = await dying.log(owner.id);
    const { database } = scene.test;
    const waits = 'select 1 from pg_locks where pg_backend_pid() = any (pg_blocking_pids(pid))';
    const { sent } = await database.tenantDb(owner.id).sqlTransaction(async (run) => {
      await loadHead(run, owner.id, log.id, true);
      const error = attempt(log, newAttempt(undefined)).catch((refused: unknown) => refused);
      await expect.poll(async () => (await run(waits, [])).length, { interval: 10 }).toBeGreaterThan(0);
      await endLease(other);
      expect(await database.lease.fence(other.lease.id)).toBe(true);
      await raiseFence(run, owner.id, log.id);
      return { sent: error };
    });
    expect(await sent).toBeInstanceOf(LogUnavailable);
    expect(await allIds(alive, owner)).toHaveLength(1);
  });

  it('close an attempt once, whoever of recovery and its outcome comes first', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, dying] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    const log = await dying.log(owner.id);
    const call = newAttempt(newPerson());
    await attempt(log, call);
    await endLease(other);
    const [, done] = await Promise.all([alive.recover(), outcome(log, newOutcome(call))]);
    const kinds = (await alive.search(owner.id, { viewer: auditor, limit: 10 })).entries.map(
      ({ kind }) => kind,
    );
    expect(kinds.filter((kind) => kind === 'tool_call')).toHaveLength(1);
    expect(kinds.includes('late_outcome')).toBe(done.kind === 'late_outcome');
  });

  it('closes the attempt of a person who was erased meanwhile, without their name', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, dying] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    const person = newPerson();
    const call = newAttempt(person);
    await attempt(await dying.log(owner.id), call);
    const db = scene.test.database.tenantDb(owner.id);
    await db.transaction(async (tx) => await scene.keys.destroyPersonKey(tx, owner.id, person.id));
    await endLease(other);
    expect(await alive.recover()).toMatchObject({ closedAttempts: 1 });
    const [closing] = (await alive.search(owner.id, { viewer: auditor, limit: 1 })).entries;
    expect(closing).toMatchObject({ kind: 'tool_call', status: 'unknown', attempt: call.id, tool: 'echo' });
    expect(closing?.subject).toBeUndefined();
    expect((await verdictOn(alive, owner, await allIds(alive, owner))).verdict).toBe('VALID');
  });

  it('open one log, however many open it at the same time', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const both = [scene.receipts(), scene.receipts(other)];
    const tenant = await scene.test.tenant();
    await scene.keys.createTenantKeys(tenant.id);
    await Promise.all([0, 1, 0, 1].map(async (which) => await both[which]!.openLog(tenant)));
    expect((await both[0]!.trustFile(tenant.id)).logs).toHaveLength(1);
    expect(await allIds(both[0]!, tenant)).toHaveLength(1);
  });

  it('recovers a replica that left hundreds of attempts', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [alive, dying] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(alive);
    const log = await dying.log(owner.id);
    const calls = Array.from({ length: 600 }, () => newAttempt(undefined));
    await Promise.all(calls.map(async (each) => await attempt(log, each)));
    await endLease(other);
    expect(await alive.recover()).toMatchObject({ closedAttempts: 600 });
    const ids = await allIds(alive, owner);
    expect(ids).toHaveLength(1201);
  });
});
