import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiptId } from '#lib/core';
import { pureCrypto, verifyBundle } from '#lib/evidence';
import { openNote, parseVkey } from '#lib/tlog';
import { CLOSE_LOG_POLL_MS } from './constants.ts';
import { sha256 } from './hash.ts';
import { newAttempt, newId, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { LogOwner, Receipts, ReceiptTimers } from './types.ts';

let scene: Scene;
let now = Date.now();
const clock = { now: () => now };
const auditor = { all: true, actor: { mode: 'operator' as const } };

beforeAll(async () => {
  scene = await createScene(clock);
});
afterAll(async () => await scene.close());

async function call(receipts: Receipts, owner: LogOwner): Promise<ReceiptId[]> {
  const log = await receipts.log(owner.id);
  const made = newAttempt(newPerson());
  await attempt(log, made);
  const done = newOutcome(made);
  await outcome(log, done);
  return [made.id, done.id];
}

async function judge(receipts: Receipts, owner: LogOwner, ids: readonly ReceiptId[], trust?: string) {
  const bundle = await receipts.bundle(owner.id, { reader: auditor, receipts: ids, bodies: false });
  const pinned = trust ?? JSON.stringify(await receipts.trustFile(owner.id));
  return verifyBundle(JSON.stringify(bundle), pinned, pureCrypto);
}

describe('keys of a log', () => {
  it('follow each other; whoever pinned the first accepts the later ones', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [receipts, elsewhere] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(receipts);
    const pinned = JSON.stringify(await receipts.trustFile(owner.id));
    const ids = await call(receipts, owner);
    ids.push(...(await call(elsewhere, owner)));
    await receipts.rotateReceiptKey(owner.id);
    // The other replica has not heard of it: its batch misses and is signed anew.
    ids.push(...(await call(elsewhere, owner)), ...(await call(receipts, owner)));
    await receipts.rotateReceiptKey(owner.id);
    ids.push(...(await call(elsewhere, owner)));
    expect((await judge(receipts, owner, ids)).verdict).toBe('VALID');
    expect((await judge(receipts, owner, ids, pinned)).verdict).toBe('VALID');
    const trust = await receipts.trustFile(owner.id);
    expect(trust.logs[0]?.receipt_keys.map(({ from, to }) => [from, to])).toEqual([
      [0, 5],
      [6, 10],
      [11, undefined],
    ]);
  });

  it('sign every checkpoint together for 90 days after a rotation of the log key', async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const pinned = JSON.stringify(await receipts.trustFile(owner.id));
    const ids = await call(receipts, owner);
    await receipts.rotateLogKey(owner.id);
    ids.push(...(await call(receipts, owner)));
    const trust = await receipts.trustFile(owner.id);
    expect(trust.logs[0]?.keys).toHaveLength(2);
    expect(await signersOf()).toBe(2);
    expect((await judge(receipts, owner, ids, pinned)).verdict).toBe('VALID');
    now += 91 * 24 * 3600 * 1000;
    ids.push(...(await call(receipts, owner)));
    expect(await signersOf()).toBe(1);
    expect((await judge(receipts, owner, ids)).verdict).toBe('VALID');

    async function signersOf(): Promise<number> {
      const { id } = await receipts.log(owner.id);
      const note = (await receipts.checkpoint(owner.id, id)) ?? '';
      const keys = trust.logs[0]!.keys.flatMap((text) => {
        const parsed = parseVkey(sha256, text);
        return parsed.ok ? [parsed.value] : [];
      });
      const opened = openNote(note, keys, pureCrypto.verifyEd25519);
      return opened.ok ? opened.value.verified.length : 0;
    }
  });

  it('are new in a log that continues another, which takes nothing any more', async () => {
    const other = await scene.test.replica({ poolSize: 4 });
    const [receipts, elsewhere] = [scene.receipts(), scene.receipts(other)];
    const owner = await scene.tenant(receipts);
    const old = await elsewhere.log(owner.id);
    await call(receipts, owner);
    await receipts.openLog(owner);
    await receipts.reopenLog(owner);
    const log = await receipts.log(owner.id);
    expect(log.id).not.toBe(old.id);
    await expect(attempt(old, newAttempt(newPerson()))).rejects.toThrow();
    const ids = await call(elsewhere, owner);
    expect((await judge(receipts, owner, ids)).verdict).toBe('VALID');
    const page = await receipts.search(owner.id, { viewer: auditor, limit: 50 });
    expect(page.entries.map((entry) => entry.log === log.id)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    const opening = await receipts.load(owner.id, page.entries[2]!.id, auditor);
    expect(opening?.payload).toMatchObject({
      key: { previous: { origin: expect.stringContaining(old.id) as string } },
    });
    const trust = await receipts.trustFile(owner.id);
    expect(trust.logs).toHaveLength(2);
  });
});

describe('a log that is closed for good', () => {
  it('ends with an entry that says so, with an outcome for every attempt, and takes nothing from anybody', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-closed-'));
    const timers: ReceiptTimers = {
      setTimeout: (run, ms) => setTimeout(run, ms === CLOSE_LOG_POLL_MS ? 5 : ms),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
      setImmediate: (run) => void setImmediate(run),
    };
    const other = await scene.test.replica({ poolSize: 4 });
    const [receipts, elsewhere] = [
      scene.receipts(undefined, { highWaterDir: folder, timers }),
      scene.receipts(other),
    ];
    const owner = await scene.tenant(receipts);
    const pinned = JSON.stringify(await receipts.trustFile(owner.id));
    const ids = await call(elsewhere, owner);
    const old = await elsewhere.log(owner.id);
    const open = newAttempt(newPerson());
    await attempt(old, open);
    const closing = receipts.closeLog(owner.id);
    // The call comes back while the log is being closed.
    const done = newOutcome(open);
    await outcome(old, done);
    const late = newAttempt(newPerson());
    await attempt(old, late);
    const closed = await closing;
    expect(closed?.size).toBe(8);
    await expect(outcome(old, newOutcome(late))).rejects.toThrow();
    await expect(elsewhere.log(owner.id)).rejects.toThrow(/no open receipt log/);
    expect(await receipts.closeLog(owner.id)).toBeUndefined();

    const page = await receipts.search(owner.id, { viewer: auditor, limit: 3 });
    expect(page.entries.map(({ kind, status }) => [kind, status])).toEqual([
      ['key', undefined],
      ['tool_call', 'unknown'],
      ['attempt', undefined],
    ]);
    const last = await receipts.load(owner.id, page.entries[0]!.id, auditor);
    expect(last?.payload).toMatchObject({ key: { purpose: 'log', closed: true } });
    const all = [...ids, open.id, done.id, ...page.entries.map(({ id }) => id)];
    expect((await judge(receipts, owner, all)).verdict).toBe('VALID');
    expect((await judge(receipts, owner, all, pinned)).verdict).toBe('VALID');
    expect((await receipts.trustFile(owner.id)).logs[0]?.keys).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});

describe('refusals', () => {
  it('are counted per tenant and minute, and strangers by the instance', async () => {
    const pending: { run: () => void; ms: number }[] = [];
    const timers: ReceiptTimers = {
      setTimeout: (run, ms) => (ms >= 60_000 ? pending.push({ run, ms }) : setTimeout(run, ms)),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
      setImmediate: (run) => void setImmediate(run),
    };
    const opening = scene.receipts();
    const [owner, instance] = [await scene.tenant(opening), await scene.tenant(opening)];
    const receipts = scene.receipts(undefined, { timers, instanceTenant: () => instance.id });
    receipts.refuse(owner.id, 'invalid_token');
    receipts.refuse(owner.id, 'expired_token');
    receipts.refuse(owner.id, 'invalid_token');
    receipts.refuse(undefined, 'unknown_tenant');
    now += 60_000;
    pending.shift()?.run();
    const found = async (of: LogOwner) =>
      (await receipts.search(of.id, { viewer: auditor, filters: { kind: 'aggregate' }, limit: 5 })).entries;
    await expect.poll(async () => (await found(owner)).length).toBe(1);
    await expect.poll(async () => (await found(instance)).length).toBe(1);
    const [entry] = await found(owner);
    const stored = await receipts.load(owner.id, entry!.id, auditor);
    expect(stored?.payload).toMatchObject({
      aggregate: {
        counts: [
          { reason: 'expired_token', count: 1 },
          { reason: 'invalid_token', count: 2 },
        ],
      },
    });
    expect((await judge(receipts, owner, [entry!.id])).verdict).toBe('VALID');
    await expect.poll(() => pending.length).toBe(1);
  });
});

describe('a search', () => {
  it('finds by each filter, page by page, without gaps or repeats', async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const [alice, bob] = [newPerson('Alice'), newPerson('Bob')];
    for (let index = 0; index < 30; index += 1) {
      const person = index % 3 === 0 ? alice : bob;
      const more = index % 2 === 0 ? {} : { tool: { name: 'other' } };
      // An id is allotted when the call is, so both are of one clock.
      const at = now + index * 1000;
      const made = newAttempt(person, { ...more, id: newId(at), at });
      await attempt(log, made);
      const status = index % 10 === 0 ? 'tool_error' : 'ok';
      await outcome(log, newOutcome(made, { id: newId(at), status, at }));
    }
    const count = async (filters: Parameters<Receipts['search']>[1]['filters']) => {
      const ids: ReceiptId[] = [];
      let after: string | undefined;
      do {
        const page = await receipts.search(owner.id, {
          viewer: auditor,
          filters: filters ?? {},
          limit: 7,
          ...(after && { after }),
        });
        ids.push(...page.entries.map(({ id }) => id));
        after = page.next;
      } while (after);
      expect(new Set(ids).size).toBe(ids.length);
      return ids.length;
    };
    expect(await count(undefined)).toBe(61);
    expect(await count({ person: alice.reference })).toBe(20);
    expect(await count({ tool: 'other' })).toBe(30);
    expect(await count({ server: 'everything', tool: 'echo', kind: 'attempt' })).toBe(15);
    expect(await count({ server: 'nowhere' })).toBe(0);
    expect(await count({ agent: 'canary-client-id' })).toBe(60);
    expect(await count({ agent: 'nobody' })).toBe(0);
    expect(await count({ status: 'tool_error' })).toBe(3);
    expect(await count({ status: 'tool_error', person: bob.reference })).toBe(2);
    expect(await count({ effect: 'deny' })).toBe(0);
    const first = Math.floor(now / 1000);
    expect(await count({ from: first, to: first + 4, person: alice.reference })).toBe(4);
    const [entry] = (await receipts.search(owner.id, { viewer: auditor, limit: 1 })).entries;
    expect(entry?.client).toBe(await receipts.clientLookup(owner.id, 'canary-client-id'));
  });

  it('shows another tenant nothing', async () => {
    const receipts = scene.receipts();
    const [mine, theirs] = [await scene.tenant(receipts), await scene.tenant(receipts)];
    const [id] = await call(receipts, mine);
    expect(await receipts.load(theirs.id, id!, auditor)).toBeUndefined();
    const log = await receipts.log(mine.id);
    expect(await receipts.tile(theirs.id, log.id, 'tile/0/000.p/1')).toBeUndefined();
    expect((await receipts.search(theirs.id, { viewer: auditor, limit: 50 })).entries).toHaveLength(1);
  });
});

describe('staging', () => {
  it('refuses with its change what no receipt can be made of', async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const db = scene.test.database.tenantDb(owner.id);
    const actor = { mode: 'operator' as const };
    const wrong = { id: newId(), at: now, kind: 'admin' as const, actor, status: 'held' as const };
    await expect(db.transaction(async (tx) => await receipts.stage(tx, owner.id, wrong))).rejects.toThrow(
      /status/,
    );
    await expect(
      db.transaction(async (tx) => await receipts.stage(tx, owner.id, newAttempt(newPerson()))),
    ).rejects.toThrow(/appended, not staged/);
    expect(await db.read(async (client) => await client.receiptOutbox.count())).toBe(0);
  });

  it('leaves nothing of a change that was rolled back, and recovery flushes what nobody flushed', async () => {
    const receipts = scene.receipts();
    const owner = await scene.tenant(receipts);
    const db = scene.test.database.tenantDb(owner.id);
    const draft = () => ({
      id: newId(),
      at: now,
      kind: 'admin' as const,
      actor: { mode: 'operator' as const },
    });
    await db
      .transaction(async (tx) => {
        await receipts.stage(tx, owner.id, draft());
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    const kept = draft();
    await db.transaction(async (tx) => await receipts.stage(tx, owner.id, kept));
    expect(await receipts.recover()).toMatchObject({ flushedTenants: 1 });
    const page = await receipts.search(owner.id, { viewer: auditor, limit: 5 });
    expect(page.entries.map(({ id }) => id).slice(0, 1)).toEqual([kept.id]);
    expect(page.entries).toHaveLength(2);
  });
});
