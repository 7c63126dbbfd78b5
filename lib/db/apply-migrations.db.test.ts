import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../e2e/harness/index.ts';
import { applyMigrations } from './apply-migrations.ts';
import { MigrationError } from './errors.ts';
import { schemaSql } from './schema-engine.ts';

const prismaFolder = join(import.meta.dirname, '..', '..', 'prisma');
const schemaFile = join(prismaFolder, 'schema.prisma');
const MIGRATIONS = readdirSync(join(prismaFolder, 'migrations'))
  .filter((name) => !name.includes('.'))
  .toSorted();
const made: string[] = [];

/** An empty database; `template1` holds nothing of ours. */
async function emptyDatabase(): Promise<string> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('postgres').adminUrl);
  url.pathname = '/postgres';
  await query(url.href, `create database ${name} template template0`);
  made.push(name);
  url.pathname = `/${name}`;
  return url.href;
}

async function query<Row extends QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Everything Prisma's schema speaks of: columns with types and defaults, keys, indexes. */
async function catalog(url: string): Promise<object> {
  const columns = await query(
    url,
    `select table_name, column_name, ordinal_position, column_default, is_nullable, data_type, udt_name, datetime_precision
     from information_schema.columns where table_schema = 'public' and table_name <> '_prisma_migrations'
     order by table_name, ordinal_position`,
  );
  const indexes = await query(
    url,
    `select indexname, indexdef from pg_indexes
     where schemaname = 'public' and tablename <> '_prisma_migrations' order by indexname`,
  );
  const constraints = await query(
    url,
    `select conname, contype, pg_get_constraintdef(oid) as definition from pg_constraint
     where connamespace = 'public'::regnamespace and conrelid <> coalesce(to_regclass('_prisma_migrations'), 0::regclass)
     order by conname, definition`,
  );
  return { columns, indexes, constraints };
}

afterAll(async () => {
  const url = new URL(inject('postgres').adminUrl);
  url.pathname = '/postgres';
  for (const name of made) await query(url.href, `drop database ${name} with (force)`);
});

describe('applyMigrations', () => {
  it('makes exactly what the schema says', async () => {
    const [migrated, direct] = [await emptyDatabase(), await emptyDatabase()];
    await applyMigrations(migrated);
    const sql = await schemaSql(direct, schemaFile);
    await query(direct, sql);
    expect(await catalog(migrated)).toEqual(await catalog(direct));
  });

  it('has what is only ever added to the log frozen on the first visit of autovacuum', async () => {
    const url = await emptyDatabase();
    await applyMigrations(url);
    const frozen = await query<{ relname: string }>(
      url,
      `select coalesce(owner.relname || ' out of line', class.relname) as relname
       from pg_class class left join pg_class owner on owner.reltoastrelid = class.oid
       where 'autovacuum_freeze_min_age=0' = any(class.reloptions) order by 1`,
    );
    expect(frozen.map(({ relname }) => relname)).toEqual([
      'log_batch',
      'log_batch out of line',
      'log_term',
      'log_tile',
      'log_tile out of line',
    ]);
  });

  it('applies each migration once when several start at the same moment', async () => {
    const url = await emptyDatabase();
    const results = await Promise.all([applyMigrations(url), applyMigrations(url), applyMigrations(url)]);
    expect(results.flatMap((result) => result.applied)).toEqual(MIGRATIONS);
    expect((await applyMigrations(url)).applied).toEqual([]);
  });

  it('records what `prisma migrate deploy` would recognise', async () => {
    const url = await emptyDatabase();
    await applyMigrations(url);
    const rows = await query<{ migration_name: string; checksum: string; applied_steps_count: number }>(
      url,
      'select migration_name, checksum, applied_steps_count from _prisma_migrations where finished_at is not null and rolled_back_at is null order by migration_name',
    );
    const expected = MIGRATIONS.map((name) => {
      const text = readFileSync(join(prismaFolder, 'migrations', name, 'migration.sql'));
      const checksum = createHash('sha256').update(text).digest('hex');
      return { migration_name: name, checksum, applied_steps_count: 1 };
    });
    expect(rows).toEqual(expected);
  });

  it('keeps receipts of before findable by the time of their id, each term once, and removes no row', async () => {
    const url = await emptyDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
    try {
      cpSync(join(prismaFolder, 'schema.prisma'), join(folder, 'schema.prisma'));
      const first = join('migrations', '0001_foundation');
      cpSync(join(prismaFolder, first), join(folder, first), { recursive: true });
      cpSync(
        join(prismaFolder, 'migrations/migration_lock.toml'),
        join(folder, 'migrations/migration_lock.toml'),
      );
      await applyMigrations(url, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const tenant = '11111111-1111-4111-8111-111111111111';
    const old = [
      [1, '0194f3a0-1c27-7abc-8def-0123456789ab'],
      [1, '0194f3a0-1c2f-7000-8000-000000000000'],
      [2, '0194f3a0-1c27-7abc-8def-0123456789ab'],
      [5, 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'],
    ] as const;
    for (const [type, term] of old)
      await query(url, `insert into log_term values ($1, $2, $3, 'log', 7)`, [tenant, type, term]);
    expect((await applyMigrations(url)).applied).toEqual(MIGRATIONS.slice(1));
    const terms = await query(url, 'select type, term from log_term order by type, term');
    expect(terms).toEqual([
      ...old.map(([type, term]) => ({ type, term })),
      { type: 11, term: '0194f3a0-1c20-0000-0000-000000000000' },
      { type: 12, term: '0194f3a0-1c20-0000-0000-000000000000' },
    ]);
  });

  it('says which migration failed and why, leaves nothing of it behind, and may be tried again once mended', async () => {
    const url = await emptyDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
    try {
      mkdirSync(join(folder, 'migrations', '0001_broken'), { recursive: true });
      writeFileSync(join(folder, 'schema.prisma'), readFileSync(schemaFile));
      writeFileSync(join(folder, 'migrations', 'migration_lock.toml'), 'provider = "postgresql"\n');
      const sql = 'create table half_done (id int); create table half_done (id int);';
      writeFileSync(join(folder, 'migrations', '0001_broken', 'migration.sql'), sql);
      const error = await applyMigrations(url, folder).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(MigrationError);
      expect(String(error)).toMatch(/0001_broken[\s\S]*half_done/);
      expect(await query(url, `select to_regclass('half_done') as found`)).toEqual([{ found: null }]);
      writeFileSync(
        join(folder, 'migrations', '0001_broken', 'migration.sql'),
        'create table half_done (id int);',
      );
      expect((await applyMigrations(url, folder)).applied).toEqual(['0001_broken']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('row-level security', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(async () => await test.close());

  const system = ['_prisma_migrations', 'replica_lease', 'revocation', 'revocation_head', 'tenant'];

  it('is forced on every table but the named ones', async () => {
    const rows = await query<{ name: string; forced: boolean }>(
      test.adminUrl,
      `select relname as name, relrowsecurity and relforcerowsecurity as forced from pg_class
       where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by relname`,
    );
    expect(rows.filter((row) => !row.forced).map((row) => row.name)).toEqual(system);
  });

  it('compares the tenant in every policy, for reading and for writing', async () => {
    const rows = await query<{ table: string; using: string; check: string }>(
      test.adminUrl,
      `select tablename as table, qual as using, with_check as check from pg_policies
       where policyname = 'tenant_isolation' and cmd = 'ALL' and roles = '{public}'`,
    );
    const expression = `(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)`;
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row).toEqual({ table: row.table, using: expression, check: expression });
  });

  it('has every unique and foreign key lead with the tenant', async () => {
    const rows = await query<{ name: string; first: string }>(
      test.adminUrl,
      `select i.indexrelid::regclass::text as name, a.attname as first
       from pg_index i join pg_class c on c.oid = i.indrelid
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where c.relnamespace = 'public'::regnamespace and c.relrowsecurity and i.indisunique`,
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => row.first !== 'tenant_id')).toEqual([]);
    const foreignKeys = await query(test.adminUrl, `select conname from pg_constraint where contype = 'f'`);
    expect(foreignKeys).toEqual([]);
  });

  it('is beyond the application: it owns nothing, and is nobody special', async () => {
    expect(await test.database.roleFacts()).toEqual({
      role: 'countersign_app',
      superuser: false,
      bypassesRowSecurity: false,
      ownsTables: false,
      synchronousCommit: 'on',
      standbys: 0,
      synchronousStandbys: '',
    });
    const attempt = async (text: string) => await query(test.url, text);
    await expect(attempt('alter table secret no force row level security')).rejects.toThrow(/must be owner/);
    await expect(attempt('set row_security = off; select * from secret')).rejects.toThrow(
      /row-level security/,
    );
    await expect(attempt('set role countersign_admin')).rejects.toThrow(/permission denied/);
    await expect(attempt('create table mine (id int)')).rejects.toThrow(/permission denied/);
    await expect(attempt('delete from log_batch')).rejects.toThrow(/permission denied/);
    await expect(attempt('update log_tile set hashes = hashes')).rejects.toThrow(/permission denied/);
    await expect(attempt('delete from tenant')).rejects.toThrow(/permission denied/);
    await expect(attempt('truncate secret')).rejects.toThrow(/permission denied/);
  });

  it('shows the sweeper which rows are due, of all tenants, and nothing of what they say', async () => {
    const [acme, globex] = [await test.tenant(), await test.tenant()];
    for (const tenant of [acme, globex]) {
      await test.database.tenantDb(tenant.id).read(
        async (client) =>
          await client.signInAttempt.create({
            data: {
              tenantId: tenant.id,
              stateHash: randomBytes(32),
              sealed: randomBytes(8),
              expiresAt: new Date(0),
            },
          }),
      );
    }
    const due = await test.database.systemDb.sweep<{ tenant_id: string }>(
      'select tenant_id, state_hash from sign_in_attempt where expires_at < now()',
      [],
    );
    expect(due.map((row) => row.tenant_id).toSorted()).toEqual([acme.id, globex.id].toSorted());
    const sweep = async (text: string) => await test.database.systemDb.sweep(text, []);
    await expect(sweep('select sealed from sign_in_attempt')).rejects.toThrow(/permission denied/);
    await expect(sweep('delete from sign_in_attempt')).rejects.toThrow(/permission denied/);
    await expect(sweep('select * from secret')).rejects.toThrow(/permission denied/);
    // The application's own sight is not widened by being allowed to become the sweeper.
    expect(await query(test.url, 'select state_hash from sign_in_attempt')).toEqual([]);
  });
});
