/** Appends whose connection breaks, at each step and in both kinds: not done, and done without anybody hearing of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#lib/db';
import { pureCrypto, verifyBundle } from '#lib/evidence';
import { type PostgresWire, startPostgresWire, STEPS, type Step } from '../../e2e/fixtures/postgres-wire.ts';
import { createDatabase } from '../db/create-database.ts';
import { newAttempt, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { LogOwner, Receipts, TenantLog } from './types.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const auditor = { all: true, actor: { mode: 'operator' as const } };
const ROUNDS = (Object.keys(STEPS) as Step[]).flatMap((step) =>
  (['before', 'after'] as const).map((moment) => [moment, step] as const),
);

let scene: Scene;
let wire: PostgresWire;
let database: Database;
let receipts: Receipts;
let owner: LogOwner;
let log: TenantLog;

beforeAll(async () => {
  scene = await createScene();
  wire = await startPostgresWire(scene.test.url);
  database = await createDatabase({ url: wire.url, poolSize: 4, logger: quiet });
  receipts = scene.receipts(database);
});
afterAll(async () => {
  await receipts.close();
  await database.close();
  await wire.stop();
  await scene.close();
});
beforeEach(async () => {
  owner = await scene.tenant(receipts);
  log = await receipts.log(owner.id);
});

/** Everything that is in the log, oldest first; it verifies. */
async function entries() {
  const page = await receipts.search(owner.id, { viewer: auditor, limit: 50 });
  const ids = page.entries.map(({ id }) => id);
  const bundle = await receipts.bundle(owner.id, { reader: auditor, receipts: ids, bodies: true });
  const trust = JSON.stringify(await receipts.trustFile(owner.id));
  expect(verifyBundle(JSON.stringify(bundle), trust, pureCrypto).verdict).toBe('VALID');
  return page.entries.toReversed().map(({ kind, attempt: closes }) => (closes ? `${kind} ${closes}` : kind));
}

describe('an append whose connection breaks', () => {
  it.each(['before', 'after'] as const)(
    'at its one statement, %s it is done, is in the log exactly once',
    async (moment) => {
      const call = newAttempt(newPerson());
      const cuts = [wire.cutNext('append', moment)];
      await attempt(log, call);
      cuts.push(wire.cutNext('append', moment));
      expect(await outcome(log, newOutcome(call))).toMatchObject({ kind: 'tool_call', index: 2 });
      await Promise.all(cuts);
      expect(await entries()).toEqual(['key', 'attempt', `tool_call ${call.id}`]);
    },
  );

  it.each(ROUNDS)(
    'at its one statement and then in the transaction that looks for it, %s its %s is done, is there exactly once',
    async (moment, step) => {
      const call = newAttempt(newPerson());
      const cuts = [wire.cutNext('append', 'before'), wire.cutNext(step, moment)];
      await attempt(log, call);
      await Promise.all(cuts);
      const late = [wire.cutNext('append', 'before'), wire.cutNext(step, moment)];
      expect(await outcome(log, newOutcome(call))).toMatchObject({ kind: 'tool_call', index: 2 });
      await Promise.all(late);
      expect(await entries()).toEqual(['key', 'attempt', `tool_call ${call.id}`]);
    },
  );

  it.each(ROUNDS)(
    'with what is staged, %s its %s is done, appends that exactly once',
    async (moment, step) => {
      const { id, at } = newAttempt(undefined);
      await database.tenantDb(owner.id).transaction(async (tx) => {
        await receipts.stage(tx, owner.id, { id, at, kind: 'admin', actor: { mode: 'operator' } });
      });
      const cut = wire.cutNext(step, moment);
      await receipts.flush(owner.id).catch(() => undefined);
      await cut;
      await receipts.flush(owner.id);
      expect(await entries()).toEqual(['key', 'admin']);
    },
  );
});

describe('a replica that freezes while it holds the head', () => {
  it('keeps the others no longer than an attempt may wait', async () => {
    const others = scene.receipts();
    const { id, at } = newAttempt(undefined);
    await database.tenantDb(owner.id).transaction(async (tx) => {
      await receipts.stage(tx, owner.id, { id, at, kind: 'admin', actor: { mode: 'operator' } });
    });
    const { reached, release } = wire.holdNext('append');
    const frozen = receipts.flush(owner.id).catch(() => undefined);
    await reached;
    // An attempt is refused after two seconds.
    const call = newAttempt(newPerson());
    await attempt(await others.log(owner.id), call);
    release();
    await frozen;
    await receipts.flush(owner.id);
    expect(await entries()).toEqual(['key', 'attempt', 'admin']);
  });
});
