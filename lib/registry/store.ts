import type { ServerId, TenantId } from '#lib/core';
import { afterCommit, type Database, type TenantClient, type TenantTransaction } from '#lib/db';
import type { Keys } from '#lib/keys';
import { buildAltered, buildServer, type DefinitionRow, type ServerRow } from './build-server.ts';
import { REGISTRY_CHANNEL } from './constants.ts';
import { areSealedPins, isSealedServer, sealPins, sealServer } from './server-seal.ts';
import type { ServerSettings } from './server-settings.ts';
import type { Drift, PinnedDefinition, PinnedServer, ServerState } from './types.ts';

export interface ServerFields {
  readonly url: string;
  readonly title: string;
  readonly settings: ServerSettings;
}

export interface RegistryStore {
  load(tenant: TenantId, id: ServerId): Promise<PinnedServer | undefined>;
  loadVersion(tenant: TenantId, id: ServerId): Promise<number | undefined>;
  list(tenant: TenantId): Promise<readonly PinnedServer[]>;
  findIn(tx: TenantTransaction, tenant: TenantId, id: ServerId): Promise<PinnedServer | undefined>;
  /** As the row says, whoever wrote it. */
  urlIn(tx: TenantTransaction, id: ServerId): Promise<string | undefined>;
  listIn(client: Client, tenant: TenantId): Promise<readonly PinnedServer[]>;
  create(tx: TenantTransaction, tenant: TenantId, id: ServerId, fields: ServerFields): Promise<number>;
  update(tx: TenantTransaction, tenant: TenantId, id: ServerId, fields: ServerFields): Promise<number>;
  replaceDefinitions(
    tx: TenantTransaction,
    tenant: TenantId,
    server: PinnedServer,
    definitions: readonly PinnedDefinition[],
  ): Promise<void>;
  /** It is another server now: unpinned, and whatever was under way with the one before ends. Tokens stay good. */
  dropDefinitions(tx: TenantTransaction, tenant: TenantId, id: ServerId): Promise<void>;
  remove(tx: TenantTransaction, tenant: TenantId, id: ServerId): Promise<boolean>;
  /** Notes drifts of pins that had none; returns those. `within` runs in the same transaction when there are any. */
  noteDrift(
    tenant: TenantId,
    server: ServerId,
    drifts: readonly Drift[],
    within: (tx: TenantTransaction, noted: readonly Drift[]) => Promise<void>,
  ): Promise<void>;
  /** Undefined: the connection was lost for a while, anything may have changed. */
  onChange(handler: (tenant: TenantId | undefined) => void): Promise<() => void>;
}

export function createRegistryStore(database: Database, keys: SealKeys): RegistryStore {
  /** Told at once on this replica; the others hear it through PostgreSQL. */
  const handlers = new Set<(tenant: TenantId | undefined) => void>();
  const tell = (tx: TenantTransaction, tenant: TenantId) =>
    afterCommit(tx, () => {
      for (const handler of handlers) handler(tenant);
      void database.notify(REGISTRY_CHANNEL, tenant).catch(() => undefined);
    });
  return {
    load: async (tenant, id) =>
      await database.tenantDb(tenant).read(async (client) => await find(keys, client, tenant, id)),
    async loadVersion(tenant, id) {
      const query = { where: { id }, select: { version: true } };
      return (await database.tenantDb(tenant).read(async (client) => await client.server.findFirst(query)))
        ?.version;
    },
    list: async (tenant) =>
      await database.tenantDb(tenant).read(async (client) => await list(keys, client, tenant)),
    findIn: async (tx, tenant, id) => await find(keys, tx, tenant, id),
    urlIn: async (tx, id) => (await tx.server.findFirst({ where: { id }, select: { url: true } }))?.url,
    listIn: async (client, tenant) => await list(keys, client, tenant),
    async create(tx, tenant, id, fields) {
      const seal = await sealServer(keys, tenant, { id, ...fields });
      await tx.server.create({ data: { tenantId: tenant, id, ...fields, seal, state: 'unpinned' } });
      tell(tx, tenant);
      return 1;
    },
    async update(tx, tenant, id, fields) {
      const where = { tenantId_id: { tenantId: tenant, id } };
      const seal = await sealServer(keys, tenant, { id, ...fields });
      const row = await tx.server.update({ where, data: { ...fields, seal, version: { increment: 1 } } });
      tell(tx, tenant);
      return row.version;
    },
    async replaceDefinitions(tx, tenant, server, definitions) {
      await replaceDefinitions(keys, tx, tenant, server, definitions);
      tell(tx, tenant);
    },
    async dropDefinitions(tx, tenant, id) {
      await tx.definition.deleteMany({ where: { serverId: id } });
      await setState(tx, id, 'unpinned', null);
      await database.revocations.revoke(tx, { tenant, kind: 'server', subject: id });
      tell(tx, tenant);
    },
    async remove(tx, tenant, id) {
      if (!(await deleteServer(tx, id))) return false;
      await database.revocations.revoke(tx, { tenant, kind: 'server', subject: id });
      tell(tx, tenant);
      return true;
    },
    async noteDrift(tenant, server, drifts, within) {
      await database.tenantDb(tenant).transaction(async (tx) => {
        const noted = await markDrifted(tx, server, drifts);
        if (noted.length === 0) return;
        await setState(tx, server, 'drifted');
        await within(tx, noted);
        tell(tx, tenant);
      });
    },
    async onChange(handler) {
      handlers.add(handler);
      const stop = await database.listen(REGISTRY_CHANNEL, (payload) =>
        handler(payload as TenantId | undefined),
      );
      return () => {
        handlers.delete(handler);
        stop();
      };
    },
  };
}

async function deleteServer(tx: TenantTransaction, id: ServerId): Promise<boolean> {
  await tx.definition.deleteMany({ where: { serverId: id } });
  const { count } = await tx.server.deleteMany({ where: { id } });
  return count > 0;
}

type Client = Pick<TenantClient, 'server' | 'definition'>;
type SealKeys = Pick<Keys, 'lookup'>;

async function find(
  keys: SealKeys,
  client: Client,
  tenant: TenantId,
  id: ServerId,
): Promise<PinnedServer | undefined> {
  const row = await client.server.findFirst({ where: { id } });
  if (row === null) return undefined;
  const definitions = await client.definition.findMany({
    where: { serverId: id },
    orderBy: { name: 'asc' },
  });
  return await build(keys, tenant, row, definitions);
}

async function build(
  keys: SealKeys,
  tenant: TenantId,
  row: ServerRow & { readonly seal: Uint8Array | null; readonly pinsSeal: Uint8Array | null },
  definitions: readonly DefinitionRow[],
): Promise<PinnedServer> {
  if (!(await isSealedServer(keys, tenant, row))) return buildAltered(row, definitions);
  return buildServer(row, definitions, await areSealedPins(keys, tenant, row, definitions));
}

async function list(keys: SealKeys, client: Client, tenant: TenantId): Promise<readonly PinnedServer[]> {
  const rows = await client.server.findMany({ orderBy: { id: 'asc' } });
  const definitions = await client.definition.findMany({ orderBy: { name: 'asc' } });
  const byServer = Map.groupBy(definitions, ({ serverId }) => serverId);
  return await Promise.all(
    rows.map(async (row) => await build(keys, tenant, row, byServer.get(row.id) ?? [])),
  );
}

async function replaceDefinitions(
  keys: SealKeys,
  tx: TenantTransaction,
  tenant: TenantId,
  { id, url }: PinnedServer,
  definitions: readonly PinnedDefinition[],
): Promise<void> {
  await tx.definition.deleteMany({ where: { serverId: id } });
  const rows = definitions.map(({ kind, name, definitionSha256, text, drift }) => ({
    tenantId: tenant,
    serverId: id,
    kind,
    name,
    sha256: definitionSha256,
    text,
    drift: drift ?? null,
  }));
  await tx.definition.createMany({ data: rows });
  const state = rows.some(({ drift }) => drift !== null) ? 'drifted' : 'pinned';
  await setState(tx, id, state, await sealPins(keys, tenant, { id, url }, rows));
}

async function setState(
  tx: TenantTransaction,
  id: ServerId,
  state: ServerState,
  pinsSeal?: Uint8Array<ArrayBuffer> | null,
): Promise<void> {
  const seal = pinsSeal === undefined ? {} : { pinsSeal };
  await tx.server.updateMany({ where: { id }, data: { state, ...seal, version: { increment: 1 } } });
}

/** Only a pin without drift is marked: of many replicas and a flapping upstream, one receipt per pin remains. */
async function markDrifted(
  tx: TenantTransaction,
  server: ServerId,
  drifts: readonly Drift[],
): Promise<readonly Drift[]> {
  const noted: Drift[] = [];
  for (const drift of drifts) {
    const { kind, name, liveSha256 } = drift;
    const where = { serverId: server, kind, name, drift: null, sha256: { not: liveSha256 } };
    const { count } = await tx.definition.updateMany({ where, data: { drift: liveSha256 } });
    if (count > 0) noted.push(drift);
  }
  return noted;
}
