import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiptId } from '#lib/core';
import { pureCrypto, verifyBundle } from '#lib/evidence';
import { ARGUMENTS_TEXT, newAttempt, newId, newOutcome, newPerson, RESULT_TEXT } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { LogOwner, Receipts, ReceiptDraft } from './types.ts';

let scene: Scene;
let receipts: Receipts;
let tenant: LogOwner;
const auditor = { all: true, actor: { mode: 'operator' as const } };

beforeAll(async () => {
  scene = await createScene();
  receipts = scene.receipts();
  tenant = await scene.tenant(receipts);
});
afterAll(async () => await scene.close());

async function verdictOn(from: Receipts, of: LogOwner, ids: readonly ReceiptId[], bodies = true) {
  const bundle = await from.bundle(of.id, { reader: auditor, receipts: ids, bodies });
  const trust = JSON.stringify(await from.trustFile(of.id));
  const verdict = verifyBundle(JSON.stringify(bundle), trust, pureCrypto);
  expect(verdict.checks.filter(({ passed }) => passed !== 'yes')).toEqual([]);
  return { bundle, verdict };
}

describe('a log', () => {
  it('begins with the receipt of its own keys', async () => {
    const page = await receipts.search(tenant.id, { viewer: auditor, limit: 10 });
    expect(page.entries).toMatchObject([{ kind: 'key', index: 0, mode: 'system' }]);
    const { verdict } = await verdictOn(receipts, tenant, [page.entries[0]!.id]);
    expect(verdict.verdict).toBe('VALID');
  });

  it('takes an attempt and its outcome, and gives them back with their bodies', async () => {
    const log = await receipts.log(tenant.id);
    const person = newPerson();
    const call = newAttempt(person);
    await attempt(log, call);
    const done = newOutcome(call);
    expect(await outcome(log, done)).toMatchObject({ kind: 'tool_call' });
    const { bundle, verdict } = await verdictOn(receipts, tenant, [call.id, done.id]);
    expect(verdict.verdict).toBe('VALID');
    expect(bundle?.receipts.map(({ body }) => body)).toMatchObject([
      { arguments: JSON.parse(ARGUMENTS_TEXT) as object, context: { groups: person.groups } },
      { result: RESULT_TEXT },
    ]);
    expect(verdict.receipts[0]?.payload?.actor).toMatchObject({ sub: person.reference, name: person.name });
    expect(log.head().size).toBeGreaterThanOrEqual(3);
  });

  it('puts many calls into few batches, all of which verify', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const people = [newPerson('Alice'), newPerson('Bob'), undefined];
    const ids: ReceiptId[] = [];
    const callOnce = async (index: number) => {
      const call = newAttempt(people[index % 3]);
      await attempt(log, call);
      const done = newOutcome(call);
      await outcome(log, done);
      ids.push(call.id, done.id);
    };
    await Promise.all(Array.from({ length: 300 }, async (_, index) => await callOnce(index)));
    const { verdict } = await verdictOn(receipts, owner, ids);
    expect(verdict.verdict).toBe('VALID');
    const batches = await scene.test.database
      .tenantDb(owner.id)
      .read(async (client) => await client.logBatch.count());
    expect(batches).toBeLessThan(30);
    const tile = await receipts.tile(owner.id, log.id, 'tile/0/000');
    expect(tile).toHaveLength(8192);
  });

  it('serves partial tiles and entry bundles as C2SP has them', async () => {
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    for (let round = 0; round < 3; round += 1) await log.append(denial());
    expect(await receipts.tile(owner.id, log.id, 'tile/0/000.p/4')).toHaveLength(128);
    const three = await receipts.tile(owner.id, log.id, 'tile/0/000.p/3');
    const four = await receipts.tile(owner.id, log.id, 'tile/0/000.p/4');
    expect(Buffer.from(four!.subarray(0, 96))).toEqual(Buffer.from(three!));
    expect((await receipts.tile(owner.id, log.id, 'tile/entries/000.p/2'))!.length).toBeGreaterThan(1000);
    for (const path of [
      'tile/0/000',
      'tile/0/000.p/5',
      'tile/1/000.p/1',
      'tile/0/001.p/1',
      '../x',
      'tile/0/00',
    ])
      expect(await receipts.tile(owner.id, log.id, path)).toBeUndefined();
    expect(await receipts.checkpoint(owner.id, log.id)).toContain(`/log/${log.id}\n4\n`);
    expect(await receipts.checkpoint(tenant.id, log.id)).toBeUndefined();
  });

  it('keeps defects of a caller away from the others of the batch', async () => {
    const log = await receipts.log(tenant.id);
    const bad: ReceiptDraft = { ...newAttempt(newPerson()), uri: 'x'.repeat(9000) };
    const good = newAttempt(newPerson());
    const results = await Promise.allSettled([attempt(log, bad), attempt(log, good)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await outcome(log, newOutcome(good));
  });

  it('makes a second outcome of an attempt late', async () => {
    const log = await receipts.log(tenant.id);
    const call = newAttempt(newPerson());
    await attempt(log, call);
    const places = await Promise.all(
      [newOutcome(call), newOutcome(call)].map(async (each) => await outcome(log, each)),
    );
    expect(places.map(({ kind }) => kind).toSorted()).toEqual(['late_outcome', 'tool_call']);
    const later = newOutcome(call);
    expect(await outcome(log, later)).toMatchObject({ kind: 'late_outcome' });
    const { verdict } = await verdictOn(receipts, tenant, [call.id, later.id]);
    expect(verdict.verdict).toBe('VALID');
  });
});

function denial(): ReceiptDraft {
  const { credential: _, arguments: given, timing, ...call } = newAttempt(newPerson());
  return { ...call, id: newId(), kind: 'tool_call', status: 'denied', arguments: given!, timing: timing! };
}
