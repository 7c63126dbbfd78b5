import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { err, type ServerId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { createStdio } from '#lib/stdio';
import { plantSigningKey } from '../../e2e/harness/index.ts';
import { machine } from '../stdio/testing/declare.ts';
import { diagnoseInstance } from './diagnose-instance.ts';
import { gatherFacts } from './gather-facts.ts';
import { createTenant, createWorld, OPERATOR, type World } from './testing/start-world.ts';
import type { Finding } from './finding.ts';
import type { Runtime } from './types.ts';

let world: World;
let runtime: Runtime;
let acme: TenantRecord;

beforeAll(async () => {
  world = await createWorld();
  runtime = await world.start();
  acme = await createTenant(runtime, 'acme');
});
afterAll(async () => {
  await runtime.close();
  await world.close();
});

async function finding(name: string, of: Runtime = runtime): Promise<Finding> {
  const found = (await of.diagnose()).find((each) => each.name === name);
  if (found === undefined) throw new Error(`nothing was said of ${name}`);
  return found;
}

/** Diagnosed by a process with other settings. */
async function findingWith(env: Record<string, string>, name: string): Promise<Finding> {
  const other = await world.start(env);
  try {
    return await finding(name, other);
  } finally {
    await other.close();
  }
}

describe('what the doctor finds', () => {
  it('says of everything that is wrong how to mend it, and nothing of what is right', async () => {
    const findings = await runtime.diagnose();
    expect(findings.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['acme: identity provider']);
    for (const { ok, detail, remedy } of findings) {
      if (ok) expect(remedy).toBeUndefined();
      else expect(`${detail} ${remedy}`).toMatch(/\w+ .*\w+/);
    }
  });

  it('a signing key that somebody wrote into the database', async () => {
    const db = runtime.database.tenantDb(acme.id);
    const { kid } = await plantSigningKey(db, 'access-token');
    const found = await finding('acme: keys');
    expect(found).toMatchObject({ ok: false, detail: expect.stringContaining(kid) as string });
    await db.sql('delete from signing_key where tenant_id = $1 and kid = $2', [acme.id, kid]);
    expect(await finding('acme: keys')).toEqual({ name: 'acme: keys', ok: true });
  });

  it('a role that could switch row-level security off', async () => {
    const found = await findingWith({ DATABASE_URL: world.test.adminUrl }, 'database role');
    expect(found).toMatchObject({ ok: false, remedy: expect.stringMatching(/DATABASE_URL/) as string });
    expect(found.detail).toMatch(/superuser|owns tables/);
    expect((await finding('database role')).ok).toBe(true);
  });

  it('commits that a crash could lose', async () => {
    const url = new URL(world.test.url);
    url.searchParams.set('options', '-c synchronous_commit=off');
    const found = await findingWith({ DATABASE_URL: url.href }, 'synchronous commit');
    expect(found).toMatchObject({
      ok: false,
      remedy: expect.stringMatching(/SET synchronous_commit/) as string,
    });
  });

  it('standbys that no commit waits for', async () => {
    expect((await finding('synchronous standby')).ok).toBe(true);
    const standby = new Client({
      connectionString: world.test.adminUrl,
      replication: 'true',
    } as ConstructorParameters<typeof Client>[0]);
    await standby.connect();
    try {
      const found = await finding('synchronous standby');
      expect(found.detail).toMatch(/^1 servers replicate .* no commit waits/);
      expect(found.remedy).toMatch(/synchronous_standby_names/);
    } finally {
      await standby.end();
    }
  });

  it('keys: a missing file, a folder open to all, files that belong to nobody here', async () => {
    const keysDir = join(world.dataDir, 'keys');
    const file = readdirSync(keysDir).find((name) => name.startsWith(acme.id)) ?? '';
    renameSync(join(keysDir, file), join(world.dataDir, file));
    const missing = await finding('acme: keys');
    expect(missing).toMatchObject({ ok: false, remedy: expect.stringMatching(/backup/) as string });
    expect(missing.detail).toContain(file);
    renameSync(join(world.dataDir, file), join(keysDir, file));
    expect((await finding('acme: keys')).ok).toBe(true);

    chmodSync(keysDir, 0o755);
    const open = await finding('key folder');
    chmodSync(keysDir, 0o700);
    expect(open).toMatchObject({ ok: false, remedy: expect.stringMatching(/chmod 700/) as string });
    const stray = `${crypto.randomUUID()}.${crypto.randomUUID()}.key`;
    writeFileSync(join(keysDir, stray), '');
    expect((await finding('key folder')).detail).toContain(stray);
    rmSync(join(keysDir, stray));
  });

  it('an identity provider that is not there, or not reachable', async () => {
    expect(await finding('acme: identity provider')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('none') as string,
    });
    await world.test.database.tenantDb(acme.id).transaction(async (tx) => {
      await runtime.identity.providers.save(
        tx,
        acme,
        {
          issuer: 'http://127.0.0.1:9',
          clientId: 'countersign',
          clientAuthentication: 'none',
          scopes: [],
          groupsClaim: 'groups',
          groupsFormat: 'list',
          missingGroups: 'refuse',
          userinfo: false,
          endpointHosts: [],
          roleMapping: { '*': ['member'] },
        },
        undefined,
        OPERATOR,
      );
    });
    const fresh = await world.start();
    const file = readdirSync(join(world.dataDir, 'keys')).find((name) => name.startsWith(acme.id)) ?? '';
    const [there, away] = [join(world.dataDir, 'keys', file), join(world.dataDir, file)];
    // Whose key file is missing is refused alone: what is asked before a start needs none.
    renameSync(there, away);
    expect((await gatherFacts(fresh)).loopbackIssuers).toStrictEqual(['http://127.0.0.1:9']);
    renameSync(away, there);
    const found = await finding('acme: identity provider', fresh);
    expect(found.detail).toContain('http://127.0.0.1:9');
    expect(found.remedy).toContain('openid-configuration');
    await fresh.close();
  });

  it('servers of which nothing is pinned, or that show something else', async () => {
    const id = 'ledger' as ServerId;
    const draft = {
      id,
      title: 'Ledger',
      url: 'http://127.0.0.1:9/mcp',
      credential: { user: 'none' as const },
      emailAllowed: false,
      allowMethods: [],
      waivers: [],
      timeoutMs: 1_000,
    };
    const change = world.test.database.tenantDb(acme.id);
    await change.transaction(async (tx) => void (await runtime.registry.save(tx, acme.id, draft, OPERATOR)));
    const unpinned = await findingWith({}, 'acme: server ledger');
    expect(unpinned).toMatchObject({ ok: false, remedy: expect.stringMatching(/127\.0\.0\.1:9/) as string });

    const tool = { name: 'post_entry', inputSchema: { type: 'object' } };
    const listed = { tools: [tool], prompts: [], resources: [], templates: [] };
    await change.transaction(
      async (tx) => void (await runtime.registry.pin(tx, acme.id, id, listed, OPERATOR)),
    );
    expect((await findingWith({}, 'acme: server ledger')).ok).toBe(true);
    const exchange = 'update server set url = replace(url, $1, $2)';
    await change.sql(exchange, ['127.0.0.1', 'thief.example']);
    const altered = await findingWith({}, 'acme: server ledger');
    expect(altered).toMatchObject({
      ok: false,
      remedy: expect.stringMatching(/apply the tenant file/) as string,
    });
    expect(altered.detail).toContain('not as it was saved');
    await change.sql(exchange, ['thief.example', '127.0.0.1']);
    const rename = 'update definition set name = $1';
    await change.sql(rename, ['pay']);
    expect((await findingWith({}, 'acme: server ledger')).detail).toContain('not what was approved');
    await change.sql(rename, ['post_entry']);
    await runtime.registry.noteDrift(acme.id, id, [
      { kind: 'tool', name: 'post_entry', liveSha256: 'a'.repeat(64) },
    ]);
    const drifted = await findingWith({}, 'acme: server ledger');
    expect(drifted).toMatchObject({
      ok: false,
      remedy: expect.stringMatching(/apply the tenant file again/) as string,
    });
    expect(drifted.detail).toContain('tool post_entry');
  });

  it('policies that something else put in force', async () => {
    expect((await finding('acme: policies')).ok).toBe(true);
    const db = world.test.database.tenantDb(acme.id);
    const policies = { all: 'permit (principal, action, resource);' };
    await db.transaction(async (tx) => {
      const servers = await runtime.registry.listIn(tx, acme.id);
      const saved = await runtime.policy.save(tx, acme.id, { policies, servers, author: OPERATOR });
      expect(saved.ok).toBe(true);
    });
    expect((await finding('acme: policies')).ok).toBe(true);
    // Whose keys are gone has nothing that could be proven, and makes no process unfit.
    const file = readdirSync(join(world.dataDir, 'keys')).find((name) => name.startsWith(acme.id)) ?? '';
    renameSync(join(world.dataDir, 'keys', file), join(world.dataDir, file));
    const fresh = await world.start();
    const { checks } = await fresh.health.ready();
    await fresh.close();
    renameSync(join(world.dataDir, file), join(world.dataDir, 'keys', file));
    expect(checks).toContainEqual({ name: 'policies', ok: true });

    await db.sql('update policy_set set seal = null', []);
    const found = await finding('acme: policies');
    expect(found.detail).toContain('were not put in force here');
    expect(found.remedy).toContain('apply the tenant file again');
  });

  it('an address that is no longer the one that clients know', async () => {
    const found = await findingWith({ TENANT_URL: 'http://{tenant}.mcp.localhost:3000' }, 'acme: address');
    expect(found.ok).toBe(false);
    expect(found.detail).toContain('http://acme.mcp.localhost:3000');
    expect(found.detail).toContain('http://localhost:3000/t/acme');
  });

  it('a log that is behind what was seen, and a high-water file that can’t be read', async () => {
    const { id } = await runtime.receipts.log(acme.id);
    const path = join(world.dataDir, 'high-water', `${id}.head`);
    await runtime.receipts.flush(acme.id);
    await expect.poll(() => readFileSync(path, 'utf8')).toContain(id);
    const seen = readFileSync(path, 'utf8');
    writeFileSync(path, seen.replace(/\n\d+\n/, '\n999\n'));
    const behind = await findingWith({}, 'acme: log');
    expect(behind.ok).toBe(false);
    expect(behind.remedy).toContain('countersign log reopen --tenant acme');
    writeFileSync(path, 'nonsense');
    const damaged = await findingWith({}, 'acme: log');
    expect(damaged.detail).toContain(path);
    writeFileSync(path, seen);
    expect((await findingWith({}, 'acme: log')).ok).toBe(true);
  });

  it('programs that can not be started as they are declared, or that nothing can shut in', async () => {
    const file = join(world.dataDir, '..', `${basename(world.dataDir)}.yaml`);
    writeFileSync(file, 'servers: [{name: files, command: no-such-program, tenants: [acme]}]');
    const found = await findingWith({ STDIO_SERVERS: file }, 'stdio server files');
    expect(found).toMatchObject({ ok: false, remedy: expect.stringContaining('STDIO_SERVERS') as string });
    expect(found.detail).toContain('no-such-program is no program');
    writeFileSync(file, 'servers: [{name: files, command: sh, tenants: [acme]}]');
    const stdio = createStdio({
      file,
      resolveSecret: () => err('is not set'),
      own: { folders: [], files: [] },
      launcherRequired: true,
      logger: runtime.telemetry.logger,
      findTools: () => machine({ sandbox: false }),
    });
    const modules = { ...runtime, stdio };
    expect(await diagnoseInstance(modules, [])).toContainEqual(
      expect.objectContaining({
        name: 'stdio server files',
        ok: false,
        remedy: expect.stringContaining('bubblewrap'),
      }),
    );
    expect((await gatherFacts(modules)).stdioServersWithoutLauncher).toStrictEqual(['files']);
    rmSync(file);
  });

  it('a file of programs that is of no use is refused at start, with all that is wrong', async () => {
    const file = join(world.dataDir, '..', `${basename(world.dataDir)}.yaml`);
    writeFileSync(file, 'servers: [{name: A, command: sh -c x, tenants: []}]');
    await expect(world.start({ STDIO_SERVERS: file })).rejects.toThrow(
      /STDIO_SERVERS is not usable:\n.*name.*\n.*command.*\n.*tenants/,
    );
    rmSync(file);
  });

  it('tenants on which a command was interrupted', async () => {
    for (const [state, words] of [
      ['reopening', /log reopen --tenant acme/],
      ['shredding', /shred --tenant acme --confirm acme/],
      ['suspended', /active/],
    ] as const) {
      await world.test.database
        .tenantDb(acme.id)
        .transaction(async (tx) => await runtime.identity.tenants.changeState(tx, acme, state));
      const found = await finding('acme: state');
      expect(found.ok).toBe(false);
      expect(found.remedy).toMatch(words);
    }
    await world.test.database
      .tenantDb(acme.id)
      .transaction(async (tx) => await runtime.identity.tenants.changeState(tx, acme, 'active'));
  });
});
