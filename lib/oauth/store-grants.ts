import type { ClientId, GrantId, PersonId, ServerId, TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import { hashOf } from './hash.ts';
import { GRANTS_SHOWN_MAX } from './constants.ts';
import type { ClientGrants, GrantRecord, GrantSelection } from './types.ts';

interface GrantRow {
  readonly id: string;
  readonly mode: string;
  readonly personId: string | null;
  readonly clientId: string;
  readonly serverId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export type NewGrant = Omit<GrantRecord, 'revokedAt' | 'lastUsedAt'>;

/** A live grant's coordinates. */
export interface GrantPlace {
  readonly mode: 'user' | 'agent';
  readonly person?: PersonId;
  readonly clientId: ClientId;
  readonly server: ServerId;
}

/** Rows of `oauth_grant`: what was allowed, until when, and whether it still is. */
export interface GrantStore {
  create(tx: TenantTransaction, tenant: TenantId, grant: NewGrant): Promise<void>;
  load(tenant: TenantId, id: GrantId): Promise<GrantRecord | undefined>;
  /** The live grant with the latest end that still has `aliveAt` before it. */
  findLive(tenant: TenantId, place: GrantPlace, aliveAt: number): Promise<GrantRecord | undefined>;
  listForPerson(tenant: TenantId, person: PersonId, now: number): Promise<readonly GrantRecord[]>;
  listForClient(tenant: TenantId, client: ClientId, now: number): Promise<readonly GrantRecord[]>;
  countByClient(tenant: TenantId, now: number): Promise<readonly ClientGrants[]>;
  touch(tx: TenantTransaction, tenant: TenantId, id: GrantId, now: number): Promise<boolean>;
  /**
   * Marks the selected live grants as ended and deletes every code and refresh token that hangs on them. Each grant
   * is returned to exactly one caller, also when two end it at the same instant.
   */
  end(
    tx: TenantTransaction,
    tenant: TenantId,
    selection: GrantSelection,
    now: number,
  ): Promise<readonly GrantRecord[]>;
  /** Deletes what has expired; the log keeps what there was. */
  sweep(tenant: TenantId, now: number): Promise<void>;
}

export function createGrantStore(database: Database): GrantStore {
  return {
    create: async (tx, tenant, grant) => {
      await tx.grant.create({ data: rowOf(tenant, grant) });
    },
    load: async (tenant, id) => {
      const row = await database
        .tenantDb(tenant)
        .read((client) => client.grant.findUnique({ where: { tenantId_id: { tenantId: tenant, id } } }));
      return row ? recordOf(row) : undefined;
    },
    findLive: async (tenant, place, aliveAt) => {
      const row = await database.tenantDb(tenant).read((client) =>
        client.grant.findFirst({
          where: {
            tenantId: tenant,
            mode: place.mode,
            personId: place.person ?? null,
            clientId: place.clientId,
            serverId: place.server,
            revokedAt: null,
            expiresAt: { gt: new Date(aliveAt) },
          },
          orderBy: { expiresAt: 'desc' },
        }),
      );
      return row ? recordOf(row) : undefined;
    },
    listForPerson: async (tenant, person, now) => {
      const rows = await database.tenantDb(tenant).read((client) =>
        client.grant.findMany({
          where: { tenantId: tenant, personId: person, revokedAt: null, expiresAt: { gt: new Date(now) } },
          orderBy: { createdAt: 'desc' },
        }),
      );
      return rows.map(recordOf);
    },
    listForClient: async (tenant, client, now) => {
      const rows = await database.tenantDb(tenant).read((db) =>
        db.grant.findMany({
          where: { tenantId: tenant, clientId: client, revokedAt: null, expiresAt: { gt: new Date(now) } },
          orderBy: { createdAt: 'desc' },
          take: GRANTS_SHOWN_MAX,
        }),
      );
      return rows.map(recordOf);
    },
    countByClient: async (tenant, now) => await countByClient(database, tenant, now),
    touch: async (tx, tenant, id, now) => {
      const time = new Date(now);
      const changed = await tx.grant.updateMany({
        where: { tenantId: tenant, id, revokedAt: null, expiresAt: { gt: time } },
        data: { lastUsedAt: time },
      });
      return changed.count === 1;
    },
    end: (tx, tenant, selection, now) => endGrants(tx, tenant, selection, now),
    sweep: async (tenant, now) => {
      const where = { tenantId: tenant, expiresAt: { lt: new Date(now) } };
      await database.tenantDb(tenant).read((client) => client.grant.deleteMany({ where }));
    },
  };
}

async function countByClient(
  database: Database,
  tenant: TenantId,
  now: number,
): Promise<readonly ClientGrants[]> {
  const rows = await database.tenantDb(tenant).read((client) =>
    client.grant.groupBy({
      by: ['clientId'],
      where: { tenantId: tenant, revokedAt: null, expiresAt: { gt: new Date(now) } },
      _count: { id: true },
      _max: { lastUsedAt: true },
    }),
  );
  return rows.map(({ clientId, _count, _max }) => ({
    clientId: clientId as ClientId,
    live: _count.id,
    ...(_max.lastUsedAt === null ? {} : { lastUsedAt: _max.lastUsedAt.getTime() }),
  }));
}

async function endGrants(
  tx: TenantTransaction,
  tenant: TenantId,
  selection: GrantSelection,
  now: number,
): Promise<readonly GrantRecord[]> {
  const live = await tx.grant.findMany({
    where: { tenantId: tenant, revokedAt: null, ...whereOf(selection) },
    orderBy: { id: 'asc' },
  });
  const ended: GrantRecord[] = [];
  for (const row of live) {
    const changed = await tx.grant.updateMany({
      where: { tenantId: tenant, id: row.id, revokedAt: null },
      data: { revokedAt: new Date(now) },
    });
    await tx.oauthPayload.deleteMany({ where: { tenantId: tenant, grantIdHash: hashOf(row.id) } });
    if (changed.count === 1) ended.push(recordOf(row));
  }
  return ended;
}

function whereOf(selection: GrantSelection) {
  if ('all' in selection) return {};
  if ('server' in selection) return { serverId: selection.server };
  const { grant, person, clientId } = selection as {
    readonly grant?: GrantId;
    readonly person?: PersonId;
    readonly clientId?: ClientId;
  };
  return {
    ...(grant === undefined ? {} : { id: grant }),
    ...(person === undefined ? {} : { personId: person }),
    ...(clientId === undefined ? {} : { clientId }),
  };
}

function rowOf(tenant: TenantId, grant: NewGrant) {
  return {
    tenantId: tenant,
    id: grant.id,
    mode: grant.mode,
    personId: grant.person ?? null,
    clientId: grant.clientId,
    serverId: grant.server,
    createdAt: new Date(grant.createdAt),
    expiresAt: new Date(grant.expiresAt),
    lastUsedAt: null,
  };
}

function recordOf(row: GrantRow): GrantRecord {
  return {
    id: row.id as GrantId,
    mode: row.mode === 'agent' ? 'agent' : 'user',
    clientId: row.clientId as ClientId,
    server: row.serverId as ServerId,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    ...(row.personId === null ? {} : { person: row.personId as PersonId }),
    ...(row.revokedAt === null ? {} : { revokedAt: row.revokedAt.getTime() }),
    ...(row.lastUsedAt === null ? {} : { lastUsedAt: row.lastUsedAt.getTime() }),
  };
}
