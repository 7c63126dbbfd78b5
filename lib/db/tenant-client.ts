import type { TenantId } from '#lib/core';
import { TenantMismatchError } from './errors.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { flattenUniqueKey, scopeQuery } from './scope-query.ts';
import { runForTenant } from './tenant-pool.ts';

/** Models without a tenant's rows. Everything else has `tenantId`, which a test makes sure of. */
const SYSTEM_MODELS: ReadonlySet<string> = new Set([
  'Tenant',
  'ReplicaLease',
  'Revocation',
  'RevocationHead',
]);

/** A client for one tenant: the only difference between the product's and the isolation test's is the filter. */
export type MakeTenantClient = (base: PrismaClient, tenant: TenantId) => PrismaClient;

/** Prisma with the tenant's filter on every query. */
export const filteredClient: MakeTenantClient = (base, tenant) => {
  const extended = base.$extends({
    model: { $allModels: uniqueAsFirst },
    query: {
      $allModels: {
        async $allOperations({ model, operation, args, query }) {
          if (SYSTEM_MODELS.has(model)) throw new TenantMismatchError(model, operation);
          const scoped = scopeQuery(model, operation, args, tenant);
          return await runForTenant(tenant, async () => (await query(scoped as typeof args)) as unknown);
        },
      },
    },
  });
  return extended as unknown as PrismaClient;
};

interface Finder {
  $name: string;
  findFirst(args: unknown): Promise<unknown>;
  findFirstOrThrow(args: unknown): Promise<unknown>;
}

/**
 * Prisma collects the `findUnique` of one tick and runs them as one batch, on one connection: of two tenants one
 * would find nothing. A filter on the same columns is never batched, and PostgreSQL uses the same index.
 */
const uniqueAsFirst = {
  async findUnique(this: unknown, args: object): Promise<unknown> {
    const model = Prisma.getExtensionContext(this) as unknown as Finder;
    return await model.findFirst(asFilter(model.$name, args));
  },
  async findUniqueOrThrow(this: unknown, args: object): Promise<unknown> {
    const model = Prisma.getExtensionContext(this) as unknown as Finder;
    return await model.findFirstOrThrow(asFilter(model.$name, args));
  },
};

function asFilter(model: string, args: object): object {
  const enums = Prisma as unknown as Record<string, Record<string, string> | undefined>;
  const fields = new Set(Object.values(enums[`${model}ScalarFieldEnum`] ?? {}));
  const where = (args as { where: Record<string, unknown> }).where;
  return { ...args, where: flattenUniqueKey(where, fields) };
}
