import type { TenantId } from '#lib/core';
import { afterCommit, type Database, type TenantClient, type TenantTransaction } from '#lib/db';
import { isSealedActive, sealActive, type SealKeys } from './active-seal.ts';
import { POLICY_CHANNEL } from './constants.ts';
import { hashPolicies } from './hash-policies.ts';
import type { PolicyTexts } from './types.ts';

export interface StoredSet {
  readonly sha256: string;
  readonly version: number;
  readonly policies: PolicyTexts;
  /**
   * False: something else than an activation here made it the active one, or took it out of force, or its texts are not what its
   * hash says.
   */
  readonly isSaved: boolean;
}

export interface PolicyStore {
  loadActive(tenant: TenantId): Promise<StoredSet | undefined>;
  /** Only its hash: what a cached engine is confirmed by. */
  loadActiveSha256(tenant: TenantId): Promise<string | undefined>;
  loadActiveIn(client: Client, tenant: TenantId): Promise<StoredSet | undefined>;
  /** Makes this set the active one, as a new version unless it was stored before. Replicas are told after the commit. */
  activate(
    tx: TenantTransaction,
    tenant: TenantId,
    set: Pick<StoredSet, 'sha256' | 'policies'>,
  ): Promise<{ readonly version: number; readonly known: boolean }>;
  /** Undefined: the connection was lost for a while, anything may have changed. */
  onChange(handler: (tenant: TenantId | undefined) => void): Promise<() => void>;
}

type Client = Pick<TenantClient, 'policySet'>;

const COLUMNS = { sha256: true, version: true, policies: true, active: true, seal: true } as const;

export function createPolicyStore(database: Database, keys: SealKeys): PolicyStore {
  /** Told at once on this replica; the others hear it through PostgreSQL. */
  const handlers = new Set<(tenant: TenantId | undefined) => void>();
  return {
    async loadActive(tenant) {
      return await database.tenantDb(tenant).read(async (client) => await findActive(keys, client, tenant));
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
    loadActiveIn: async (client, tenant) => await findActive(keys, client, tenant),
    async activate(tx, tenant, set) {
      const { sha256, policies } = set;
      // A seal that somebody parked on a set that is not in force goes, too.
      const before = { OR: [{ active: true }, { NOT: { seal: null } }] };
      await tx.policySet.updateMany({ where: before, data: { active: false, seal: null } });
      const known = await tx.policySet.findFirst({ where: { sha256 }, select: { version: true } });
      const newest = await tx.policySet.findFirst({
        orderBy: { version: 'desc' },
        select: { version: true },
      });
      const version = known?.version ?? (newest?.version ?? 0) + 1;
      const seal = await sealActive(keys, tenant, { sha256, version });
      // The texts of a known one, too: they may have been changed in the database.
      const data = { policies: { ...policies }, active: true, seal };
      if (known === null) await tx.policySet.create({ data: { ...data, tenantId: tenant, sha256, version } });
      else await tx.policySet.updateMany({ where: { sha256 }, data });
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

async function findActive(keys: SealKeys, client: Client, tenant: TenantId): Promise<StoredSet | undefined> {
  const row =
    (await client.policySet.findFirst({ where: { active: true }, select: COLUMNS })) ??
    (await findLast(client));
  if (row === null) return undefined;
  const { sha256, version, active } = row;
  const policies = textsOf(row.policies);
  const isSaved = active && hashPolicies(policies) === sha256 && (await isSealedActive(keys, tenant, row));
  return { sha256, version, policies, isSaved };
}

/** Where there are sets, one is in force: which one was says its seal, or else the newest is the likeliest. */
async function findLast(client: Client) {
  return await client.policySet.findFirst({
    orderBy: [{ seal: { sort: 'desc', nulls: 'last' } }, { version: 'desc' }],
    select: COLUMNS,
  });
}

/** Without what no save here has written. */
function textsOf(column: unknown): PolicyTexts {
  const entries = Object.entries(column ?? {}).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(entries) as PolicyTexts;
}
