import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '#lib/core';
import { Prisma, type TenantDb } from '#lib/db';
import { ROOT } from '../demo/programs.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { ROW_BUILDERS, type Row } from './row-builders.ts';

interface Model {
  readonly name: string;
  readonly table: string;
  readonly hasTenant: boolean;
}

const SYSTEM_MODELS = ['ReplicaLease', 'Revocation', 'RevocationHead', 'Tenant'];
const MODELS: readonly Model[] = [
  ...readFileSync(join(ROOT, 'prisma/schema.prisma'), 'utf8').matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm),
].map(([, name = '', body = '']) => ({
  name,
  table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name,
  hasTenant: /@map\("tenant_id"\)/.test(body),
}));
const TENANT_MODELS = MODELS.filter(({ hasTenant }) => hasTenant);

/** One model's operations, whichever it is. */
interface Delegate {
  create(args: { data: Row }): Promise<Row>;
  findMany(args?: { where?: Row }): Promise<Row[]>;
  findFirst(args?: { where?: Row }): Promise<Row | null>;
  count(args?: { where?: Row }): Promise<number>;
  updateMany(args: { where?: Row; data: Row }): Promise<{ count: number }>;
  deleteMany(args?: { where?: Row }): Promise<{ count: number }>;
}

describe('the models', () => {
  it('with a tenant have a row builder each, and the others are the known ones', () => {
    expect(TENANT_MODELS.length).toBeGreaterThan(20);
    expect(Object.keys(ROW_BUILDERS).sort()).toEqual(TENANT_MODELS.map(({ name }) => name).sort());
    const others = MODELS.filter(({ hasTenant }) => !hasTenant).map(({ name }) => name);
    expect(others.sort()).toEqual(SYSTEM_MODELS);
  });

  it('are all the tables there are, each of a tenant’s under forced row-level security', async () => {
    const test = await createTestDatabase();
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    try {
      const { rows } = await admin.query<{ name: string; locked: boolean }>(
        `select relname as name, relrowsecurity and relforcerowsecurity as locked from pg_class
         where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname <> '_prisma_migrations'`,
      );
      expect(rows.map(({ name }) => name).sort()).toEqual(MODELS.map(({ table }) => table).sort());
      const locked = rows.filter((row) => row.locked).map(({ name }) => name);
      expect(locked.sort()).toEqual(TENANT_MODELS.map(({ table }) => table).sort());
    } finally {
      await admin.end();
      await test.close();
    }
  });
});

describe.each([
  { locks: 'both locks', withoutTenantFilter: false },
  { locks: 'row-level security alone', withoutTenantFilter: true },
])('with $locks, one tenant', ({ withoutTenantFilter }) => {
  let test: TestDatabase;
  let a: TenantId;
  let dbA: TenantDb;
  let dbB: TenantDb;

  beforeAll(async () => {
    test = await createTestDatabase({ withoutTenantFilter });
    a = (await test.tenant('alpha')).id;
    dbA = test.database.tenantDb(a);
    dbB = test.database.tenantDb((await test.tenant('beta')).id);
  });
  afterAll(async () => await test.close());

  /** Runs one operation as this tenant. */
  function as<T>(db: TenantDb, { name }: Model, run: (delegate: Delegate) => Promise<T>): Promise<T> {
    const member = name.charAt(0).toLowerCase() + name.slice(1);
    return db.read(
      async (client) => await run((client as unknown as Record<string, Delegate>)[member] as Delegate),
    );
  }
  const withTenant = (db: TenantDb, row: Row) => ({ ...row, tenantId: db.tenant });

  it.each(TENANT_MODELS)(
    'neither finds, changes, deletes nor makes rows of another: $name',
    async (model) => {
      const build = ROW_BUILDERS[model.name];
      if (build === undefined) throw new Error(`${model.name} has no row builder`);
      const [rowOfA, rowOfB] = [build(), build()];
      await as(dbA, model, (rows) => rows.create({ data: withTenant(dbA, rowOfA) }));
      await as(dbB, model, (rows) => rows.create({ data: withTenant(dbB, rowOfB) }));
      const before = await as(dbA, model, (rows) => rows.findMany());
      expect(before).toHaveLength(1);

      const mine = await as(dbB, model, (rows) => rows.findMany());
      expect(mine.map(({ tenantId }) => tenantId)).toEqual([dbB.tenant]);
      expect(await as(dbB, model, (rows) => rows.count())).toBe(1);
      // Whether the filter says so or the lock does: a query that names the other tenant finds nothing.
      const foreign = { tenantId: a };
      expect(await as(dbB, model, (rows) => rows.findMany({ where: foreign }))).toEqual([]);
      expect(await as(dbB, model, (rows) => rows.findFirst({ where: foreign }))).toBeNull();
      expect(await as(dbB, model, (rows) => rows.count({ where: foreign }))).toBe(0);
      const change = { where: foreign, data: first(build()) };
      await ineffective({ count: 0 }, () => as(dbB, model, (rows) => rows.updateMany(change)));
      await ineffective({ count: 0 }, () => as(dbB, model, (rows) => rows.deleteMany({ where: foreign })));
      const data = { ...build(), tenantId: a };
      await expect(as(dbB, model, (rows) => rows.create({ data }))).rejects.toThrow();

      const table = `"${model.table}"`;
      const update = `update ${table} set tenant_id = tenant_id where tenant_id = $1 returning 1`;
      expect(await dbB.sql(`select * from ${table} where tenant_id = $1`, [a])).toEqual([]);
      await ineffective([], () => dbB.sql(update, [a]));
      await ineffective([], () => dbB.sql(`delete from ${table} where tenant_id = $1 returning 1`, [a]));
      await expect(dbB.sql(`update ${table} set tenant_id = $1`, [a])).rejects.toThrow(
        /row-level security|duplicate key|permission denied/,
      );
      const nobody = await test.database.systemDb.read(
        async (client) => await client.$queryRaw(Prisma.raw(`select * from ${table}`)),
      );
      expect(nobody).toEqual([]);

      // What B may do to everything it sees stays with B.
      await as(dbB, model, (rows) => rows.deleteMany()).catch(mustBeForbidden);
      expect(await as(dbA, model, (rows) => rows.findMany())).toEqual(before);
    },
  );
});

/** It changes nothing: because it finds nothing, or because nobody may do this to the table. */
async function ineffective(empty: unknown, run: () => Promise<unknown>): Promise<void> {
  const done = await run().catch((error: Error) => {
    mustBeForbidden(error);
    return empty;
  });
  expect(done).toEqual(empty);
}

function mustBeForbidden(error: Error): void {
  expect(error.message).toContain('permission denied');
}

/** The row's first member alone: something to change. */
function first(row: Row): Row {
  return Object.fromEntries(Object.entries(row).slice(0, 1));
}
