import type { PersonId, ReceiptId, TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import { hashPolicies } from './hash-policies.ts';
import type { PolicyTexts } from './types.ts';
import type {
  PolicyActivation,
  PolicyChange,
  PolicyVersionTexts,
  PolicyVersionName,
} from './version-types.ts';

/** A version as its row says it, without texts. */
export interface StoredVersion {
  readonly version: number;
  readonly sha256: string;
  readonly createdAt: number;
  readonly active: boolean;
}

export interface PolicyVersionStore {
  /** Newest first, below `before`. */
  list(tenant: TenantId, limit: number, before: number | undefined): Promise<readonly StoredVersion[]>;
  /** Of these versions, oldest first. */
  activationsOf(tenant: TenantId, versions: readonly number[]): Promise<readonly PolicyActivation[]>;
  load(tenant: TenantId, version: PolicyVersionName): Promise<PolicyVersionTexts | undefined>;
  loadIn(tx: TenantTransaction, version: number): Promise<PolicyVersionTexts | undefined>;
  remember(
    tx: TenantTransaction,
    tenant: TenantId,
    activation: Omit<PolicyActivation, 'number'>,
  ): Promise<void>;
}

type Rows = Pick<TenantTransaction, 'policySet'>;

export function createPolicyVersionStore(database: Database): PolicyVersionStore {
  return {
    async list(tenant, limit, before) {
      const rows = await database.tenantDb(tenant).read(
        async (client) =>
          await client.policySet.findMany({
            ...(before === undefined ? {} : { where: { version: { lt: before } } }),
            orderBy: { version: 'desc' },
            take: limit,
            select: { version: true, sha256: true, createdAt: true, active: true },
          }),
      );
      return rows.map((row) => ({ ...row, createdAt: row.createdAt.getTime() }));
    },
    async activationsOf(tenant, versions) {
      const rows = await database.tenantDb(tenant).read(
        async (client) =>
          await client.policyActivation.findMany({
            where: { version: { in: [...versions] } },
            orderBy: { number: 'asc' },
          }),
      );
      return rows.map(({ number, version, activatedAt, mode, personId, workload, receiptId, change }) => ({
        number,
        version,
        at: activatedAt.getTime(),
        author: {
          mode: mode as PolicyActivation['author']['mode'],
          ...(personId === null ? {} : { person: personId as PersonId }),
          ...(workload === null ? {} : { workload }),
        },
        change: change as unknown as PolicyChange,
        receipt: receiptId as ReceiptId,
      }));
    },
    async load(tenant, version) {
      return await database.tenantDb(tenant).read(async (client) => await find(client, version));
    },
    loadIn: find,
    async remember(tx, tenant, { version, at, author, change, receipt }) {
      const last = await tx.policyActivation.findFirst({
        orderBy: { number: 'desc' },
        select: { number: true },
      });
      await tx.policyActivation.create({
        data: {
          tenantId: tenant,
          number: (last?.number ?? 0) + 1,
          version,
          activatedAt: new Date(at),
          mode: author.mode,
          personId: author.person ?? null,
          workload: author.workload ?? null,
          receiptId: receipt,
          change: {
            ...change,
            added: [...change.added],
            changed: [...change.changed],
            removed: [...change.removed],
          },
        },
      });
    },
  };
}

async function find(client: Rows, version: PolicyVersionName): Promise<PolicyVersionTexts | undefined> {
  const row = await client.policySet.findFirst({
    where: version === 'active' ? { active: true } : typeof version === 'number' ? { version } : version,
    select: { version: true, sha256: true, active: true, policies: true },
  });
  if (row === null) return undefined;
  const found = { ...row, policies: row.policies as PolicyTexts };
  // What a receipt names by its hash is shown only as it read then.
  const isNamed = typeof version !== 'object' || hashPolicies(found.policies) === version.sha256;
  return isNamed ? found : undefined;
}
