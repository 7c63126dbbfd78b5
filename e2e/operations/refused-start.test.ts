import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { freePort } from '../harness/free-port.ts';
import { startOrganisation } from '../harness/start-organisation.ts';
import { instanceEnvironment, runCountersign, startInstance } from '../harness/start-instance.ts';

let folder: string;
let test: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-refused-'));
  test = await createTestDatabase();
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

/** `countersign serve` that is expected to end by itself. */
async function serve(env: Record<string, string | undefined>, database = true) {
  const all = instanceEnvironment({
    dataDir: join(folder, 'data'),
    port: await freePort(),
    ...(database ? { database: { url: test.url, adminUrl: test.adminUrl } } : {}),
    env,
  });
  const { code, stdout, stderr } = await runCountersign(['serve'], all);
  expect(stderr).not.toMatch(/^\s+at /m);
  return { code, stdout, stderr };
}

describe('a start that can not succeed', () => {
  it('says that the port is in use, and which variable names another', async () => {
    const taken = await freePort();
    const blocker: Server = createServer();
    await new Promise<void>((resolve) => blocker.listen(taken, '127.0.0.1', resolve));
    try {
      const { code, stderr } = await serve({ PORT: String(taken) });
      expect(stderr).toContain(`port ${taken} is in use`);
      expect(stderr).toContain('PORT');
      expect(code).toBe(1);
    } finally {
      blocker.close();
    }
  });

  it('says that the port of the metrics is in use', async () => {
    const taken = await freePort();
    const blocker: Server = createServer();
    await new Promise<void>((resolve) => blocker.listen(taken, '127.0.0.1', resolve));
    try {
      const { code, stderr } = await serve({ METRICS_PORT: String(taken) });
      expect(stderr).toContain(`port ${taken} is in use`);
      expect(stderr).toContain('METRICS_PORT');
      expect(code).toBe(1);
    } finally {
      blocker.close();
    }
  });

  it('says that the data folder can not be used, and how to mend it', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, 'not a folder');
    const { code, stderr } = await serve({ DATA_DIR: join(file, 'data') }, false);
    expect(stderr).toContain(join(file, 'data'));
    expect(stderr).toMatch(/DATA_DIR/);
    expect(code).toBe(1);
  });

  it('says that the data folder’s password file can not be read', async () => {
    const dataDir = join(folder, 'spoilt');
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres/credentials.json'), '{"half":');
    await chmod(join(dataDir, 'postgres/credentials.json'), 0o600);
    const { code, stderr } = await serve({ DATA_DIR: dataDir }, false);
    expect(stderr).toContain('credentials.json');
    expect(code).toBe(1);
  });

  it('names every problem of the configuration at once, each with its variable', async () => {
    const { code, stderr } = await serve({
      PORT: 'eighty',
      METRICS_PORT: '70000',
      TENANT_URL: 'https://mcp.example.com/',
      VIEWS_URL: 'not an address',
      TRUSTED_PROXIES: '10.0.0.0/8, everybody',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://nowhere',
    });
    for (const variable of [
      'PORT',
      'METRICS_PORT',
      'TENANT_URL',
      'VIEWS_URL',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
      'DATABASE_URL',
    ]) {
      expect(stderr).toMatch(new RegExp(`^ +${variable}: .+\\. .+`, 'm'));
    }
    expect(stderr).toContain("'everybody'");
    expect(code).toBe(1);
  });

  it('is a finding of the doctor, also as JSON', async () => {
    const env = instanceEnvironment({ dataDir: join(folder, 'data'), env: { TENANT_URL: 'nowhere' } });
    const { code, stdout } = await runCountersign(['doctor', '--json'], env);
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as { ok: boolean; findings: { name: string; detail: string }[] };
    expect(report).toMatchObject({ ok: false, findings: [{ name: 'start', ok: false }] });
    expect(report.findings[0]?.detail).toContain('TENANT_URL');
  });

  it('says that the database can not be reached, without its password', async () => {
    const url = `postgresql://app:s3cret-of-mine@127.0.0.1:${await freePort()}/nothing`;
    const { code, stderr, stdout } = await serve({ DATABASE_URL: url, DATABASE_ADMIN_URL: undefined });
    expect(stderr).toMatch(/DATABASE_URL/);
    expect(stderr + stdout).not.toContain('s3cret-of-mine');
    expect(code).toBe(1);
  });
});

describe('the production guard at the start', () => {
  const good = () => ({
    NODE_ENV: 'production',
    TENANT_URL: 'https://{tenant}.mcp.example.com',
    VIEWS_URL: 'https://{label}.example-usercontent.net',
    KEYS_DIR: join(folder, 'outside/keys'),
    HIGH_WATER_DIR: join(folder, 'outside/high-water'),
    DATABASE_ADMIN_URL: undefined,
  });

  it('lets a configuration through that has none of what it refuses', async () => {
    const instance = await startInstance({
      database: test,
      env: good(),
    });
    expect(await instance.terminate()).toBe(0);
    await instance.stop();
  });

  it('refuses the defaults of development, all of them at once', async () => {
    const { code, stderr } = await serve({ NODE_ENV: 'production', DATA_DIR: join(folder, 'dev') }, false);
    expect(stderr).toContain('does not start in production');
    expect(stderr).toMatch(/TENANT_URL: is not https/);
    expect(stderr).toMatch(/VIEWS_URL: is not https/);
    expect(stderr).toMatch(/TENANT_URL: has the tenant in its path.*path-template in PRODUCTION_ALLOW/);
    expect(stderr).toMatch(/DATABASE_URL: is not set.*embedded-postgres in PRODUCTION_ALLOW/);
    expect(stderr).toMatch(/KEYS_DIR: is inside DATA_DIR.*local-keys in PRODUCTION_ALLOW/);
    expect(stderr).toMatch(/HIGH_WATER_DIR: .*no-high-water in PRODUCTION_ALLOW/);
    expect(code).toBe(1);
  });

  it('holds for a public address also when nobody said production, and takes the exceptions by name', async () => {
    const { code, stderr } = await serve({
      TENANT_URL: 'http://mcp.example.com/t/{tenant}',
      VIEWS_URL: 'https://{label}.views.example.com',
      PRODUCTION_ALLOW: 'path-template, local-keys, no-high-water',
      DATABASE_ADMIN_URL: undefined,
    });
    expect(stderr).toMatch(/TENANT_URL: is not https/);
    expect(stderr).toMatch(/VIEWS_URL: is on the tenants’ registrable domain/);
    expect(stderr).not.toMatch(/has the tenant in its path|KEYS_DIR|HIGH_WATER_DIR|DATABASE_URL/);
    expect(code).toBe(1);
  });

  it('refuses a role that is above row-level security, and passwords that everybody knows', async () => {
    const name = `weak_${randomBytes(4).toString('hex')}`;
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    const application = new URL(test.url).username;
    await admin.query(`create role ${name} login bypassrls password 'changeme' in role ${application}`);
    try {
      const weak = new URL(test.url);
      weak.username = name;
      weak.password = 'changeme';
      const { code, stderr } = await serve({
        ...good(),
        DATABASE_URL: weak.href,
        COUNTERSIGN_SECRET_ACME_IDP: 'changeme',
      });
      expect(stderr).toMatch(new RegExp(`DATABASE_URL: its role ${name} has BYPASSRLS`));
      expect(stderr).toMatch(/DATABASE_URL: has a well-known password/);
      expect(stderr).toMatch(/COUNTERSIGN_SECRET_ACME_IDP: has a well-known value/);
      expect(code).toBe(1);
    } finally {
      await admin.query(`drop role ${name}`);
      await admin.end();
    }
  });

  it('refuses the role that owns the schema, the demo tenant, its identity provider, and tenants that share a host', async () => {
    const shared = await createTestDatabase();
    try {
      const instance = await startInstance({ database: shared, dataDir: join(folder, 'shared') });
      const demo = await startOrganisation(instance, { slug: 'showroom', demo: true });
      const other = await startOrganisation(instance, { slug: 'other' });
      await demo.stop();
      await other.stop();
      await instance.stop();
      const { code, stderr } = await serve({
        ...good(),
        DATA_DIR: join(folder, 'shared'),
        KEYS_DIR: join(folder, 'shared/keys'),
        HIGH_WATER_DIR: join(folder, 'shared/high-water'),
        TENANT_URL: 'https://mcp.example.com/t/{tenant}',
        DATABASE_URL: shared.adminUrl,
        PRODUCTION_ALLOW: 'path-template,local-keys,no-high-water',
      });
      expect(stderr).toMatch(/DATABASE_URL: its role \w+ is a superuser/);
      expect(stderr).toMatch(/DATABASE_URL: its role \w+ owns tables/);
      expect(stderr).toMatch(/tenant: showroom is a demo tenant/);
      expect(stderr).not.toMatch(/tenant: other/);
      expect(stderr).toContain(`identity_provider: ${demo.provider.issuer} is on this machine only`);
      expect(stderr).toMatch(/TENANT_URL: 2 tenants share one host/);
      expect(code).toBe(1);
    } finally {
      await shared.close();
    }
  });
});
