import type { TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import { APPLY_TRANSACTION_MS } from './constants.ts';

export interface ManifestStore {
  /** One application of a tenant's file at a time; a second one waits for the first. */
  transaction<T>(tenant: TenantId, apply: (tx: TenantTransaction) => Promise<T>): Promise<T>;
  /** Remembers which file is in force, once per change. */
  remember(tx: TenantTransaction, tenant: TenantId, sha256: string, appliedBy: string): Promise<void>;
}

export function createManifestStore(database: Database): ManifestStore {
  return {
    async transaction(tenant, apply) {
      return await database.tenantDb(tenant).transaction(
        async (tx) => {
          await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('manifest/' || ${tenant}::text, 0))`;
          return await apply(tx);
        },
        { timeoutMs: APPLY_TRANSACTION_MS },
      );
    },
    async remember(tx, tenant, sha256, appliedBy) {
      const last = await tx.manifestApplication.findFirst({ orderBy: { appliedAt: 'desc' } });
      if (last?.sha256 === sha256) return;
      await tx.manifestApplication.create({ data: { tenantId: tenant, sha256, appliedBy } });
    },
  };
}
