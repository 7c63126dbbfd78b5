import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type Person, type ReceiptId, type ServerId } from '#lib/core';
import { pureCrypto, verifyBundle } from '#lib/evidence';
import { authorize, redeem, registerClient } from '../oauth/testing/drive-client.ts';
import { createWorld, type World } from '../oauth/testing/world.ts';
import { newAttempt, newOutcome } from '../receipts/testing/drafts.ts';
import { attempt, outcome } from '../receipts/testing/scene.ts';
import { createConsole } from './create-console.ts';
import type { Console, ReceiptRow, Visitor } from './types.ts';

const OPERATOR = { mode: 'operator', workload: 'cli:test' } as const;

const NO_POLICIES = { version: async () => undefined };

let world: World;
let console: Console;
let [alice, bob, audrey]: Person[] = [];
let clients: { alice: string; bob: string };

beforeAll(async () => {
  world = await createWorld();
  console = createConsole({
    ...world,
    clock: systemClock,
    policy: NO_POLICIES,
    callableTools: async () => [],
  });
  clients = {
    alice: await connect('alice@acme.example', 'Alice’s agent'),
    bob: await connect('bob@acme.example', 'Bob’s agent'),
  };
  alice = await world.person('alice@acme.example');
  bob = await world.person('bob@acme.example');
  audrey = await world.person('audrey@acme.example');
  await call(alice, clients.alice);
  await call(bob, clients.bob);
});
afterAll(async () => await world.close());

/** An agent that this person let act for them. */
async function connect(email: string, name: string): Promise<string> {
  const { client_id: clientId } = await registerClient(world.tenant, { client_name: name });
  const resource = world.addresses.resourceUrl(world.tenant.slug, 'everything' as ServerId);
  const authorized = await authorize(world.tenant, { clientId, resource, email });
  const { status } = await redeem(world.tenant, clientId, authorized, { resource });
  expect(status).toBe(200);
  return clientId;
}

/** One call, as the data plane receipts it. */
async function call(person: Person, clientId: string): Promise<ReceiptId[]> {
  const log = await world.receipts.log(world.tenant.id);
  const made = newAttempt(person, { actor: { mode: 'user', person, clientId, session: 'session-1' } });
  await attempt(log, made);
  const done = newOutcome(made);
  await outcome(log, done);
  return [made.id, done.id];
}

function visitor(person: Person | undefined): Visitor {
  if (person === undefined) throw new Error('nobody');
  const session = {
    id: '00',
    tenant: world.tenant.id,
    person,
    personVersion: 1,
    createdAt: Date.now(),
    expiresAt: Date.now() + 60_000,
  };
  return { tenant: world.tenant, session, ip: '192.0.2.1' };
}

/** Every page there is. */
async function everyRow(of: Visitor, limit: number): Promise<{ rows: ReceiptRow[]; pages: number }> {
  await world.receipts.flush(world.tenant.id);
  const rows: ReceiptRow[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await console.listReceipts(of, { limit, ...(after === undefined ? {} : { after }) });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    after = page.next;
    pages += 1;
  } while (after !== undefined);
  return { rows, pages };
}

describe('receipts', () => {
  it('a member sees only their own, whatever they ask for', async () => {
    const { rows } = await everyRow(visitor(alice), 50);
    expect(rows.length).toBeGreaterThan(2);
    expect(new Set(rows.map(({ subject }) => subject))).toEqual(new Set([alice?.reference]));
    const asked = await console.listReceipts(visitor(alice), { filters: { person: bob!.reference } });
    expect(asked.rows).toEqual([]);
    const [, theirs] = await call(bob!, clients.bob);
    expect(await console.viewReceipt(visitor(alice), theirs!)).toBeUndefined();
    expect(await console.openBodies(visitor(alice), theirs!)).toBeUndefined();
    expect(await console.viewReceipt(visitor(bob), theirs!)).toMatchObject({
      opened: true,
      bodies: ['result'],
    });
  });

  it('an auditor sees all, with names, and their reading leaves a receipt', async () => {
    const { rows } = await everyRow(visitor(audrey), 50);
    const subjects = new Set(rows.map(({ subject }) => subject));
    expect(subjects.has(alice?.reference) && subjects.has(bob?.reference)).toBe(true);
    expect(rows.some(({ kind, subject }) => kind === 'key' && subject === undefined)).toBe(true);
    const mine = rows.find(({ kind, subject }) => kind === 'tool_call' && subject === alice?.reference);
    expect(mine).toMatchObject({ personName: 'Alice Adler', agentName: 'Alice’s agent' });

    const shown = await console.openBodies(visitor(audrey), mine!.id);
    expect(shown?.opened.map(({ kind }) => kind)).toEqual(['tool_call', 'attempt']);
    expect(shown?.opened[0]?.bodies.result).toContain('content');
    const [read] = (await console.listReceipts(visitor(audrey), { filters: { kind: 'read' } })).rows;
    expect(read).toMatchObject({
      id: shown?.reading,
      subject: audrey?.reference,
      personName: 'Audrey Ames',
    });
    const { disclosed } = (await console.viewReceipt(visitor(audrey), read!.id))!;
    expect(JSON.parse(String(disclosed['details']))).toEqual({ receipts: [mine!.id, mine!.attempt] });
    expect(disclosed['ip']).toBe('192.0.2.1');
  });

  it('say what an act did, to whoever may see it and to nobody else', async () => {
    const { rows } = await everyRow(visitor(audrey), 200);
    const told = (kind: string) =>
      rows.flatMap((row) => (row.kind === kind && row.subject === bob?.reference ? [row.act?.name] : []));
    expect(told('consent')).toEqual(['consent.allowed']);
    expect(told('token')).toEqual(['token.issued']);
    expect(new Set(told('sign_in'))).toEqual(new Set(['sign_in.sign_in']));
    expect(rows.find(({ act }) => act?.name === 'server.create')).toMatchObject({ kind: 'admin' });
    expect(rows.find(({ kind }) => kind === 'tool_call')).not.toHaveProperty('act');
    const ids = rows.filter(({ act, subject }) => act && subject === bob?.reference).map(({ id }) => id);
    const asked = (reference: Person['reference']) =>
      world.receipts.details(world.tenant.id, ids, { all: false, reference });
    expect((await asked(bob!.reference)).size).toBe(ids.length);
    expect((await asked(alice!.reference)).size).toBe(0);
  });

  it('page by page, none twice and none missing, also while new ones come', async () => {
    for (let made = 0; made < 40; made += 1) await call(alice!, clients.alice);
    const whole = await everyRow(visitor(alice), 200);
    const first = await console.listReceipts(visitor(alice), { limit: 7 });
    await call(alice!, clients.alice);
    const rows = [...first.rows];
    let after = first.next;
    while (after !== undefined) {
      const page = await console.listReceipts(visitor(alice), { limit: 7, after });
      rows.push(...page.rows);
      after = page.next;
    }
    expect(rows.map(({ id }) => id)).toEqual(whole.rows.map(({ id }) => id));
    expect(rows.length).toBeGreaterThan(80);
    const paged = await everyRow(visitor(audrey), 9);
    expect(paged.pages).toBeGreaterThan(9);
    expect(new Set(paged.rows.map(({ id }) => id)).size).toBe(paged.rows.length);
    // No page is larger than the limit, whatever is asked for.
    expect((await console.listReceipts(visitor(audrey), { limit: 100_000 })).rows.length).toBeLessThanOrEqual(
      200,
    );
  });

  it('back and forth, and back at the newest on a full page', async () => {
    const first = await console.listReceipts(visitor(audrey), { limit: 5 });
    expect(first.previous).toBeUndefined();
    const second = await console.listReceipts(visitor(audrey), { limit: 5, after: first.next! });
    const third = await console.listReceipts(visitor(audrey), { limit: 5, after: second.next! });
    const back = await console.listReceipts(visitor(audrey), { limit: 5, before: third.previous! });
    expect(back.rows).toEqual(second.rows);
    await call(alice!, clients.alice);
    const top = await console.listReceipts(visitor(audrey), { limit: 5, before: back.previous! });
    expect(top.rows.slice(0, 5)).toHaveLength(5);
    const newest = await console.listReceipts(visitor(audrey), {
      limit: 5,
      before: top.previous ?? back.previous!,
    });
    expect(newest.rows).toHaveLength(5);
    expect(newest).toEqual(await console.listReceipts(visitor(audrey), { limit: 5 }));
  });

  it('offers people and agents to choose from, to a member their own agents alone', async () => {
    const all = await console.receiptChoices(visitor(audrey));
    expect(all.people.map(({ label }) => label)).toContain('Alice Adler (alice@acme.example)');
    expect(all.agents.map(({ name }) => name)).toEqual(['Alice’s agent', 'Bob’s agent']);
    const own = await console.receiptChoices(visitor(bob));
    expect(own.people).toEqual([]);
    expect(own.agents.map(({ clientId }) => clientId)).toEqual([clients.bob]);
  });

  it('offers servers and tools to choose from, to a member what they may see and call alone', async () => {
    const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
    await world.pin('everything', [tool('shown'), tool('kept-back')]);
    const list: World['registry']['list'] = async (tenant) =>
      (await world.registry.list(tenant)).map((server) =>
        server.id === 'second' ? { ...server, credential: { agent: 'minted' as const } } : server,
      );
    const asked = createConsole({
      ...world,
      registry: { ...world.registry, list },
      clock: systemClock,
      policy: NO_POLICIES,
      callableTools: async () => ['shown'],
    });
    const all = await asked.receiptChoices(visitor(audrey));
    expect(all.servers.find(({ id }) => id === 'everything')?.tools).toEqual(['kept-back', 'shown']);
    const own = await asked.receiptChoices(visitor(bob));
    expect(own.servers.find(({ id }) => id === 'everything')?.tools).toEqual(['shown']);
    expect(all.servers.map(({ id }) => id)).toContain('second');
    expect(own.servers.map(({ id }) => id)).not.toContain('second');
  });

  it('are no bundle when their bodies are more than one answer holds, and are one without bodies', async () => {
    const bytes = Buffer.alloc(7 * 1024 * 1024, 'x');
    const log = await world.receipts.log(world.tenant.id);
    const ids: ReceiptId[] = [];
    for (let count = 0; count < 10; count += 1) {
      const actor = { mode: 'user', person: alice!, clientId: clients.alice } as const;
      const made = newAttempt(alice!, { actor });
      await attempt(log, made);
      const done = newOutcome(made);
      await outcome(log, { ...done, result: { ...done.result!, bytes: Buffer.from(bytes) } });
      ids.push(done.id);
    }
    expect(await console.bundle(visitor(alice), ids, true)).toBe('too-large');
    expect(await console.bundleList(visitor(alice), {}, true)).toBe('too-large');
    const without = await console.bundle(visitor(alice), ids, false);
    expect(without).toMatchObject({ receipts: { length: ids.length } });
    expect(JSON.stringify(without).length).toBeLessThan(1024 * 1024);
  });

  it('of a filtered list make one bundle, of those the visitor may see', async () => {
    const trust = JSON.stringify(await world.receipts.trustFile(world.tenant.id));
    const made = await console.bundleList(visitor(alice), { kind: 'tool_call' }, false);
    if (typeof made !== 'object') throw new Error('no bundle');
    expect(made.complete).toBe(true);
    const verdict = verifyBundle(JSON.stringify(made.bundle), trust, pureCrypto);
    expect(verdict.verdict).toBe('VALID');
    expect(verdict.receipts).toHaveLength(made.receipts);
    expect(new Set(verdict.receipts.map(({ payload }) => payload?.actor.sub))).toEqual(
      new Set([alice?.reference]),
    );
    expect(await console.bundleList(visitor(bob), { person: alice!.reference }, true)).toBeUndefined();
  });

  it('a bundle is refused for a receipt of somebody else, and verifies for one’s own', async () => {
    const [mine] = [await call(alice!, clients.alice)];
    const theirs = await call(bob!, clients.bob);
    expect(await console.bundle(visitor(alice), [...mine, theirs[1]!], false)).toBeUndefined();
    expect(await console.bundle(visitor(alice), theirs, true)).toBeUndefined();
    const trust = JSON.stringify(await world.receipts.trustFile(world.tenant.id));
    const own = await console.bundle(visitor(alice), mine, true);
    expect(verifyBundle(JSON.stringify(own), trust, pureCrypto).verdict).toBe('VALID');
    const all = await console.bundle(visitor(audrey), [...mine, ...theirs], false);
    expect(verifyBundle(JSON.stringify(all), trust, pureCrypto).verdict).toBe('VALID');
  });
});

describe('agents', () => {
  it('are shown to the person whom they act for, and to nobody else', async () => {
    const names = async (of: Visitor) => (await console.listAgents(of)).map(({ name }) => name);
    expect(await names(visitor(alice))).toEqual(['Alice’s agent']);
    expect(await names(visitor(bob))).toEqual(['Bob’s agent']);
    expect(await names(visitor(audrey))).toEqual([]);
  });

  it('are disconnected by that person only', async () => {
    expect(await console.disconnectAgent(visitor(alice), clients.bob)).toBe(0);
    expect(await console.disconnectAgent(visitor(audrey), clients.bob)).toBe(0);
    expect(await console.listAgents(visitor(bob))).toHaveLength(1);
    expect(await console.disconnectAgent(visitor(bob), clients.bob)).toBe(1);
    expect(await console.listAgents(visitor(bob))).toEqual([]);
    expect(await console.disconnectAgent(visitor(bob), clients.bob)).toBe(0);
    const { rows } = await everyRow(visitor(bob), 50);
    const ended = rows.find(({ kind }) => kind === 'consent');
    const { disclosed } = (await console.viewReceipt(visitor(bob), ended!.id))!;
    expect(JSON.parse(String(disclosed['details']))).toMatchObject({ event: 'revoked', reason: 'person' });
  });
});

describe('a person who was erased', () => {
  it('has no name any more, and nothing of theirs opens', async () => {
    const carol = await world.person('ada@acme.example');
    const [, id] = await call(carol, clients.alice);
    const before = await console.viewReceipt(visitor(audrey), id!);
    expect(before).toMatchObject({ opened: true, row: { personName: 'Ada Admin' } });
    const erased = await world.identity.people.erase(world.tenant, { reference: carol.reference }, OPERATOR);
    expect(erased.ok).toBe(true);
    const { rows } = await everyRow(visitor(audrey), 200);
    const theirs = rows.filter(({ subject }) => subject === carol.reference);
    expect(theirs.length).toBeGreaterThanOrEqual(2);
    for (const row of theirs) expect(row.personName).toBeUndefined();
    const view = await console.viewReceipt(visitor(audrey), id!);
    expect(view).toMatchObject({ opened: false, bodies: [] });
    expect(JSON.stringify([rows, view])).not.toMatch(/Ada Admin|ada@acme/);
    const shown = await console.openBodies(visitor(audrey), id!);
    expect(shown?.opened.map(({ bodies }) => bodies)).toEqual([{}, {}]);
  });
});
