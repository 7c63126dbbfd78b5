import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiptId } from '#lib/core';
import { pureCrypto, verifyBundle } from '#lib/evidence';
import { unpackLeaves } from './pack-leaves.ts';
import { CANARIES, newAttempt, newId, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type { LogOwner, ReceiptPerson, Receipts } from './types.ts';

let now = Date.now();
let scene: Scene;
let receipts: Receipts;
let tenant: LogOwner;
const auditor = { all: true, actor: { mode: 'operator' as const } };
const viewerOf = (person: ReceiptPerson) => ({
  all: false,
  reference: person.reference,
  actor: { mode: 'user' as const, person },
});

beforeAll(async () => {
  scene = await createScene({ now: () => now });
  receipts = scene.receipts();
  tenant = await scene.tenant(receipts);
});
afterAll(async () => await scene.close());

async function call(person: ReceiptPerson | undefined): Promise<[ReceiptId, ReceiptId]> {
  const log = await receipts.log(tenant.id);
  const made = newAttempt(person);
  await attempt(log, made);
  const done = newOutcome(made);
  await outcome(log, done);
  return [made.id, done.id];
}

async function bundleOf(ids: readonly ReceiptId[], bodies: boolean) {
  const bundle = await receipts.bundle(tenant.id, { reader: auditor, receipts: ids, bodies });
  const trust = JSON.stringify(await receipts.trustFile(tenant.id));
  return { text: JSON.stringify(bundle), verdict: verifyBundle(JSON.stringify(bundle), trust, pureCrypto) };
}

describe('what is about a person', () => {
  it('is nowhere in the tables, whatever the column', async () => {
    const [person, admin] = [newPerson(), newPerson()];
    await call(person);
    await call(undefined);
    const draft = {
      id: newId(),
      at: Date.now(),
      kind: 'admin' as const,
      actor: { mode: 'user' as const, person: admin, ip: CANARIES.ip, clientId: CANARIES.client },
      about: person,
      details: { what: CANARIES.detail, whom: CANARIES.email },
    };
    const db = scene.test.database.tenantDb(tenant.id);
    await db.transaction(async (tx) => await receipts.stage(tx, tenant.id, draft));
    await expectNoCanary();
    await receipts.flush(tenant.id);
    await expectNoCanary();
    const { text } = await bundleOf([draft.id], true);
    expect(text).not.toContain(CANARIES.detail);
    const stored = await receipts.load(tenant.id, draft.id, auditor);
    expect(Buffer.from(stored!.disclosures.join(''), 'base64url').toString()).toContain(CANARIES.detail);
  });

  it('is gone once the person is erased, and everything still verifies', async () => {
    const [person, other] = [newPerson('Erased'), newPerson('Kept')];
    const mine = await call(person);
    const others = await call(other);
    const before = await bundleOf([...mine, ...others], true);
    expect(before.verdict.verdict).toBe('VALID');
    expect(before.verdict.receipts[0]?.payload?.actor.name).toBe('Erased');
    const draft = {
      id: newId(),
      at: Date.now(),
      kind: 'erasure' as const,
      actor: { mode: 'operator' as const },
      erasure: { backupsFrom: 1_900_000_000 },
    };
    await scene.test.database.tenantDb(tenant.id).transaction(async (tx) => {
      await scene.keys.destroyPersonKey(tx, tenant.id, person.id);
      await receipts.stage(tx, tenant.id, draft);
    });
    await receipts.flush(tenant.id);
    const after = await bundleOf([...mine, ...others, draft.id], true);
    expect(after.verdict.verdict).toBe('VALID');
    expect(after.verdict.receipts.map(({ payload }) => payload?.actor.name)).toEqual([
      undefined,
      undefined,
      'Kept',
      'Kept',
      undefined,
    ]);
    expect(after.text).not.toContain(Buffer.from('"Erased"').toString('base64url').slice(2, -2));
    expect(
      JSON.parse(after.text)
        .receipts.slice(0, 2)
        .map((each: object) => 'body' in each),
    ).toEqual([false, false]);
    expect(await receipts.load(tenant.id, mine[0], auditor)).toMatchObject({
      opened: false,
      disclosures: [],
    });
  });

  it('starts no call once the person is erased; what was under way ends, and keeps nothing of them', async () => {
    const person = newPerson('Gone');
    const log = await receipts.log(tenant.id);
    const under = newAttempt(person);
    await attempt(log, under);
    await scene.test.database
      .tenantDb(tenant.id)
      .transaction(async (tx) => await scene.keys.destroyPersonKey(tx, tenant.id, person.id));
    now += 61_000;
    await expect(attempt(log, newAttempt(person))).rejects.toThrow(/erased/);
    const done = newOutcome(under);
    expect(await outcome(log, done)).toMatchObject({ kind: 'tool_call' });
    expect(await receipts.load(tenant.id, done.id, auditor)).toMatchObject({ opened: false, bodies: [] });
  });

  it('is sealed with a staged receipt under both persons it names, each by itself', async () => {
    const [admin, about] = [newPerson('Admin'), newPerson('About')];
    const draft = {
      id: newId(),
      at: Date.now(),
      kind: 'admin' as const,
      actor: { mode: 'user' as const, person: admin },
      server: { id: 'everything' },
      about,
      details: { note: 'private' },
    };
    const db = scene.test.database.tenantDb(tenant.id);
    await db.transaction(async (tx) => await receipts.stage(tx, tenant.id, draft));
    await db.transaction(async (tx) => await scene.keys.destroyPersonKey(tx, tenant.id, about.id));
    await receipts.flush(tenant.id);
    const { verdict } = await bundleOf([draft.id], true);
    expect(verdict.verdict).toBe('VALID');
    expect(verdict.receipts[0]?.payload).toMatchObject({
      actor: { name: 'Admin' },
      server: { id: 'everything' },
    });
    expect(verdict.receipts[0]?.payload?.details).toBeUndefined();
  });
});

describe('a viewer', () => {
  it('sees their own receipts alone, unless they may see all', async () => {
    const [mine, theirs] = [newPerson('Mine'), newPerson('Theirs')];
    const own = await call(mine);
    const foreign = await call(theirs);
    const page = await receipts.search(tenant.id, { viewer: viewerOf(mine), limit: 50 });
    expect(page.entries.map(({ id }) => id)).toEqual(own.toReversed());
    const other = { person: theirs.reference };
    expect(
      (await receipts.search(tenant.id, { viewer: viewerOf(mine), filters: other, limit: 50 })).entries,
    ).toEqual([]);
    expect((await receipts.search(tenant.id, { viewer: { all: false }, limit: 50 })).entries).toEqual([]);
    expect(await receipts.load(tenant.id, foreign[0], viewerOf(mine))).toBeUndefined();
    expect(await receipts.openBodies(tenant.id, foreign[0], viewerOf(mine))).toBeUndefined();
    expect(await receipts.proof(tenant.id, foreign[0], viewerOf(mine))).toBeUndefined();
    const request = { reader: viewerOf(mine), receipts: [own[0], foreign[0]], bodies: true };
    expect(await receipts.bundle(tenant.id, request)).toBeUndefined();
    expect(await receipts.proof(tenant.id, own[0], viewerOf(mine))).toMatch(/^c2sp.org\/tlog-proof@v1\n/);
  });

  it('of a body is named in the log before they see it', async () => {
    const [person, reader] = [newPerson('Person'), newPerson('Reader')];
    const [id] = await call(person);
    const shown = await receipts.openBodies(tenant.id, id, { ...viewerOf(reader), all: true });
    // The call is opened whole: the arguments lie with the attempt, the result with the outcome.
    expect(shown?.opened.map(({ kind }) => kind)).toEqual(['attempt', 'tool_call']);
    expect(shown?.opened[0]?.bodies.arguments).toContain(CANARIES.argument);
    expect(shown?.opened[1]?.bodies.result).toContain(CANARIES.result);
    const [read] = (
      await receipts.search(tenant.id, { viewer: auditor, filters: { kind: 'read' }, limit: 1 })
    ).entries;
    expect(read).toMatchObject({ id: shown?.reading, subject: reader.reference, status: 'ok' });
    const stored = await receipts.load(tenant.id, read!.id, auditor);
    expect(Buffer.from(stored!.disclosures.join(''), 'base64url').toString()).toContain(id);
  });
});

/** Every text and byte column of the tables of receipts, also as hex, base64 and inside base64url of JSON. */
async function expectNoCanary(): Promise<void> {
  const client = new pg.Client({ connectionString: scene.test.adminUrl });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{
      table_name: string;
      column_name: string;
      data_type: string;
    }>(
      `select table_name, column_name, data_type from information_schema.columns
       where table_schema = 'public' and table_name ~ '^(log_|receipt_)'`,
    );
    const bytes = columns.filter(({ data_type: type }) => ['text', 'bytea', 'ARRAY', 'jsonb'].includes(type));
    expect(bytes.length).toBeGreaterThan(15);
    let controls = 0;
    for (const { table_name: table, column_name: column, data_type: type } of bytes) {
      const asBytes = type === 'bytea' ? `"${column}"` : `convert_to("${column}"::text, 'UTF8')`;
      const { rows } = await client.query<{ value: Buffer | null }>(
        `select ${asBytes} as value from "${table}"`,
      );
      const read = column === 'leaves' ? joinedLeaves : (stored: Buffer) => stored;
      for (const { value } of rows)
        controls += expectWithout(read(value ?? Buffer.alloc(0)), `${table}.${column}`);
    }
    // The server's id is in clear in every call's leaf, inside a JWT's base64url too: what is there is found.
    expect(controls).toBeGreaterThan(1);
  } finally {
    await client.end();
  }
}

/** Compressed, they would hide what they hold. */
function joinedLeaves(stored: Buffer): Buffer {
  return Buffer.concat(unpackLeaves(stored).flatMap((leaf) => [leaf, Buffer.from(' ')]));
}

/** @returns how often the control was found. */
function expectWithout(value: Buffer, where: string): number {
  const text = value.toString('latin1');
  const decoded = text
    .split(/[^A-Za-z0-9_-]+/)
    .map((word) => Buffer.from(word, 'base64url').toString('latin1'))
    .join(' ');
  for (const canary of Object.values(CANARIES)) {
    expect(text.includes(canary), `${where} holds ${canary}`).toBe(false);
    expect(decoded.includes(canary), `${where} holds ${canary} in base64url`).toBe(false);
    expect(text.includes(Buffer.from(canary).toString('hex')), `${where} holds ${canary} in hex`).toBe(false);
  }
  return Number(text.includes('"everything"')) + Number(decoded.includes('"everything"'));
}
