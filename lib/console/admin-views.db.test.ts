import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type ClientId, type Person, type ServerId } from '#lib/core';
import { until } from '../../e2e/harness/until.ts';
import { authorize, redeem, registerClient } from '../oauth/testing/drive-client.ts';
import { newAttempt, newOutcome } from '../receipts/testing/drafts.ts';
import { createWorld, type World } from '../oauth/testing/world.ts';
import { createConsole } from './create-console.ts';
import type { Console, Visitor } from './types.ts';

const NO_POLICIES = { version: async () => undefined };

let world: World;
let console: Console;
let [alice, ada]: Person[] = [];
let client: ClientId;

beforeAll(async () => {
  world = await createWorld();
  console = createConsole({
    ...world,
    clock: systemClock,
    policy: NO_POLICIES,
    callableTools: async () => ['echo'],
  });
  client = await connect('alice@acme.example', 'Nice agent');
  alice = await world.person('alice@acme.example');
  ada = await world.person('ada@acme.example');
});
afterAll(async () => await world.close());

async function connect(email: string, name: string): Promise<ClientId> {
  const { client_id: clientId } = await registerClient(world.tenant, { client_name: name });
  await consent(email, clientId);
  return clientId as ClientId;
}

async function consent(email: string, clientId: string): Promise<void> {
  const resource = world.addresses.resourceUrl(world.tenant.slug, 'everything' as ServerId);
  const authorized = await authorize(world.tenant, { clientId, resource, email });
  expect((await redeem(world.tenant, clientId, authorized, { resource })).status).toBe(200);
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

describe('agents, for whoever administers them', () => {
  it('come with what lives of them, and those that wait come first', async () => {
    const waiting = await registerClient(world.tenant, { client_name: 'Waits' });
    await consent('bob@acme.example', client);
    await world.setSettings({ admission: 'approval' });
    // The change reaches every cache with the next word about revocations.
    await until(
      'the admission is in force',
      async () => (await console.listRegisteredAgents(visitor(ada))).mode === 'approval',
    );
    const { agents } = await console.listRegisteredAgents(visitor(ada));
    expect(agents[0]?.standing).toBe('pending');
    expect(agents.find(({ clientId }) => clientId === waiting.client_id)).toMatchObject({
      name: 'Waits',
      origin: 'dynamic',
      liveGrants: 0,
    });
    const found = agents.find(({ clientId }) => clientId === client);
    expect(found).toMatchObject({ liveGrants: 2 });
    expect(found?.lastTokenAt).toBeGreaterThan(Date.now() - 60_000);
    expect(found).not.toHaveProperty('lastCall');
  });

  it('show who let them in and the newest receipt, and nothing when there is no such agent', async () => {
    await world.receipts.flush(world.tenant.id);
    const view = await console.viewRegisteredAgent(visitor(ada), client);
    expect(view?.grants.map(({ personName }) => personName).toSorted()).toEqual([
      'Alice Adler',
      'Bob Berger',
    ]);
    expect(view?.lastReceipt).toBeDefined();
    expect(await console.viewRegisteredAgent(visitor(ada), 'nobody' as ClientId)).toBeUndefined();
  });

  it('say when they last called a tool, and not when they were last given a token', async () => {
    const denied = { ...newOutcome(newAttempt(undefined)), status: 'denied' } as const;
    const { attempt: _, ...call } = { ...denied, actor: { mode: 'agent', clientId: client } as const };
    await (await world.receipts.log(world.tenant.id)).append(call);
    const { agents } = await console.listRegisteredAgents(visitor(ada));
    const found = agents.find(({ clientId }) => clientId === client);
    expect(found?.lastCall?.receipt).toBe(call.id);
    expect((await console.viewRegisteredAgent(visitor(ada), client))?.lastCall).toEqual(found?.lastCall);
  });

  it('lose every grant at once, and each end says who ended it', async () => {
    expect(await console.endAgentGrants(visitor(ada), client)).toBe(2);
    expect(await console.endAgentGrants(visitor(ada), client)).toBe(0);
    expect((await console.viewRegisteredAgent(visitor(ada), client))?.grants).toEqual([]);
    await world.receipts.flush(world.tenant.id);
    const ended = await world.details('token');
    expect(ended.filter(({ reason }) => reason === 'admin')).toHaveLength(2);
    const { entries } = await world.receipts.search(world.tenant.id, {
      viewer: { all: true },
      filters: { kind: 'token', person: ada!.reference },
      limit: 10,
    });
    expect(entries).toHaveLength(2);
  });

  it('name the person who answers for them', async () => {
    const owned = { clientId: 'nightly' as ClientId, name: 'Nightly', metadata: {}, owner: alice!.id };
    await world.listAgent(owned);
    const view = await console.viewRegisteredAgent(visitor(ada), owned.clientId);
    expect(view).toMatchObject({ ownerName: 'Alice Adler', standing: 'admitted', origin: 'file' });
  });
});

describe('servers', () => {
  it('are shown to members without what only admins need, to admins with it', async () => {
    const rows = await console.listServers(visitor(alice));
    expect(rows.map(({ id }) => id)).toEqual(['everything', 'second', 'third']);
    expect(rows[0]).toMatchObject({
      mcpUrl: `${world.tenant.canonicalUrl}/mcp/everything`,
      modes: ['user', 'agent'],
      callable: 0,
    });
    expect(JSON.stringify(rows)).not.toContain('upstream.example');
    expect(rows[0]).not.toHaveProperty('lastChange');
    await world.receipts.flush(world.tenant.id);
    const [first] = await console.listServers(visitor(ada));
    const { receipt } = first!.lastChange!;
    const { summary } = (await world.receipts.load(world.tenant.id, receipt, { all: true }))!;
    expect(summary).toMatchObject({ kind: 'admin', server: 'everything' });
    expect(first?.admin).not.toHaveProperty('approvedAt');
    expect(first?.admin).toMatchObject({ url: 'https://everything.upstream.example/mcp', state: 'unpinned' });
  });

  it('show only tools that are pinned as they are, and how to connect', async () => {
    await world.pin('everything', [
      { name: 'echo', description: '<b>\u202eecho', inputSchema: { type: 'object' } },
    ]);
    const approved = (await console.listServers(visitor(ada)))[0]?.admin?.approvedAt;
    expect(approved).toBeGreaterThan(Date.now() - 60_000);
    const view = await console.viewServer(visitor(alice), 'everything' as ServerId);
    expect(view?.tools).toEqual([{ name: 'echo', description: '<b>\u202eecho' }]);
    expect(view?.instructions.find(({ client: of }) => of === 'codex')?.commands[0]?.text).toContain(
      `codex mcp add everything --url ${world.tenant.canonicalUrl}/mcp/everything`,
    );
    const drift = [{ kind: 'tool', name: 'echo', liveSha256: 'ab'.repeat(32) }] as const;
    await world.registry.noteDrift(world.tenant.id, 'everything' as ServerId, drift);
    expect((await console.viewServer(visitor(alice), 'everything' as ServerId))?.tools).toEqual([]);
    // What a server shows otherwise is no approval.
    expect((await console.listServers(visitor(ada)))[0]?.admin).toMatchObject({
      state: 'drifted',
      approvedAt: approved,
    });
  });

  it('of another tenant are not there', async () => {
    const other = await world.otherTenant('beta');
    const elsewhere = { ...visitor(ada), tenant: other };
    expect(await console.listServers(elsewhere)).toEqual([]);
    expect(await console.viewServer(elsewhere, 'everything' as ServerId)).toBeUndefined();
    expect((await console.listRegisteredAgents(elsewhere)).agents).toEqual([]);
    expect(await console.endAgentGrants(elsewhere, client)).toBe(0);
  });
});

describe('keys', () => {
  it('say which receipt announced each, after a rotation too', async () => {
    await world.receipts.rotateReceiptKey(world.tenant.id);
    await world.receipts.rotateLogKey(world.tenant.id);
    const { signing, trustUrl } = await console.keyOverview(visitor(ada));
    expect(trustUrl).toBe(`${world.tenant.canonicalUrl}/log/trust.json`);
    const purposes = signing.map(({ purpose, state }) => `${purpose} ${state}`).toSorted();
    expect(purposes).toEqual([
      'access-token active',
      'log active',
      'log retired',
      'receipt active',
      'receipt retired',
    ]);
    for (const key of signing) {
      expect(key.kid).toBe(await calculateJwkThumbprint({ ...key.publicJwk }, 'sha256'));
      const receipt = await world.receipts.load(world.tenant.id, key.announcedBy!, { all: true });
      const told = JSON.stringify(receipt?.payload);
      expect(told).toContain(key.vkey === undefined ? `"x":"${key.publicJwk.x}"` : JSON.stringify(key.vkey));
      expect(receipt?.summary.kind).toBe('key');
    }
    const trust = JSON.stringify(await world.receipts.trustFile(world.tenant.id));
    for (const { purpose, vkey, keyHash } of signing) {
      if (purpose !== 'log') expect(vkey).toBeUndefined();
      else expect(trust).toContain(JSON.stringify(vkey));
      if (vkey !== undefined) expect(vkey.split('+')[1]).toBe(keyHash);
    }
  });

  it('stand beside the facts of the log in force', async () => {
    const { id, size, origin } = await console.logFacts(visitor(ada));
    const head = (await world.receipts.log(world.tenant.id)).head();
    expect([id, size]).toEqual([head.id, head.size]);
    expect(origin).toContain(id);
  });
});
