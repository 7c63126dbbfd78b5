import type { TenantId } from '#lib/core';
import { afterCommit, type Database, type TenantClient, type TenantTransaction } from '#lib/db';
import { POLICY_CHANNEL } from './constants.ts';
import type { PolicyTexts } from './types.ts';

export interface StoredSet {
  readonly sha256: string;
  readonly version: number;
  readonly policies: PolicyTexts;
}

export interface PolicyStore {
  loadActive(tenant: TenantId): Promise<StoredSet | undefined>;
  /** Only its hash: what a cached engine is confirmed by. */
  loadActiveSha256(tenant: TenantId): Promise<string | undefined>;
  loadActiveIn(client: Pick<TenantClient, 'policySet'>): Promise<StoredSet | undefined>;
  /** Makes this set the active one, as a new version unless it was stored before. Replicas are told after the commit. */
  activate(
    tx: TenantTransaction,
    tenant: TenantId,
    set: Omit<StoredSet, 'version'>,
  ): Promise<{ readonly version: number; readonly known: boolean }>;
  /** Undefined: the connection was lost for a while, anything may have changed. */
  onChange(handler: (tenant: TenantId | undefined) => void): Promise<() => void>;
}

const COLUMNS = { sha256: true, version: true, policies: true } as const;

export function createPolicyStore(database: Database): PolicyStore {
  /** Told at once on this replica; the others hear it through PostgreSQL. */
  const handlers = new Set<(tenant: TenantId | undefined) => void>();
  return {
    async loadActive(tenant) {
      return await database.tenantDb(tenant).read(async (client) => await findActive(client));
    },
    async loadActiveSha256(tenant) {
      const row = await database
        .tenantDb(tenant)
        .read(
          async (client) =>
            await client.policySet.findFirst({ where: { active: true }, select: { sha256: true } }),
        );
      return row?.sha256;
    },
    loadActiveIn: findActive,
    async activate(tx, tenant, set) {
      const { sha256, policies } = set;
      await tx.policySet.updateMany({ where: { active: true }, data: { active: false } });
      const known = await tx.policySet.findFirst({ where: { sha256 }, select: { version: true } });
      const newest = await tx.policySet.findFirst({
        orderBy: { version: 'desc' },
        select: { version: true },
      });
      const version = known?.version ?? (newest?.version ?? 0) + 1;
      if (known === null) {
        const data = { tenantId: tenant, sha256, version, policies: { ...policies }, active: true };
        await tx.policySet.create({ data });
      } else await tx.policySet.updateMany({ where: { sha256 }, data: { active: true } });
      afterCommit(tx, () => {
        for (const handler of handlers) handler(tenant);
        void database.notify(POLICY_CHANNEL, tenant).catch(() => undefined);
      });
      return { version, known: known !== null };
    },
    async onChange(handler) {
      handlers.add(handler);
      const stop = await database.listen(POLICY_CHANNEL, (payload) =>
        handler(payload as TenantId | undefined),
      );
      return () => {
        handlers.delete(handler);
        stop();
      };
    },
  };
}

async function findActive(client: Pick<TenantClient, 'policySet'>): Promise<StoredSet | undefined> {
  const row = await client.policySet.findFirst({ where: { active: true }, select: COLUMNS });
  return row === null ? undefined : { ...row, policies: row.policies as PolicyTexts };
}
