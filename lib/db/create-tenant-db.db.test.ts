import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase, type TestTenant } from '../../e2e/harness/index.ts';
import { until } from '../../e2e/harness/until.ts';
import { SQL_STATEMENTS_MAX } from './constants.ts';
import type { TenantDb } from './types.ts';

let test: TestDatabase;
let tenant: TestTenant;
let db: TenantDb;
beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 2 });
  tenant = await test.tenant();
  db = test.database.tenantDb(tenant.id);
});
afterAll(async () => await test.close());

describe('tenantDb.sql', () => {
  it('runs under short timeouts, so that a stuck writer holds nobody up', async () => {
    const [limits] = await db.sql(
      `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
              current_setting('idle_in_transaction_session_timeout') as idle`,
      [],
    );
    expect(limits).toEqual({ lock: '2s', statement: '5s', idle: '1s' });
  });

  it('gives up on a row that somebody else holds, and goes on working', async () => {
    const id = randomUUID();
    const data = { tenantId: tenant.id, id, purpose: 'x', sealed: Buffer.alloc(1) };
    await db.read(async (client) => await client.secret.create({ data }));
    await db.transaction(async (tx) => {
      await tx.secret.updateMany({ where: { id }, data: { purpose: 'y' } });
      await expect(db.sql(`update secret set purpose = 'z' where id = $1`, [id])).rejects.toThrow(
        /lock timeout/,
      );
    });
    expect(await db.sql('select purpose from secret where id = $1', [id])).toEqual([{ purpose: 'y' }]);
  });

  it('keeps working when there are more texts than it prepares', async () => {
    for (let index = 0; index < SQL_STATEMENTS_MAX + 5; index += 1) {
      expect(await db.sql(`select ${index} as number`, [])).toEqual([{ number: index }]);
    }
  });

  it('commits a transaction as one, or nothing of it', async () => {
    const insert = `insert into secret (tenant_id, id, purpose, sealed, updated_at) values ($1, $2, 'tx', '', now())`;
    const [kept, dropped] = [randomUUID(), randomUUID()];
    await db.sqlTransaction(async (run) => await run(insert, [tenant.id, kept]));
    const failing = db.sqlTransaction(async (run) => {
      await run(insert, [tenant.id, dropped]);
      await run(insert, [tenant.id, kept]);
    });
    await expect(failing).rejects.toThrow(/duplicate key/);
    expect(await db.sql(`select id from secret where purpose = 'tx'`, [])).toEqual([{ id: kept }]);
  });
});

describe('tenantDb.transaction', () => {
  it('leaves a connection to what is read beside it, however many begin at once', async () => {
    const readBeside = async () =>
      await db.transaction(async (tx) => {
        await tx.secret.count();
        return await db.read(async (client) => await client.secret.count());
      });
    const counts = await Promise.all(Array.from({ length: 8 }, readBeside));
    expect(new Set(counts).size).toBe(1);
  });

  it('gives its place back when it fails, and runs another one inside of it at once', async () => {
    const failing = Array.from(
      { length: 4 },
      async () => await db.transaction(async () => await Promise.reject(new Error('not this time'))),
    );
    for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected');
    const inner = await db.transaction(
      async () => await db.transaction(async (tx) => await tx.secret.count()),
    );
    expect(inner).toBeGreaterThanOrEqual(0);
  });
});

describe('a query that is interrupted', () => {
  it('fails, and the next one gets a connection that works', async () => {
    const sleeping = [
      db.sql('select pg_sleep(3600)', []),
      db.read(async (client) => await client.$queryRaw`select pg_sleep(3600)::text`),
    ];
    const settled = Promise.allSettled(sleeping);
    const interrupted = new Set<unknown>();
    await until('both are under way and interrupted', async () => {
      const ended = await db.sql(
        `select pid, pg_terminate_backend(pid) from pg_stat_activity
         where query like '%pg_sleep(3600)%' and state = 'active' and pid <> pg_backend_pid()`,
        [],
      );
      for (const { pid } of ended as { pid: number }[]) interrupted.add(pid);
      return interrupted.size === sleeping.length;
    });
    expect((await settled).map((each) => each.status)).toEqual(['rejected', 'rejected']);
    expect(await db.sql('select 1 as up', [])).toEqual([{ up: 1 }]);
    expect(await db.read(async (client) => await client.secret.count())).toBeGreaterThanOrEqual(0);
    await test.database.ping();
  });
});
