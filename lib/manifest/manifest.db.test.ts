import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClientId, JsonObject, ServerId, TenantSlug } from '#lib/core';
import { DEMO_SECRET_VARIABLES, renderDemoTenant } from '../../e2e/fixtures/render-demo-tenant.ts';
import { setUp } from './testing/set-up.ts';
import type { Applied } from './types.ts';

const demo = renderDemoTenant({
  issuer: 'http://127.0.0.1:9',
  everything: 'http://127.0.0.1:9/everything',
  ledger: 'http://127.0.0.1:9/ledger',
  withoutAttempt: { ledger: ['read_balance'] },
});
const tool = (name: string, properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  name,
  inputSchema: { type: 'object', properties, required, additionalProperties: false },
});
const string = { type: 'string' };
const LEDGER = [
  tool('read_balance', { account: string }, ['account']),
  tool('post_entry', { account: string, environment: { enum: ['dev', 'prod'] } }, ['account', 'environment']),
  tool('close_books', { month: string }, ['month']),
  tool('service_report', {}),
];

let world: Awaited<ReturnType<typeof setUp>>;

async function applied(text: string): Promise<Applied> {
  const result = await world.apply(text);
  if (!result.ok)
    throw new Error(result.error.map((problem) => world.manifest.describeProblem(problem, 'f')).join('\n'));
  return result.value;
}

async function problems(text: string): Promise<string> {
  const result = await world.apply(text);
  return result.ok
    ? ''
    : result.error.map((problem) => world.manifest.describeProblem(problem, 'f')).join('\n');
}

async function acme() {
  const tenant = await world.identity.tenants.bySlug('acme' as TenantSlug);
  if (tenant === undefined) throw new Error('there is no acme');
  return tenant;
}

beforeAll(async () => {
  world = await setUp();
});
afterAll(async () => await world.close());
beforeEach(() => {
  world.listed.set('everything', [tool('echo', { message: string })]);
  world.listed.set('ledger', LEDGER);
  world.environment[DEMO_SECRET_VARIABLES.identityProvider] = 'idp-secret';
  world.environment[DEMO_SECRET_VARIABLES.nightlyReport] = 'n'.repeat(40);
});

describe('applying a tenant file', () => {
  it('writes nothing, not even the tenant, while the file itself is wrong', async () => {
    expect(await problems(`${demo}\nsurprise: 1\n`)).toContain('surprise: is not known here');
    expect(await problems(demo.replace('context.mode == "user" };', 'context.mode = "user" };'))).toMatch(
      /f:\d+:\d+: policies\.agents-for-users: /,
    );
    expect(await world.identity.tenants.bySlug('acme' as TenantSlug)).toBeUndefined();
  });

  it('keeps a tenant empty while its servers do not fit the file, and says where', async () => {
    world.listed.delete('everything');
    expect(await problems(demo)).toMatch(
      /f:\d+:10: servers\[0\]\.url: its definitions could not be read: nobody answers/,
    );
    world.listed.set('everything', []);
    world.listed.set('ledger', LEDGER.slice(2));
    expect(await problems(demo)).toContain(
      "servers[1].without_attempt[0]: server 'ledger' has no tool 'read_balance'",
    );
    const unwaived = demo.replace(/ *without_attempt:\n *- read_balance\n/, '');
    const found = await problems(unwaived);
    const line = unwaived.split('\n').findIndex((text) => text.includes('Tool::"ledger/post_entry"')) + 1;
    expect(found).toContain(`f:${line}:25: policies.post-entries: no Tool 'ledger/post_entry' is pinned`);
    const { id } = await acme();
    expect(await world.registry.list(id)).toEqual([]);
    expect((await world.policy.engine(id)).version).toBe(0);
    expect(await world.identity.providers.load(await acme())).toBeUndefined();
  });

  it('makes everything the file says, with a receipt for each', async () => {
    const result = await applied(demo);
    expect(result.servers.map(({ id, change, mcpUrl }) => [id, change, mcpUrl])).toEqual([
      ['everything', 'created', 'http://localhost:3000/t/acme/mcp/everything'],
      ['ledger', 'created', 'http://localhost:3000/t/acme/mcp/ledger'],
    ]);
    const tenant = await acme();
    const ledger = await world.registry.server(tenant.id, 'ledger' as ServerId);
    expect([...(ledger?.waivers ?? [])]).toEqual(['read_balance']);
    expect(world.manifest.describe(result)).toContain(ledger?.tools.get('post_entry')?.definitionSha256);
    expect((await world.oauth.settings(tenant.id)).admission).toBe('open');
    const provider = await world.identity.providers.load(tenant);
    expect(provider).toMatchObject({ issuer: 'http://127.0.0.1:9', groupsClaim: 'groups' });
    const secret = await world.vault.withSecret(tenant.id, provider?.clientSecretId ?? '', (value) => value);
    expect(secret).toBe('idp-secret');
    const nightly = 'nightly-report' as ClientId;
    expect(await world.identity.agents.verifySecret(tenant.id, nightly, 'n'.repeat(40))).toBe(true);
    expect(result.warnings).toEqual([expect.stringContaining('has no owner yet')]);
    expect((await world.policy.engine(tenant.id)).version).toBe(1);
    const actions = await world.actions('acme');
    expect(actions).toEqual(
      expect.arrayContaining([
        'provider.save',
        'oauth.settings',
        'agent.list',
        'server.create',
        'server.pin',
        'policy.save',
      ]),
    );
    expect(JSON.stringify(result)).not.toContain('idp-secret');
  });

  it('a second time changes nothing and leaves no receipt', async () => {
    const before = await world.actions('acme');
    const result = await applied(demo);
    expect(result).toMatchObject({
      created: false,
      identityProvider: 'unchanged',
      policySet: { changed: false },
    });
    expect(result.servers.map(({ change }) => change)).toEqual(['unchanged', 'unchanged']);
    expect(result.agents.map(({ change }) => change)).toEqual(['unchanged']);
    expect(await world.actions('acme')).toEqual(before);
    const rows = await world.database
      .tenantDb((await acme()).id)
      .read(async (client) => await client.manifestApplication.findMany());
    expect(rows).toMatchObject([{ appliedBy: 'cli:test', sha256: result.sha256 }]);
  });

  it('takes a changed definition in, and ends its drift', async () => {
    const { id } = await acme();
    const server = 'ledger' as ServerId;
    const live = tool('read_balance', { account: string, all: { type: 'boolean' } }, ['account']);
    const pinned = await world.registry.server(id, server);
    await world.registry.noteDrift(id, server, pinned ? world.registry.compare(pinned, 'tool', [live]) : []);
    expect((await world.registry.server(id, server))?.tools.get('read_balance')?.drift).toBeDefined();
    world.listed.set('ledger', [live, ...LEDGER.slice(1)]);
    const result = await applied(demo);
    expect(result.servers[1]?.pins).toMatchObject({ changed: ['tool read_balance'], added: [], removed: [] });
    expect((await world.registry.server(id, server))?.state).toBe('pinned');
  });

  it('keeps the pins of a server that is down, so that policies can change', async () => {
    world.listed.delete('ledger');
    const result = await applied(demo.replace('posted by the release train', 'posted by the train'));
    expect(result.warnings.join()).toContain(
      "server 'ledger' could not be read and keeps what was pinned before",
    );
    expect(result.policySet).toMatchObject({ version: 2, changed: true });
    expect(result.servers[1]?.pins).toBeUndefined();
  });

  it('takes new secrets from where the references lead', async () => {
    world.environment[DEMO_SECRET_VARIABLES.identityProvider] = 'rotated';
    world.environment[DEMO_SECRET_VARIABLES.nightlyReport] = 'm'.repeat(40);
    const result = await applied(demo);
    expect(result).toMatchObject({ identityProvider: 'changed', agents: [{ change: 'saved' }] });
    const nightly = 'nightly-report' as ClientId;
    expect(await world.identity.agents.verifySecret((await acme()).id, nightly, 'n'.repeat(40))).toBe(false);
    delete world.environment[DEMO_SECRET_VARIABLES.nightlyReport];
    expect(await problems(demo)).toContain(
      'agents[0].secret: the variable COUNTERSIGN_SECRET_NIGHTLY_REPORT is not set',
    );
  });

  it('brings back servers whose rows were altered, or stem from before rows were sealed', async () => {
    const { id } = await acme();
    const db = world.database.tenantDb(id);
    await applied(demo);
    await db.sql("update server set seal = null, pins_seal = case when id = 'ledger' then pins_seal end", []);
    await db.sql("update server set url = 'https://thief.example/mcp' where id = 'everything'", []);
    const states = async () => (await world.registry.list(id)).map(({ state }) => state);
    expect(await states()).toEqual(['altered', 'altered']);
    await world.database.notify('registry', id);
    await expect
      .poll(async () => (await world.registry.server(id, 'ledger' as ServerId))?.state)
      .toBe('altered');
    const receipts = (await world.actions('acme')).length;
    // One that is down keeps what was pinned of the address that the file names, and stops nobody else's return.
    world.listed.delete('ledger');
    const result = await applied(demo);
    expect(result.servers.map(({ change }) => change)).toEqual(['updated', 'updated']);
    expect(result.warnings.join()).toContain("server 'ledger', which was not as it was saved");
    expect(await states()).toEqual(['pinned', 'pinned']);
    expect((await world.actions('acme')).slice(receipts)).toEqual([
      'server.update',
      'server.pin',
      'server.update',
    ]);
    world.listed.set('ledger', LEDGER);
    expect((await applied(demo)).servers.map(({ change }) => change)).toEqual(['unchanged', 'unchanged']);
  });

  it('removes what is no longer in the file', async () => {
    const { id } = await acme();
    const grant = {
      tenantId: id,
      id: 'grant-of-the-removed',
      mode: 'agent',
      clientId: 'nightly-report',
      serverId: 'everything',
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + 60_000),
    };
    await world.database.tenantDb(id).read(async (client) => await client.grant.create({ data: grant }));
    const short = demo
      .replace(/agents:\n {2}- client_id[\s\S]*$/, '')
      .replace(/ {2}- id: ledger[\s\S]*?\npolicies:[\s\S]*$/, '\n');
    const result = await applied(short.replace('Acme Corporation', 'Acme Renamed'));
    expect(result).toMatchObject({ removedServers: ['ledger'], removedAgents: ['nightly-report'] });
    expect(result.tenant.displayName).toBe('Acme Renamed');
    expect(await world.registry.server(id, 'ledger' as ServerId)).toBeUndefined();
    expect(await world.identity.agents.load(id, 'nightly-report' as ClientId)).toBeUndefined();
    // Listed again one day, it must not find them in force.
    const kept = await world.database.tenantDb(id).read(async (client) => await client.grant.findMany());
    expect(kept).toMatchObject([{ id: grant.id, revokedAt: expect.any(Date) }]);
    expect(await problems(demo.replace('demo: true', 'demo: false'))).toContain('tenant.demo: is fixed');
  });

  it('twice at the same moment ends as one after the other', async () => {
    const [one, other] = await Promise.all([applied(demo), applied(demo)]);
    expect(one.policySet.sha256).toBe(other.policySet.sha256);
    expect((await world.registry.list((await acme()).id)).map(({ id }) => id)).toEqual([
      'everything',
      'ledger',
    ]);
  });
});

it('makes no demo tenant in an instance that is in production and already runs', async () => {
  const production = await setUp({ environment: 'production' });
  production.environment[DEMO_SECRET_VARIABLES.identityProvider] = 'idp-secret';
  production.environment[DEMO_SECRET_VARIABLES.nightlyReport] = 'n'.repeat(40);
  try {
    const result = await production.apply(demo);
    expect(result.ok).toBe(false);
    if (!result.ok)
      expect(result.error).toMatchObject([
        { at: 'tenant.demo', message: expect.stringContaining('production') },
      ]);
    expect(await production.identity.tenants.bySlug('acme' as TenantSlug)).toBeUndefined();
  } finally {
    await production.close();
  }
});
