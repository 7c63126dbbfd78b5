import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { TenantId, TenantSlug } from '#lib/core';
import type { Database, DatabaseLogger } from '#lib/db';
import { createDatabase } from '../../lib/db/create-database.ts';
import type { MakeTenantClient } from '../../lib/db/tenant-client.ts';

export interface TestDatabaseOptions {
  readonly poolSize?: number;
  readonly logger?: DatabaseLogger;
  /** Leaves the application's own tenant filter out, to show that row-level security holds by itself. */
  readonly withoutTenantFilter?: boolean;
}

export interface TestTenant {
  readonly id: TenantId;
  readonly slug: TenantSlug;
  readonly issuer: string;
  readonly canonicalUrl: string;
  readonly displayName: string;
  readonly state: 'active';
  readonly demo: boolean;
}

export interface TestDatabase {
  readonly database: Database;
  /** The application's role on this database. */
  readonly url: string;
  /** The role that owns the schema, and everything else here. */
  readonly adminUrl: string;
  /** A tenant's row and nothing else: no keys, no log. */
  tenant(slug?: string): Promise<TestTenant>;
  /** One more replica on the same database. */
  replica(options?: TestDatabaseOptions): Promise<Database>;
  close(): Promise<void>;
}

const quiet: DatabaseLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const unfiltered: MakeTenantClient = (base) => base;

/** A database of this test file's own: call it in `beforeAll`, and `close` in `afterAll`. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = inject('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server.adminUrl, `create database ${name} template ${databaseOf(server.adminUrl)}`);
  const url = withDatabase(server.url, name);
  const replicas: Database[] = [];
  const replica = async ({ poolSize, logger, withoutTenantFilter }: TestDatabaseOptions = {}) => {
    const made = await createDatabase(
      { url, poolSize: poolSize ?? 4, logger: logger ?? quiet },
      ...(withoutTenantFilter === true ? [unfiltered] : []),
    );
    replicas.push(made);
    return made;
  };
  const database = await replica(options);
  return {
    database,
    url,
    adminUrl: withDatabase(server.adminUrl, name),
    replica,
    tenant: async (slug = `t-${randomBytes(4).toString('hex')}`) => await insertTenant(database, slug),
    close: async () => {
      for (const each of replicas) await each.close();
      await asAdmin(server.adminUrl, `drop database ${name} with (force)`);
    },
  };
}

async function insertTenant(database: Database, slug: string): Promise<TestTenant> {
  const canonicalUrl = `http://localhost:3000/t/${slug}`;
  const tenant: TestTenant = {
    id: randomUUID() as TenantId,
    slug: slug as TenantSlug,
    issuer: canonicalUrl,
    canonicalUrl,
    displayName: slug,
    state: 'active',
    demo: false,
  };
  await database.systemDb.read(async (client) => await client.tenant.create({ data: tenant }));
  return tenant;
}

/** From the maintenance database: a template may have no other session while it is copied. */
async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: withDatabase(adminUrl, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
