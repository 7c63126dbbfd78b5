import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClientId, JsonObject, ServerId, TenantSlug } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { PutReport, ResourceKind, ResourceName, ResourceProblem } from './resource-types.ts';
import { setUp } from './testing/set-up.ts';

const ADMIN = {
  mode: 'user',
  person: {
    id: '018f0000-0000-7000-8000-000000000001',
    reference: 'AAAAAAAAAAAAAAAAAAAAAA',
    issuer: 'https://idp.example',
    subject: 'ada',
    groups: ['platform'],
  },
} as never;
const FILE = `
tenant: {slug: acme}
servers:
  - {id: owned, title: Owned, url: 'https://owned.example/mcp', credential: {user: none}}
policies:
  use-owned: permit (principal, action, resource == Tool::"owned/look");
agents:
  - {client_id: cli, name: CLI, redirect_uris: ['http://127.0.0.1/cb']}
`;
const tool = (name: string, properties: JsonObject = {}): JsonObject => ({
  name,
  inputSchema: { type: 'object', properties, additionalProperties: false },
});
const WIKI = {
  title: 'Wiki',
  url: 'https://wiki.example/mcp',
  credential: { user: 'none' },
};

let world: Awaited<ReturnType<typeof setUp>>;
let acme: TenantRecord;

beforeAll(async () => {
  world = await setUp();
  world.listed.set('owned', [tool('look')]);
  const applied = await world.apply(FILE);
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  acme = applied.value.tenant;
});
afterAll(async () => await world.close());
beforeEach(() => {
  world.listed.set('owned', [tool('look')]);
  world.listed.set('wiki', [tool('read'), tool('write')]);
});

interface Conditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}
const put = async (name: ResourceName, body: unknown, conditions: Conditions = {}) =>
  await world.manifest.put(acme, name, body, { ...conditions, actor: ADMIN });
async function done(name: ResourceName, body: unknown, conditions: Conditions = {}): Promise<PutReport> {
  const result = await put(name, body, conditions);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
async function problem(
  name: ResourceName,
  body: unknown,
  conditions: Conditions = {},
): Promise<ResourceProblem> {
  const result = await put(name, body, conditions);
  if (result.ok) throw new Error('it was accepted');
  return result.error;
}
const remove = async (name: ResourceName, conditions: Conditions = {}) =>
  await world.manifest.remove(acme, name, { ...conditions, actor: ADMIN });
const server = (id: string) => ({ kind: 'server', id }) as const;
const policy = (id: string) => ({ kind: 'policy', id }) as const;
const agent = (id: string) => ({ kind: 'agent', id }) as const;
async function names(kind: ResourceKind): Promise<readonly string[]> {
  return (await world.manifest.list(acme, kind)).map(({ id = '', owner }) => `${id} ${owner}`);
}
async function probed(id: string) {
  const body = (await world.manifest.load(acme, server(id)))?.body;
  const probe = await world.manifest.probe(acme, body);
  if (!probe.ok) throw new Error(JSON.stringify(probe.error));
  return probe.value;
}
const tools = async (id: string) => [
  ...((await world.registry.server(acme.id, id as ServerId))?.tools.keys() ?? []),
];

describe('what a file owns', () => {
  it('is shown as the file’s, and is changed by nothing else', async () => {
    expect(await names('server')).toEqual(['owned file']);
    expect(await names('policy')).toEqual(['use-owned file']);
    expect(await names('agent')).toEqual(['cli file']);
    const before = await world.actions('acme');
    const bodies: readonly [ResourceName, object][] = [
      [server('owned'), WIKI],
      [policy('use-owned'), { text: 'permit (principal, action, resource);' }],
      [agent('cli'), { name: 'Mine', authentication: 'none', redirect_uris: ['http://127.0.0.1/cb'] }],
    ];
    for (const [name, body] of bodies) {
      expect((await problem(name, body)).kind).toBe('owned-by-file');
      expect(await remove(name)).toMatchObject({ ok: false, error: { kind: 'owned-by-file' } });
    }
    expect(await world.manifest.rotateAgentSecret(acme, 'cli', ADMIN)).toMatchObject({
      ok: false,
      error: { kind: 'owned-by-file' },
    });
    expect(await world.actions('acme')).toEqual(before);
  });

  it('leaves the rest to the console: settings that it does not name, too', async () => {
    const settings = await world.manifest.load(acme, { kind: 'settings' });
    expect(settings).toMatchObject({
      owner: 'console',
      body: { display_name: 'acme', admission: 'approval' },
    });
    const body = { display_name: 'Acme', admission: 'listed', grants: { hours: 3 } };
    const report = await done({ kind: 'settings' }, body, { ifMatch: settings?.etag ?? '' });
    expect(report).toMatchObject({
      change: 'updated',
      resource: { body: { ...body, grants: { hours: 3, refresh_replay_seconds: 10 } } },
    });
    expect((await world.oauth.settings(acme.id)).admission).toBe('listed');
    expect((await world.identity.tenants.bySlug('acme' as TenantSlug))?.displayName).toBe('Acme');
  });
});

describe('a server that the console makes', () => {
  it('starts with nothing pinned, and a policy can’t name what nobody approved', async () => {
    const report = await done(server('wiki'), WIKI, { ifNoneMatch: '*' });
    expect(report).toMatchObject({ change: 'created', resource: { owner: 'console', state: 'unpinned' } });
    expect(report.warnings.join()).toContain('until an admin approves');
    expect(await tools('wiki')).toEqual([]);
    const text = 'permit (principal, action, resource == Tool::"wiki/read");';
    expect(await problem(policy('wiki-read'), { text })).toMatchObject({
      kind: 'invalid',
      faults: [{ at: 'text', line: 1, message: expect.stringContaining("no Tool 'wiki/read'") }],
    });
  });

  it('shows what it offers before anything of it is pinned, and pins what was chosen of that', async () => {
    const probe = await probed('wiki');
    expect(probe.definitions.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'read new',
      'write new',
    ]);
    const definitions = [{ kind: 'tool', name: 'read' }] as const;
    const { listingSha256 } = probe;
    const approved = await world.manifest.approve(acme, 'wiki' as ServerId, {
      listingSha256,
      definitions,
      actor: ADMIN,
    });
    expect(approved).toMatchObject({ ok: true, value: { added: ['tool read'] } });
    expect(await tools('wiki')).toEqual(['read']);
    expect((await world.manifest.load(acme, server('wiki')))?.state).toBe('pinned');
  });

  it('is not pinned when it shows something else than was looked at', async () => {
    const { listingSha256 } = await probed('wiki');
    world.listed.set('wiki', [tool('read'), tool('write', { path: { type: 'string' } })]);
    const approval = { listingSha256, actor: ADMIN };
    expect(await world.manifest.approve(acme, 'wiki' as ServerId, approval)).toMatchObject({
      ok: false,
      error: { kind: 'stale' },
    });
    const chosen = { ...approval, listingSha256: (await probed('wiki')).listingSha256 };
    const definitions = [{ kind: 'tool', name: 'nothing' }] as const;
    expect(await world.manifest.approve(acme, 'wiki' as ServerId, { ...chosen, definitions })).toMatchObject({
      ok: false,
      error: { kind: 'invalid' },
    });
    expect(await tools('wiki')).toEqual(['read']);
  });

  it('keeps a changed definition denied while another one is approved', async () => {
    world.listed.set('wiki', [tool('read', { all: { type: 'boolean' } }), tool('write')]);
    const { listingSha256, definitions } = await probed('wiki');
    expect(definitions.find(({ name }) => name === 'read')).toMatchObject({
      status: 'changed',
      pinned: { definition: tool('read') },
    });
    const chosen = [{ kind: 'tool', name: 'write' }] as const;
    await world.manifest.approve(acme, 'wiki' as ServerId, {
      listingSha256,
      definitions: chosen,
      actor: ADMIN,
    });
    const now = await world.registry.server(acme.id, 'wiki' as ServerId);
    expect(now?.state).toBe('drifted');
    expect(now?.tools.get('read')?.drift).toBeDefined();
    expect(now?.tools.get('read')?.definition).toEqual(tool('read'));
    expect(now?.tools.get('write')?.drift).toBeUndefined();
    await world.manifest.approve(acme, 'wiki' as ServerId, { listingSha256, actor: ADMIN });
    expect((await world.registry.server(acme.id, 'wiki' as ServerId))?.state).toBe('pinned');
  });

  it('can’t go, lose a pin or move while a policy names its tools; the refusal says which', async () => {
    await done(policy('wiki-write'), { text: 'permit (principal, action, resource == Tool::"wiki/write");' });
    const before = await world.actions('acme');
    const refusals = [
      await remove(server('wiki')),
      await put(server('wiki'), { ...WIKI, url: 'https://wiki2.example/mcp' }),
      await world.manifest.approve(acme, 'wiki' as ServerId, {
        listingSha256: (await probed('wiki')).listingSha256,
        withdraw: [{ kind: 'tool', name: 'write' }],
        actor: ADMIN,
      }),
    ];
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        ok: false,
        error: { kind: 'refused', message: expect.stringContaining("'wiki-write'") },
      });
    }
    expect(await tools('wiki')).toEqual(['read', 'write']);
    expect(await world.actions('acme')).toEqual(before);
    expect(await remove(policy('wiki-write'))).toMatchObject({ ok: true });
  });

  it('whose row was altered is saved again before anything of it is approved, whatever policies name', async () => {
    await done(policy('wiki-write'), { text: 'permit (principal, action, resource == Tool::"wiki/write");' });
    const db = world.database.tenantDb(acme.id);
    const methods = `settings = jsonb_set(settings, '{allowMethods}', '["x/y"]')`;
    await db.sql(`update server set title = 'Altered', seal = null, ${methods}`, []);
    expect(await world.manifest.load(acme, server('wiki'))).toMatchObject({
      state: 'altered',
      body: { title: 'wiki', url: '', credential: {}, allow_methods: [] },
    });
    const approval = { listingSha256: '0'.repeat(64), actor: ADMIN };
    expect(await world.manifest.approve(acme, 'wiki' as ServerId, approval)).toMatchObject({
      ok: false,
      error: { kind: 'refused', message: expect.stringContaining('save its settings again') as string },
    });
    expect(await world.manifest.probeRegistered(acme, 'wiki' as ServerId)).toMatchObject({
      ok: false,
      error: { kind: 'refused', message: expect.stringContaining('save its settings again') as string },
    });
    // Meanwhile policies that name what is not usable are saved as ever.
    await done(policy('wiki-read'), { text: 'permit (principal, action, resource == Tool::"wiki/read");' });
    const report = await done(server('wiki'), WIKI);
    expect(report).toMatchObject({ change: 'updated', resource: { state: 'pinned' } });
    const applied = await world.apply(FILE);
    expect(applied.ok && applied.value.changes.map(({ id }) => id)).toEqual(['owned']);
    expect(await remove(policy('wiki-write'))).toMatchObject({ ok: true });
    expect(await remove(policy('wiki-read'))).toMatchObject({ ok: true });
  });

  it('whose pins were altered is approved anew, and nothing that was not chosen stays', async () => {
    const db = world.database.tenantDb(acme.id);
    await db.sql("update server set pins_seal = null where id = 'wiki'", []);
    expect((await world.manifest.load(acme, server('wiki')))?.state).toBe('unpinned');
    const probe = await probed('wiki');
    expect(probe.definitions.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'read new',
      'write new',
    ]);
    const { listingSha256 } = probe;
    const approve = async (definitions?: readonly { kind: 'tool'; name: string }[]) =>
      await world.manifest.approve(acme, 'wiki' as ServerId, {
        listingSha256,
        ...(definitions && { definitions }),
        actor: ADMIN,
      });
    expect(await approve([{ kind: 'tool', name: 'read' }])).toMatchObject({ ok: true });
    expect(await tools('wiki')).toEqual(['read']);
    expect(await approve()).toMatchObject({ ok: true });
    expect((await world.manifest.load(acme, server('wiki')))?.state).toBe('pinned');
  });

  it('with another URL is another server: nothing of it is pinned', async () => {
    const report = await done(server('wiki'), { ...WIKI, url: 'https://wiki2.example/mcp' });
    expect(report).toMatchObject({ change: 'updated', resource: { state: 'unpinned' } });
    expect(await tools('wiki')).toEqual([]);
  });

  it('has no waiver for a tool that nobody approved', async () => {
    const moved = { ...WIKI, url: 'https://wiki2.example/mcp', without_attempt: ['read'] };
    expect(await problem(server('wiki'), moved)).toMatchObject({
      kind: 'invalid',
      faults: [{ at: 'without_attempt[0]' }],
    });
  });

  it('takes its grants with it when it is removed', async () => {
    const grant = {
      tenantId: acme.id,
      id: 'grant-at-the-wiki',
      mode: 'agent',
      clientId: 'cli',
      serverId: 'wiki',
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + 60_000),
    };
    const db = world.database.tenantDb(acme.id);
    await db.read(async (client) => await client.grant.create({ data: grant }));
    expect(await remove(server('wiki'))).toMatchObject({ ok: true });
    expect(await remove(server('wiki'))).toMatchObject({ ok: false, error: { kind: 'missing' } });
    const rows = await db.read(async (client) => await client.grant.findMany({ where: { id: grant.id } }));
    expect(rows).toMatchObject([{ revokedAt: expect.any(Date) }]);
  });
});

describe('a change', () => {
  it('again with the same body writes nothing and receipts nothing', async () => {
    await done(server('again'), WIKI);
    const before = await world.actions('acme');
    const first = await world.manifest.load(acme, server('again'));
    expect(await done(server('again'), first?.body)).toMatchObject({
      change: 'unchanged',
      resource: { etag: first?.etag },
    });
    expect(await world.actions('acme')).toEqual(before);
  });

  it('is refused when somebody was there first', async () => {
    const seen = await world.manifest.load(acme, server('again'));
    await done(server('again'), { ...WIKI, title: 'By somebody else' }, { ifMatch: seen?.etag ?? '' });
    expect((await problem(server('again'), WIKI, { ifMatch: seen?.etag ?? '' })).kind).toBe('stale');
    expect((await problem(server('again'), WIKI, { ifMatch: `W/${seen?.etag}` })).kind).toBe('stale');
    expect((await problem(server('again'), WIKI, { ifNoneMatch: '*' })).kind).toBe('exists');
    expect((await problem(server('new'), WIKI, { ifMatch: '*' })).kind).toBe('stale');
    expect(await remove(server('again'), { ifMatch: seen?.etag ?? '' })).toMatchObject({
      ok: false,
      error: { kind: 'stale' },
    });
    expect((await world.manifest.load(acme, server('again')))?.body['title']).toBe('By somebody else');
  });

  it('of two that saw the same, one wins', async () => {
    const { etag = '' } = (await world.manifest.load(acme, server('again'))) ?? {};
    const both = await Promise.all(
      ['One', 'Two'].map((title) => put(server('again'), { ...WIKI, title }, { ifMatch: etag })),
    );
    expect(both.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    await remove(server('again'));
  });

  it.each<[string, ResourceName, unknown, string]>([
    ['not an object', server('x'), [], ''],
    ['unknown members', server('x'), { ...WIKI, surprise: 1 }, 'surprise'],
    ['a wrong type', server('x'), { ...WIKI, email: 'yes' }, 'email'],
    ['a bad id', server('Not_A_Label'), WIKI, 'id'],
    ['another id inside', server('x'), { ...WIKI, id: 'y' }, 'id'],
    ['credentials in the URL', server('x'), { ...WIKI, url: 'https://u:p@x/' }, 'url'],
    ['a command of its own', server('x'), { ...WIKI, url: 'stdio:files', command: '/bin/sh' }, 'command'],
    ['a command as its URL', server('x'), { ...WIKI, url: 'stdio:/bin/sh' }, 'url'],
    ['a bidirectional title', server('x'), { ...WIKI, title: 'Wiki\u202e' }, 'title'],
    ['a NUL', server('x'), { ...WIKI, without_attempt: ['a\0'] }, 'without_attempt[0]'],
    [
      'half a surrogate pair',
      policy('x'),
      { text: 'permit (principal, action, resource); // \ud800' },
      'text',
    ],
    ['a hidden member', server('x'), JSON.parse('{"__proto__": {}}'), '__proto__'],
    ['wrong Cedar', policy('x'), { text: 'permit (oops);' }, 'text'],
    [
      'a secret in an agent’s body',
      agent('x'),
      { name: 'X', authentication: 'none', secret: 'env:X' },
      'secret',
    ],
    [
      'a reference as a secret',
      { kind: 'identity_provider' },
      { issuer: 'http://idp.example', client_id: 'c', client_secret: 'x' },
      'issuer',
    ],
    [
      'an owner nobody knows',
      agent('x'),
      { name: 'X', authentication: 'none', redirect_uris: ['http://127.0.0.1/'], owner: 'no@body.example' },
      'owner',
    ],
    [
      'a private key',
      agent('x'),
      {
        name: 'X',
        authentication: 'private_key_jwt',
        grant_types: ['client_credentials'],
        jwks: { keys: [{ kty: 'OKP', d: 'x' }] },
      },
      '',
    ],
  ])('with %s is refused where it is wrong', async (_, name, body, at) => {
    const before = await world.actions('acme');
    const found = await problem(name, body);
    expect(found.kind).toBe('invalid');
    expect(found.faults.map((fault) => fault.at)).toContain(at);
    expect(await world.manifest.load(acme, name)).toBeUndefined();
    expect(await world.actions('acme')).toEqual(before);
  });
});

describe('an agent that the console makes', () => {
  const body = { name: 'Job', authentication: 'client_secret_basic', grant_types: ['client_credentials'] };

  it('gets a secret once, of which only a hash is kept', async () => {
    const report = await done(agent('job'), body);
    const { secret = '' } = report;
    expect(secret.length).toBeGreaterThanOrEqual(40);
    expect(await world.identity.agents.verifySecret(acme.id, 'job' as ClientId, secret)).toBe(true);
    expect(JSON.stringify(await world.manifest.list(acme, 'agent'))).not.toContain(secret);
    expect((await done(agent('job'), body)).secret).toBeUndefined();
    expect(await world.identity.agents.verifySecret(acme.id, 'job' as ClientId, secret)).toBe(true);
    expect(report.resource.body).toMatchObject({ has_secret: true, grant_types: ['client_credentials'] });
  });

  it('gets another one when asked, and the old one is void', async () => {
    const { etag = '' } = (await world.manifest.load(acme, agent('job'))) ?? {};
    const rotated = await world.manifest.rotateAgentSecret(acme, 'job', ADMIN);
    if (!rotated.ok) throw new Error('not rotated');
    const { secret } = rotated.value;
    expect(await world.identity.agents.verifySecret(acme.id, 'job' as ClientId, secret)).toBe(true);
    expect((await problem(agent('job'), body, { ifMatch: etag })).kind).toBe('stale');
    const keyed = { ...body, authentication: 'private_key_jwt', jwks: { keys: [{ kty: 'OKP', x: 'AA' }] } };
    expect((await done(agent('job'), keyed)).resource.body).toMatchObject({ has_secret: false });
    expect(await world.identity.agents.verifySecret(acme.id, 'job' as ClientId, secret)).toBe(false);
    expect(await world.manifest.rotateAgentSecret(acme, 'job', ADMIN)).toMatchObject({
      ok: false,
      error: { kind: 'refused' },
    });
  });

  it('is no agent that registered itself: that one is admitted instead', async () => {
    const draft = { clientId: 'dyn_1' as ClientId, name: 'Stranger', metadata: {} };
    await world.identity.agents.register(acme, draft, 'pending');
    expect((await problem(agent('dyn_1'), body)).kind).toBe('refused');
    expect(await world.manifest.load(acme, agent('dyn_1'))).toBeUndefined();
    expect(await world.manifest.admitAgent(acme, 'dyn_1', 'admitted', ADMIN)).toMatchObject({ ok: true });
    expect((await world.identity.agents.load(acme.id, 'dyn_1' as ClientId))?.admission).toBe('admitted');
    expect(await world.manifest.admitAgent(acme, 'job', 'refused', ADMIN)).toMatchObject({
      ok: false,
      error: { kind: 'refused' },
    });
  });

  it('is no agent that registered itself: that one is removed for itself, by the tenant that knows it', async () => {
    const dynamic = 'dyn_2' as ClientId;
    const other = await world.apply('tenant: {slug: beta}\n');
    if (!other.ok) throw new Error(JSON.stringify(other.error));
    await world.identity.agents.register(acme, { clientId: dynamic, name: 'Stranger', metadata: {} }, 'open');
    const actor = { mode: 'operator', workload: 'cli:test' } as const;
    const removed = async (tenant: TenantRecord, id: string) => {
      const done = await world.manifest.removeRegisteredAgent(tenant, id, actor);
      return done.ok ? 'removed' : done.error.kind;
    };
    expect(await removed(other.value.tenant, 'dyn_2')).toBe('missing');
    expect(await removed(acme, 'job')).toBe('refused');
    expect(await removed(acme, 'dyn_2')).toBe('removed');
    expect(await world.identity.agents.load(acme.id, dynamic)).toBeUndefined();
    expect(await world.identity.agents.load(acme.id, 'job' as ClientId)).toBeDefined();
    expect((await world.actions('acme')).filter((action) => action === 'agent.remove')).toHaveLength(1);
    expect(await removed(acme, 'dyn_2')).toBe('missing');
  });
});

describe('an id that is the name of a page or an action', () => {
  it.each<[ResourceName, unknown]>([
    [server('new'), WIKI],
    [server('probe'), WIKI],
    [policy('versions'), { text: 'permit (principal, action, resource);' }],
    [agent('new'), { name: 'Job', authentication: 'none', redirect_uris: ['http://127.0.0.1/cb'] }],
  ])('is refused, for nobody could look at it: %o', async (name, body) => {
    const refused = await problem(name, body);
    expect(refused.kind).toBe('invalid');
    expect(refused.faults[0]?.message).toContain('name of a page or an action');
  });
});

describe('an earlier version of the policies', () => {
  const activate = async (version: number, ifMatch?: string) =>
    await world.manifest.activatePolicies(acme, version, { actor: ADMIN, ...(ifMatch && { ifMatch }) });

  it('comes back, while it is no other in what a file owns', async () => {
    await done(policy('older'), { text: 'permit (principal, action, resource in Server::"owned");' });
    const { version } = await world.policy.engine(acme.id);
    await done(policy('newer'), { text: 'permit (principal, action, resource in Server::"owned");' });
    expect(await activate(version, '"seen-otherwise"')).toMatchObject({
      ok: false,
      error: { kind: 'stale' },
    });
    const { setSha256 } = await world.policy.engine(acme.id);
    expect(await activate(version, `"${setSha256}"`)).toMatchObject({ ok: true, value: { version } });
    expect(await names('policy')).toEqual(['older console', 'use-owned file']);
    expect(await activate(999)).toMatchObject({ ok: false, error: { kind: 'missing' } });
  });

  it('that has a file’s policy otherwise stays where it is', async () => {
    const { version } = await world.policy.engine(acme.id);
    const text = 'forbid (principal, action, resource == Tool::"owned/look")';
    await world.apply(FILE.replace('permit (principal, action, resource == Tool::"owned/look")', text));
    const { setSha256 } = await world.policy.engine(acme.id);
    expect(await activate(version)).toMatchObject({ ok: false, error: { kind: 'owned-by-file' } });
    expect((await world.policy.engine(acme.id)).setSha256).toBe(setSha256);
    expect(await world.apply(FILE)).toMatchObject({ ok: true });
  });
});

describe('policies that something else put in force', () => {
  const PERMIT = { text: 'permit (principal, action, resource in Server::"owned");' };
  const alter = async () =>
    await world.database.tenantDb(acme.id).sql('update policy_set set seal = null', []);

  it('come back with the file as far as it names them, what forbids stays, and nothing is permitted by anybody else', async () => {
    await done(policy('never'), { text: 'forbid (principal, action, resource == Tool::"owned/look");' });
    const { version } = await world.policy.engine(acme.id);
    await alter();
    expect(await names('policy')).toEqual(['never console']);
    const result = await world.apply(FILE);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    expect(result.value.policySet.changed).toBe(true);
    expect(result.value.warnings.join()).toContain('in force no more: older;');
    expect(await names('policy')).toEqual(['never console', 'use-owned file']);

    // An admin who has looked at it brings the whole version back.
    expect(await world.manifest.activatePolicies(acme, version, { actor: ADMIN })).toMatchObject({
      ok: true,
      value: { version, changed: true },
    });
    expect(await names('policy')).toEqual(['never console', 'older console', 'use-owned file']);
    expect(await world.policy.isSaved(acme.id)).toBe(true);
  });

  it('come back with a version that an admin activates, also the same once more', async () => {
    const { version } = await world.policy.engine(acme.id);
    await alter();
    expect(await world.manifest.activatePolicies(acme, version, { actor: ADMIN })).toMatchObject({
      ok: true,
      value: { version, changed: true },
    });
    expect(await world.policy.isSaved(acme.id)).toBe(true);
  });

  it('take nothing along that permits when an admin saves another policy', async () => {
    const planted = { ...PERMIT, evil: 'permit (principal, action, resource);' };
    await world.database
      .tenantDb(acme.id)
      .sql('update policy_set set policies = policies || $1, sha256 = $2 where active', [
        JSON.stringify({ evil: planted.evil }),
        'f'.repeat(64),
      ]);
    await done(policy('mine'), PERMIT);
    expect(await names('policy')).toEqual(['mine console', 'never console']);
    const result = await world.apply(FILE);
    expect(result.ok && result.value.warnings).toEqual([]);
    await remove(policy('mine'));
    await remove(policy('never'));
    await done(policy('older'), PERMIT);
    expect(await names('policy')).toEqual(['older console', 'use-owned file']);
  });
});

describe('a file that is applied again', () => {
  it('leaves alone what only the console knows', async () => {
    await done(server('kept'), { ...WIKI, url: 'https://kept.example/mcp' });
    const result = await world.apply(FILE);
    expect(result).toMatchObject({ ok: true, value: { changes: [], removedServers: [] } });
    expect(await names('server')).toEqual(['kept console', 'owned file']);
    expect(await names('policy')).toEqual(['older console', 'use-owned file']);
    expect((await world.oauth.settings(acme.id)).admission).toBe('listed');
  });

  it('takes over what it names, and says so; what it no longer names goes', async () => {
    world.listed.set('kept', [tool('look')]);
    const line = "  - {id: kept, title: Wiki, url: 'https://kept.example/mcp', credential: {user: none}}\n";
    const result = await world.apply(FILE.replace('policies:', `${line}policies:`));
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    expect(result.value.changes).toMatchObject([{ kind: 'server', id: 'kept', change: 'taken-over' }]);
    expect(world.manifest.describe(result.value)).toContain('server kept  taken over from the console');
    expect((await problem(server('kept'), WIKI)).kind).toBe('owned-by-file');
    expect(await world.apply(FILE)).toMatchObject({ ok: true, value: { removedServers: ['kept'] } });
    expect(await names('server')).toEqual(['owned file']);
  });

  it('counts as the last one, also when an earlier one was applied by a clock that was ahead', async () => {
    await world.sqlAsOwner("update manifest_application set applied_at = applied_at + interval '1 hour'");
    expect(await world.apply(FILE.replace('{slug: acme}', '{slug: acme, display_name: Acme}'))).toMatchObject(
      {
        ok: true,
      },
    );
    expect((await problem({ kind: 'settings' }, { display_name: 'Mine' })).kind).toBe('owned-by-file');
    expect(await world.apply(FILE)).toMatchObject({ ok: true, value: { changes: [{ change: 'released' }] } });
  });

  it('releases settings that it no longer names, as they are', async () => {
    const named = FILE.replace('{slug: acme}', '{slug: acme, display_name: Acme}\nadmission: open');
    expect(await world.apply(named)).toMatchObject({ ok: true });
    expect((await problem({ kind: 'settings' }, { display_name: 'Mine' })).kind).toBe('owned-by-file');
    const released = await world.apply(FILE);
    expect(released).toMatchObject({
      ok: true,
      value: { changes: [{ kind: 'settings', change: 'released' }] },
    });
    expect(await world.manifest.load(acme, { kind: 'settings' })).toMatchObject({
      owner: 'console',
      body: { admission: 'open' },
    });
  });
});
