/** A tenant's file compared, written back, and released from; the providers' guard; and what was there before. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, TenantSlug } from '#lib/core';
import { setUp } from './testing/set-up.ts';
import type { Applied } from './types.ts';

const FILE = `tenant: {slug: acme, display_name: Acme}
identity_provider:
  issuer: http://127.0.0.1:9
  client_id: countersign
  client_secret: env:COUNTERSIGN_SECRET_ACME_IDP
roles: {'*': [member], platform: [admin]}
servers:
  - {id: wiki, title: Wiki, url: 'https://wiki.example/mcp', credential: {user: none}, timeout_seconds: 9}
policies:
  read: |
    permit (
      principal,
      action,
      resource == Tool::"wiki/read"
    );
agents:
  - {client_id: job.a, name: Job, secret: env:COUNTERSIGN_SECRET_ACME_JOB_A, grant_types: [client_credentials]}
  - client_id: keyed
    name: Keyed
    authentication: private_key_jwt
    jwks: {keys: [{kty: OKP, crv: Ed25519, x: AAAA}]}
    redirect_uris: ['http://127.0.0.1/cb']
`;
const tool = (name: string): JsonObject => ({ name, inputSchema: { type: 'object' } });

let world: Awaited<ReturnType<typeof setUp>>;

beforeAll(async () => {
  world = await setUp();
});
afterAll(async () => await world.close());
beforeEach(() => {
  world.listed.set('wiki', [tool('read')]);
  world.environment['COUNTERSIGN_SECRET_ACME_IDP'] = 'idp-secret';
  world.environment['COUNTERSIGN_SECRET_ACME_JOB_A'] = 'j'.repeat(40);
});

const tenant = async () => await world.identity.tenants.bySlug('acme' as TenantSlug);
async function applied(text: string, dryRun = false): Promise<Applied> {
  const result = await world.apply(text, { dryRun });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
async function exported(policiesDir?: string) {
  const acme = await tenant();
  if (acme === undefined) throw new Error('there is no acme');
  return await world.manifest.export(acme, policiesDir === undefined ? {} : { policiesDir });
}

describe('a dry run', () => {
  it('of a new tenant makes nothing, not even the tenant', async () => {
    const foreseen = await applied(FILE, true);
    expect(world.manifest.describe(foreseen)).toContain('would create tenant acme (Acme)');
    expect(foreseen.changes.map(({ kind, id = '' }) => `${kind} ${id}`)).toContain('server wiki');
    expect(await tenant()).toBeUndefined();
  });

  it('of what is in force finds no change', async () => {
    await applied(FILE);
    const foreseen = await applied(FILE, true);
    expect(foreseen.changes).toEqual([]);
    expect(world.manifest.describe(foreseen)).toContain('nothing would change');
  });

  it('shows the difference member by member, pins and secrets too, and changes nothing', async () => {
    const before = await world.actions('acme');
    world.listed.set('wiki', [tool('read'), tool('write')]);
    world.environment['COUNTERSIGN_SECRET_ACME_IDP'] = 'another';
    const text = FILE.replace('timeout_seconds: 9', 'timeout_seconds: 10')
      .replace('      action,\n', '      action == Action::"tools/call",\n')
      .replace(/ {2}- client_id: keyed[\s\S]*$/, '');
    const foreseen = await applied(text, true);
    expect(foreseen.changes).toEqual([
      { kind: 'identity_provider', change: 'changed', members: [{ at: 'secret' }] },
      {
        kind: 'server',
        id: 'wiki',
        change: 'changed',
        members: [{ at: 'timeout_seconds', from: 9, to: 10 }],
        pins: { added: ['tool write'], changed: [], removed: [] },
      },
      { kind: 'policy', id: 'read', change: 'changed', members: [expect.objectContaining({ at: 'text' })] },
      { kind: 'agent', id: 'keyed', change: 'removed', members: expect.anything() },
    ]);
    const words = world.manifest.describe(foreseen);
    expect(words).toContain('timeout_seconds: 9 -> 10');
    expect(words).toContain('      +   action == Action::"tools/call",');
    expect(words).toContain('    + tool write');
    expect(words).not.toContain('another\n');
    expect(JSON.stringify(foreseen)).not.toContain('"another"');
    expect(await world.actions('acme')).toEqual(before);
    world.listed.set('wiki', [tool('read')]);
    world.environment['COUNTERSIGN_SECRET_ACME_IDP'] = 'idp-secret';
    expect((await applied(FILE, true)).changes).toEqual([]);
  });

  it('refuses what would be refused', async () => {
    expect(await world.apply(FILE.replace('wiki/read', 'wiki/none'), { dryRun: true })).toMatchObject({
      ok: false,
      error: [{ at: 'policies.read' }],
    });
  });
});

describe('a tenant written back', () => {
  it('is a file that changes nothing when it is applied', async () => {
    const { text } = await exported();
    expect(text).toContain('COUNTERSIGN_SECRET_ACME_JOB_A  the secret of agent job.a');
    expect(text).not.toMatch(/idp-secret|jjjj/);
    const before = await world.actions('acme');
    expect((await applied(text)).changes).toEqual([]);
    expect(await world.actions('acme')).toEqual(before);
    expect((await exported()).text).toBe(text);
  });

  it('may have its policies in Cedar files beside it', async () => {
    const { text, policies } = await exported('policies');
    expect(text).toContain('file: policies/read.cedar');
    const folder = await mkdtemp(join(tmpdir(), 'countersign-export-'));
    try {
      await mkdir(join(folder, 'policies'));
      for (const [name, policy] of policies) await writeFile(join(folder, 'policies', name), policy);
      const read = await world.manifest.apply({
        content: text,
        path: join(folder, 'tenant.yaml'),
        origin: 'operator',
        actor: { mode: 'operator', workload: 'cli:test' },
      });
      expect(read).toMatchObject({ ok: true, value: { changes: [] } });
      expect(policies.get('read.cedar')).toContain('resource == Tool::"wiki/read"');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the identity provider', () => {
  const person = {
    id: '018f0000-0000-7000-8000-000000000001',
    reference: 'AAAAAAAAAAAAAAAAAAAAAA',
    issuer: 'http://127.0.0.1:9',
    subject: 'ada',
    groups: ['platform'],
  };
  const name = { kind: 'identity_provider' } as const;
  const body = {
    issuer: 'http://127.0.0.1:9',
    client_id: 'countersign',
    roles: { '*': ['member'], platform: ['admin'] },
  };
  const put = async (changes: object, ifMatch?: string) => {
    const acme = await tenant();
    if (acme === undefined) throw new Error('there is no acme');
    const condition = { actor: { mode: 'user', person } as never, ...(ifMatch && { ifMatch }) };
    return await world.manifest.put(acme, name, { ...body, ...changes }, condition);
  };

  it('that a file no longer names stays, and is the console’s from then on', async () => {
    expect(await put({})).toMatchObject({ ok: false, error: { kind: 'owned-by-file' } });
    const without = FILE.replace(/identity_provider:[\s\S]*?servers:/, 'servers:');
    expect((await applied(without)).changes).toEqual([
      { kind: 'identity_provider', change: 'released', members: [] },
    ]);
    expect(await put({ client_id: 'other' })).toMatchObject({ ok: true, value: { change: 'updated' } });
    expect((await applied(without)).changes).toEqual([]);
  });

  it('is changed by nobody so that nobody, or not they themselves, are admins any more', async () => {
    for (const roles of [{ '*': ['member'] }, { others: ['admin'] }]) {
      expect(await put({ roles })).toMatchObject({
        ok: false,
        error: { kind: 'refused', faults: [{ at: 'roles' }] },
      });
    }
    expect(await put({ roles: { ...body.roles, others: ['admin'] } })).toMatchObject({ ok: true });
  });

  it('of another issuer needs a secret of its own, and has to answer', async () => {
    const issuer = 'http://127.0.0.1:10';
    expect(await put({ issuer })).toMatchObject({
      ok: false,
      error: { kind: 'invalid', faults: [{ message: expect.stringContaining('lacks client_secret') }] },
    });
    expect(await put({ issuer, client_secret: 'new-secret' })).toMatchObject({
      ok: false,
      error: { kind: 'unreadable' },
    });
  });

  it('keeps its secret in the vault, and shows only that there is one', async () => {
    const done = await put({ client_secret: 'typed-in-the-console' });
    expect(done).toMatchObject({ ok: true, value: { resource: { body: { has_secret: true } } } });
    expect(JSON.stringify(done)).not.toContain('typed-in-the-console');
    const acme = await tenant();
    const stored = acme && (await world.identity.providers.load(acme));
    if (acme === undefined || stored?.clientSecretId === undefined) throw new Error('nothing is stored');
    expect(await world.vault.withSecret(acme.id, stored.clientSecretId, (secret) => secret)).toBe(
      'typed-in-the-console',
    );
    expect(await put({ client_secret: 'typed-in-the-console' })).toMatchObject({
      value: { change: 'unchanged' },
    });
  });

  it('is never removed', async () => {
    const acme = await tenant();
    if (acme === undefined) throw new Error('there is no acme');
    const actor = { mode: 'user', person } as never;
    expect(await world.manifest.remove(acme, name, { actor })).toMatchObject({
      ok: false,
      error: { kind: 'refused' },
    });
  });

  it('that is refused where it says to have moved stays so when its file is applied again, until the file names the host', async () => {
    await applied(FILE);
    await world.sqlAsOwner(
      `update identity_provider set endpoint_hosts = '{127.0.0.1:9}', refused_hosts = '{127.0.0.1:9,keys.example:443}'`,
    );
    const hosts = async () => {
      const acme = await tenant();
      return acme && (await world.manifest.load(acme, name))?.hosts;
    };
    const again = await applied(FILE);
    expect(again).toMatchObject({ identityProvider: 'unchanged', changes: [] });
    expect(again.warnings.join()).toContain('set endpoint_hosts: [127.0.0.1:9, keys.example:443]');
    expect((await hosts())?.pinned).toEqual(['127.0.0.1:9']);

    const naming = FILE.replace('  client_id:', '  endpoint_hosts: [Keys.example]\n  client_id:');
    const accepted = await applied(naming);
    expect(accepted.warnings).toEqual([]);
    expect(accepted.changes).toMatchObject([
      { members: [{ at: 'endpoint_hosts', from: [], to: ['keys.example:443'] }] },
    ]);
    expect(await hosts()).toEqual({ pinned: ['127.0.0.1:9', 'keys.example:443'], refused: [] });
    const actions = await world.actions('acme');
    expect(actions.slice(actions.lastIndexOf('provider.save'))).toContain('provider.pin');
    expect((await exported()).text).toContain('endpoint_hosts: [ keys.example:443 ]');
    expect((await applied(naming)).changes).toEqual([]);
    const wrong = await world.apply(FILE.replace('  client_id:', '  endpoint_hosts: [a/b]\n  client_id:'));
    expect(JSON.stringify(wrong)).toContain('is no host');
    await applied(FILE);
  });

  it('may get roles without an admin from a file, with a warning', async () => {
    const result = await applied(FILE.replace('platform: [admin]', 'platform: [auditor]'));
    expect(result.warnings.join()).toContain('no group has the role admin');
    await applied(FILE);
  });
});

describe('what was applied before there were owners', () => {
  const migration = readFileSync(
    join(import.meta.dirname, '../../prisma/migrations/20261127032000_file_ownership/migration.sql'),
    'utf8',
  );

  it('belongs to the last file, but for agents that registered themselves', async () => {
    const acme = await tenant();
    if (acme === undefined) throw new Error('there is no acme');
    await world.identity.agents.register(acme, { clientId: 'dyn' as never, name: 'D', metadata: {} }, 'open');
    await world.sqlAsOwner('update manifest_application set owns = array[]::text[]');
    expect((await world.manifest.list(acme, 'server')).map(({ owner }) => owner)).toEqual(['console']);
    await world.sqlAsOwner(migration.slice(migration.indexOf('-- Until now')));
    const owners = [];
    for (const kind of ['settings', 'identity_provider', 'server', 'policy', 'agent'] as const)
      owners.push(...(await world.manifest.list(acme, kind)).map(({ id = kind, owner }) => `${id} ${owner}`));
    expect(owners).toEqual([
      'settings file',
      'identity_provider file',
      'wiki file',
      'read file',
      'job.a file',
      'keyed file',
    ]);
  });
});
