import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TenantId } from '#lib/core';
import { listDueTenants, SWEPT_TABLES } from './due-tenants.ts';
import { createTenant, createWorld, type World } from './testing/start-world.ts';
import type { Runtime } from './types.ts';

const NOW = Date.parse('2026-11-27T08:00:00Z');

let world: World;
let runtime: Runtime;

beforeAll(async () => {
  world = await createWorld();
  runtime = await world.start();
});
afterAll(async () => {
  await runtime.close();
  await world.close();
});

async function asOwner<Row extends object>(statement: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: world.test.adminUrl });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function insert(statement: string, tenant: TenantId, expiresAt: number): Promise<void> {
  const client = new pg.Client({ connectionString: world.test.adminUrl });
  await client.connect();
  try {
    await client.query(`set app.tenant = '${tenant}'`);
    await client.query(statement, [tenant, randomBytes(32), new Date(expiresAt)]);
  } finally {
    await client.end();
  }
}

const ATTEMPT =
  'insert into sign_in_attempt (tenant_id, state_hash, sealed, expires_at) values ($1, $2, $2, $3)';
const PAYLOAD = `insert into oauth_payload (tenant_id, model, id_hash, sealed, expires_at) values ($1, 'Session', $2, $2, $3)`;

it('names the tenants in which something has expired, whatever it is, and no other', async () => {
  const [signIn, oauth, later] = [
    await createTenant(runtime, 'sign-in'),
    await createTenant(runtime, 'oauth'),
    await createTenant(runtime, 'later'),
  ];
  expect(await listDueTenants(runtime.database, NOW)).toEqual(new Set());
  await insert(ATTEMPT, signIn.id, NOW - 1);
  await insert(PAYLOAD, oauth.id, NOW - 1);
  await insert(PAYLOAD, oauth.id, NOW - 2);
  await insert(ATTEMPT, later.id, NOW + 60_000);
  expect(await listDueTenants(runtime.database, NOW)).toEqual(new Set([signIn.id, oauth.id]));
  expect(await listDueTenants(runtime.database, NOW + 120_000)).toEqual(
    new Set([signIn.id, oauth.id, later.id]),
  );
});

it('looks at every table of which the sweeper may see when a row falls due', async () => {
  const rows = await asOwner<{ table: string }>(
    `select distinct table_name as table from information_schema.column_privileges
      where grantee = 'countersign_sweeper' and column_name = 'expires_at' and table_name <> 'replica_lease'`,
  );
  expect(rows.map(({ table }) => table).toSorted()).toEqual([...SWEPT_TABLES]);
});
