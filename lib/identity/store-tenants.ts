import { randomUUID } from 'node:crypto';
import { assert, type TenantId, type TenantSlug } from '#lib/core';
import type { Database, SystemClient, TenantClient, TenantTransaction } from '#lib/db';
import type { TenantRecord, TenantState } from './types.ts';

type TenantRow = Awaited<ReturnType<SystemClient['tenant']['findFirstOrThrow']>>;

function toRecord(row: TenantRow): TenantRecord {
  return {
    id: row.id as TenantId,
    slug: row.slug as TenantSlug,
    issuer: row.issuer,
    canonicalUrl: row.canonicalUrl,
    displayName: row.displayName,
    state: row.state as TenantState,
    demo: row.demo,
  };
}

/** Claims the slug; returns the row that has it, new or old. */
export async function reserveTenant(
  database: Database,
  draft: { slug: string; canonicalUrl: string; displayName: string; demo: boolean },
): Promise<TenantRecord> {
  return await database.systemDb.read(async (client) => {
    const data = { ...draft, id: randomUUID(), issuer: draft.canonicalUrl, state: 'creating' };
    await client.tenant.createMany({ data: [data], skipDuplicates: true });
    return toRecord(await client.tenant.findUniqueOrThrow({ where: { slug: draft.slug } }));
  });
}

export async function findTenantBySlug(database: Database, slug: string): Promise<TenantRecord | undefined> {
  const row = await database.systemDb.read(
    async (client) => await client.tenant.findUnique({ where: { slug } }),
  );
  return row === null ? undefined : toRecord(row);
}

export async function findTenantById(database: Database, id: TenantId): Promise<TenantRecord | undefined> {
  const row = await database.systemDb.read(
    async (client) => await client.tenant.findUnique({ where: { id } }),
  );
  return row === null ? undefined : toRecord(row);
}

export async function listTenants(database: Database): Promise<readonly TenantRecord[]> {
  const rows = await database.systemDb.read(
    async (client) => await client.tenant.findMany({ orderBy: { slug: 'asc' } }),
  );
  return rows.map(toRecord);
}

/** In the tenant's own transaction, so that the change and its receipt are one. False when another process was first. */
export async function activateTenant(tx: TenantTransaction, id: TenantId): Promise<boolean> {
  return (
    (await tx.$executeRaw`update tenant set state = 'active' where id = ${id}::uuid and state = 'creating'`) ===
    1
  );
}

export async function updateTenantState(
  tx: TenantTransaction,
  id: TenantId,
  state: TenantState,
): Promise<void> {
  await tx.$executeRaw`update tenant set state = ${state} where id = ${id}::uuid`;
}

export async function renameTenant(tx: TenantTransaction, id: TenantId, displayName: string): Promise<void> {
  await tx.$executeRaw`update tenant set display_name = ${displayName} where id = ${id}::uuid`;
}

export async function findDisplayName(client: TenantClient, id: TenantId): Promise<string> {
  const [row] = await client.$queryRaw<
    { name: string }[]
  >`select display_name as name from tenant where id = ${id}::uuid`;
  assert(row, 'a tenant that is being changed exists');
  return row.name;
}

export async function readdressTenant(
  tx: TenantTransaction,
  tenant: TenantRecord,
  canonicalUrl: string,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update tenant set canonical_url = ${canonicalUrl}
    where id = ${tenant.id}::uuid and canonical_url = ${tenant.canonicalUrl}`;
  return changed === 1;
}
