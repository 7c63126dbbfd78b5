import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type Person, type ServerId, type SubjectReference } from '#lib/core';
import { until } from '../../e2e/harness/until.ts';
import { authorize, redeem, registerClient } from '../oauth/testing/drive-client.ts';
import { createWorld, type World } from '../oauth/testing/world.ts';
import { createConsole } from './create-console.ts';
import type { Console, Visitor } from './types.ts';

const NO_POLICIES = { version: async () => undefined };

let world: World;
let console: Console;
let ada: Person;

beforeAll(async () => {
  world = await createWorld();
  console = createConsole({
    ...world,
    clock: systemClock,
    callableTools: async () => [],
    policy: NO_POLICIES,
  });
  ada = await world.person('ada@acme.example');
});
afterAll(async () => await world.close());

function visitor(person: Person): Visitor {
  const times = { createdAt: Date.now(), expiresAt: Date.now() + 60_000 };
  const session = { id: '00', tenant: world.tenant.id, person, personVersion: 1, ...times };
  return { tenant: world.tenant, session, ip: '192.0.2.1' };
}

/** An agent with a token for this person. */
async function connect(email: string): Promise<{ clientId: string; token: string }> {
  const { client_id: clientId } = await registerClient(world.tenant, { client_name: 'Agent' });
  const resource = world.addresses.resourceUrl(world.tenant.slug, 'everything' as ServerId);
  const authorized = await authorize(world.tenant, { clientId, resource, email });
  const { body } = await redeem(world.tenant, clientId, authorized, { resource });
  return { clientId, token: body.access_token ?? '' };
}

const check = (token: string) =>
  new Promise<boolean>((resolve) => {
    world.oauth.checkAccessToken(world.tenant, 'everything' as ServerId, token, ({ ok }) => resolve(ok));
  });

async function refusedWithinASecond(token: string): Promise<void> {
  await until('the token is refused', async () => !(await check(token)), 1_000);
}

async function newestReceipt(kind: 'admin' | 'erasure' | 'token') {
  await world.receipts.flush(world.tenant.id);
  const viewer = { all: true } as const;
  const { entries } = await world.receipts.search(world.tenant.id, { viewer, filters: { kind }, limit: 1 });
  const [entry] = entries;
  if (entry === undefined) throw new Error('there is no receipt');
  const view = await console.viewReceipt(visitor(ada), entry.id);
  return view?.disclosed;
}

describe('people, for whoever administers them', () => {
  it('are listed page by page, who signed in last first, each once', async () => {
    for (const email of ['bob@acme.example', 'audrey@acme.example', 'alice@acme.example'])
      await world.person(email);
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await console.listPeople(visitor(ada), { limit: 1, ...(after && { after }) });
      seen.push(...page.people.map(({ name }) => name ?? ''));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(seen).toEqual(['Alice Adler', 'Audrey Ames', 'Bob Berger', 'Ada Admin']);
    expect((await console.listPeople(visitor(ada), {})).people.filter(({ isSelf }) => isSelf)).toHaveLength(
      1,
    );
  });

  it('are found by a whole verified address or a reference, and by nothing else', async () => {
    const alice = await world.person('alice@acme.example');
    const search = async (text: string) =>
      (await console.listPeople(visitor(ada), { search: text })).people.map(({ reference }) => reference);
    expect(await search(' ALICE@acme.example ')).toEqual([alice.reference]);
    expect(await search(alice.reference)).toEqual([alice.reference]);
    for (const text of ['alice', 'alice@', '%', "' or 1=1 --", alice.id, '<b>']) {
      expect(await search(text)).toEqual([]);
    }
  });

  it('show their groups, and which of them gives which role by today’s mapping', async () => {
    const audrey = await world.person('audrey@acme.example');
    const view = await console.viewPerson(visitor(ada), audrey.reference);
    expect(view).toMatchObject({
      groups: ['auditor'],
      granted: [
        { role: 'member', groups: ['auditor'] },
        { role: 'auditor', groups: ['auditor'] },
      ],
      sessions: expect.any(Number) as number,
      isSelf: false,
    });
    expect(await console.viewPerson(visitor(ada), 'nobody' as SubjectReference)).toBeUndefined();
  });

  it('once disabled have no session and no agent within a second, and come back without either', async () => {
    const { token } = await connect('bob@acme.example');
    const bob = await world.person('bob@acme.example');
    expect(await check(token)).toBe(true);
    const ended = await console.disablePerson(visitor(ada), bob.reference);
    expect(ended).toMatchObject({ grants: 1 });
    await refusedWithinASecond(token);
    expect(await console.viewPerson(visitor(ada), bob.reference)).toMatchObject({
      state: 'disabled',
      sessions: 0,
      agents: [],
    });
    expect(await newestReceipt('admin')).toMatchObject({
      details: '{"action":"person.disable"}',
      name: 'Ada Admin',
    });
    await console.enablePerson(visitor(ada), bob.reference);
    expect(await console.viewPerson(visitor(ada), bob.reference)).toMatchObject({ state: 'active' });
    expect(await check(token)).toBe(false);
  });

  it('lose one agent and keep the others', async () => {
    const [one, other] = [await connect('alice@acme.example'), await connect('alice@acme.example')];
    const alice = await world.person('alice@acme.example');
    const done = await console.disconnectPersonAgent(visitor(ada), alice.reference, one.clientId);
    expect(done).toEqual({ sessions: 0, grants: 1 });
    await refusedWithinASecond(one.token);
    expect(await check(other.token)).toBe(true);
    const again = await console.disconnectPersonAgent(visitor(ada), alice.reference, one.clientId);
    expect(again).toEqual({ sessions: 0, grants: 0 });
  });

  it('are signed out everywhere while their agents go on', async () => {
    const { token } = await connect('alice@acme.example');
    const alice = await world.person('alice@acme.example');
    const done = await console.endPersonSessions(visitor(ada), alice.reference);
    expect(done).toMatchObject({ grants: 0 });
    expect(await world.identity.sessions.count(world.tenant, alice.id)).toBe(0);
    expect(await check(token)).toBe(true);
  });

  it('can not be the admin who acts', async () => {
    expect(await console.disablePerson(visitor(ada), ada.reference)).toBe('self');
    expect(await console.erasePerson(visitor(ada), ada.reference, ada.reference)).toBe('self');
    expect(await console.viewPerson(visitor(ada), ada.reference)).toMatchObject({ state: 'active' });
  });

  it('are erased only with their reference typed once more, and are nobody then', async () => {
    const { token } = await connect('bob@acme.example');
    const bob = await world.person('bob@acme.example');
    for (const typed of ['', 'bob@acme.example', ada.reference, ` ${bob.reference}`]) {
      expect(await console.erasePerson(visitor(ada), bob.reference, typed)).toBe('unconfirmed');
    }
    expect(await check(token)).toBe(true);
    const erased = await console.erasePerson(visitor(ada), bob.reference, bob.reference);
    expect(erased).toMatchObject({ reference: bob.reference });
    await refusedWithinASecond(token);
    expect(await console.viewPerson(visitor(ada), bob.reference)).toBeUndefined();
    expect(await console.erasePerson(visitor(ada), bob.reference, bob.reference)).toBe('not-found');
    expect((await console.listPeople(visitor(ada), { search: bob.reference })).people).toEqual([]);
    expect(await newestReceipt('erasure')).toMatchObject({ name: 'Ada Admin' });
  });

  it('of another tenant are nobody here', async () => {
    const tenant = await world.otherTenant('beta');
    const alice = await world.person('alice@acme.example');
    const elsewhere: Visitor = { ...visitor(ada), tenant };
    expect(await console.viewPerson(elsewhere, alice.reference)).toBeUndefined();
    expect(await console.disablePerson(elsewhere, alice.reference)).toBe('not-found');
    expect(await console.erasePerson(elsewhere, alice.reference, alice.reference)).toBe('not-found');
    expect((await console.listPeople(elsewhere, {})).people).toEqual([]);
  });
});
