import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../e2e/harness/index.ts';

const modes = [
  { name: 'both locks', withoutTenantFilter: false },
  { name: 'row-level security alone', withoutTenantFilter: true },
];

describe.each(modes)('a tenant with $name', ({ withoutTenantFilter }) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase({ withoutTenantFilter, poolSize: 3 });
  });
  afterAll(async () => await test.close());

  const secretOf = async (tenant: { id: Parameters<TestDatabase['database']['tenantDb']>[0] }) => {
    const id = randomUUID();
    await test.database.tenantDb(tenant.id).read(
      async (client) =>
        await client.secret.create({
          data: { tenantId: tenant.id, id, purpose: 'idp-client', sealed: Buffer.from(id) },
        }),
    );
    return id;
  };

  it('finds its own rows and nobody else’s', async () => {
    const [acme, globex] = [await test.tenant(), await test.tenant()];
    const [ofAcme, ofGlobex] = [await secretOf(acme), await secretOf(globex)];
    const db = test.database.tenantDb(acme.id);
    const found = await db.read(async (client) => await client.secret.findMany());
    expect(found.map((row) => row.id)).toEqual([ofAcme]);
    const foreignKey = { tenantId_id: { tenantId: globex.id, id: ofGlobex } };
    expect(await db.read(async (client) => await client.secret.findUnique({ where: foreignKey }))).toBeNull();
    expect(
      await db.read(async (client) => await client.secret.count({ where: { tenantId: globex.id } })),
    ).toBe(0);
    expect(await db.sql('select id from secret', [])).toEqual([{ id: ofAcme }]);
    const deleted = await db.read(
      async (client) => await client.secret.deleteMany({ where: { id: ofGlobex } }),
    );
    expect(deleted.count).toBe(0);
    await expect(
      db.read(async (client) => await client.secret.delete({ where: foreignKey })),
    ).rejects.toThrow();
  });

  it('can’t make a row for another tenant', async () => {
    const [acme, globex] = [await test.tenant(), await test.tenant()];
    const db = test.database.tenantDb(acme.id);
    const data = { tenantId: globex.id, id: randomUUID(), purpose: 'x', sealed: Buffer.alloc(1) };
    await expect(db.read(async (client) => await client.secret.create({ data }))).rejects.toThrow();
    await expect(
      db.sql(
        'insert into secret (tenant_id, id, purpose, sealed, updated_at) values ($1, $2, $3, $4, now())',
        [globex.id, data.id, 'x', data.sealed],
      ),
    ).rejects.toThrow(/row-level security/);
  });

  it('keeps apart what many tenants ask at the same moment on few connections', async () => {
    const tenants = await Promise.all(Array.from({ length: 8 }, async () => await test.tenant()));
    const secrets = await Promise.all(tenants.map(secretOf));
    const rounds = Array.from({ length: 160 }, (_, index) => index % tenants.length);
    await Promise.all(
      rounds.map(async (index) => {
        const [tenant, id] = [tenants[index], secrets[index]];
        if (!tenant || id === undefined) throw new Error('no tenant');
        const db = test.database.tenantDb(tenant.id);
        const [raw, many] = await Promise.all([
          db.sql<{ id: string }>('select id from secret', []),
          db.read(async (client) => await client.secret.findMany()),
        ]);
        expect(raw.map((row) => row.id)).toEqual([id]);
        expect(many.map((row) => row.id)).toEqual([id]);
        const inTransaction = await db.transaction(async (tx) => await tx.secret.findFirst());
        expect(inTransaction?.id).toBe(id);
        if (withoutTenantFilter) return;
        const where = { tenantId_id: { tenantId: tenant.id, id } };
        expect((await db.read(async (client) => await client.secret.findUnique({ where })))?.id).toBe(id);
      }),
    );
  });

  it('sees nothing when no tenant is set', async () => {
    const acme = await test.tenant();
    await secretOf(acme);
    const rows = await test.database.systemDb.read(
      async (client) => await client.$queryRaw`select * from secret`,
    );
    expect(rows).toEqual([]);
  });

  it('sets the tenant anew after an error and after a rolled back transaction', async () => {
    const [acme, globex] = [await test.tenant(), await test.tenant()];
    const [ofAcme, ofGlobex] = [await secretOf(acme), await secretOf(globex)];
    for (let round = 0; round < 12; round += 1) {
      const [tenant, own] = round % 2 === 0 ? [acme, ofAcme] : [globex, ofGlobex];
      const db = test.database.tenantDb(tenant.id);
      await expect(db.sql('select 1/0', [])).rejects.toThrow(/division by zero/);
      await expect(
        db.sqlTransaction(async (run) => await run('select $1::int / 0', [round])),
      ).rejects.toThrow(/division by zero/);
      await expect(
        db.transaction(async (tx) => {
          await tx.secret.deleteMany();
          throw new Error('changed my mind');
        }),
      ).rejects.toThrow('changed my mind');
      expect(await db.sql('select id from secret', [])).toEqual([{ id: own }]);
    }
  });
});
