import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { instanceEnvironment, runCountersign } from '../harness/start-instance.ts';

let folder: string;
let test: TestDatabase;
/** A database on the same server that nobody has migrated. */
let emptyUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-migrate-'));
  test = await createTestDatabase();
  await asAdmin('create database to_be_migrated');
  const url = new URL(test.adminUrl);
  url.pathname = '/to_be_migrated';
  emptyUrl = url.href;
});
afterAll(async () => {
  await asAdmin('drop database to_be_migrated with (force)');
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  await client.query(statement).finally(async () => await client.end());
}

async function migrate(env: Record<string, string | undefined>) {
  const dataDir = join(folder, 'data');
  const run = await runCountersign(['migrate', '--json'], instanceEnvironment({ dataDir, env }));
  return { ...run, madeFolders: existsSync(dataDir) };
}

describe('countersign migrate', () => {
  it('needs the owner’s URL alone, makes no key and no log, and has nothing to do the second time', async () => {
    const first = await migrate({ DATABASE_ADMIN_URL: emptyUrl });
    expect(first).toMatchObject({ code: 0, madeFolders: false });
    expect(JSON.parse(first.stdout)).toMatchObject({
      applied: expect.arrayContaining(['0001_foundation']) as string[],
    });
    const client = new pg.Client({ connectionString: emptyUrl });
    await client.connect();
    const { rows } = await client.query<{ tenants: string }>('select count(*) as tenants from tenant');
    await client.end();
    expect(rows).toEqual([{ tenants: '0' }]);
    const second = await migrate({ DATABASE_ADMIN_URL: emptyUrl });
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toEqual({ applied: [] });
  });

  it('is asked for by a start that has the application’s role alone and finds the schema old', async () => {
    const old = new pg.Client({ connectionString: emptyUrl });
    await old.connect();
    await old.query("delete from _prisma_migrations where migration_name like '2026%'");
    await old.query('grant select on _prisma_migrations to countersign_app');
    await old.end();
    const url = new URL(test.url);
    url.pathname = '/to_be_migrated';
    const dataDir = join(folder, 'old');
    const env = instanceEnvironment({ dataDir, env: { DATABASE_URL: url.href } });
    const { code, stderr } = await runCountersign(['serve'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/lacks 2026\S+.*countersign migrate/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('refuses to say that nothing is to be done where it only has the application’s role', async () => {
    const { code, stderr } = await migrate({ DATABASE_URL: test.url });
    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_ADMIN_URL is not set');
  });

  it('says that the database can not be reached, without its password', async () => {
    const { code, stderr } = await migrate({
      DATABASE_ADMIN_URL: 'postgresql://owner:s3cret-of-mine@127.0.0.1:1/nothing',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_ADMIN_URL');
    expect(stderr).not.toContain('s3cret-of-mine');
  });
});
