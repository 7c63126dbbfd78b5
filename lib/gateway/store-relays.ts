import { decodeUtf8, utf8, type Clock, type JsonObject, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Keys } from '#lib/keys';

/** Rows of `mcp_relay`: what one request leaves behind for another, which may reach another replica. */
export interface RelayStore {
  /** Under an id of its own. */
  put(tenant: TenantId, id: string, message: JsonObject, ms: number): Promise<void>;
  /** In place of what is there under this id. */
  replace(tenant: TenantId, id: string, message: JsonObject, ms: number): Promise<void>;
  /** Leaves it there. Undefined: there is none, or no longer. */
  look(tenant: TenantId, id: string): Promise<JsonObject | undefined>;
  /** Once: whoever takes it has it alone. Undefined: there is none, or no longer. */
  take(tenant: TenantId, id: string): Promise<JsonObject | undefined>;
  /** Deletes what nobody took; how many. */
  sweep(tenant: TenantId): Promise<number>;
}

interface Row {
  readonly sealed: Uint8Array;
  readonly expires_at: Date;
}

const PURPOSE = 'mcp-relay';
const PUT = 'insert into mcp_relay (tenant_id, id, sealed, expires_at) values ($1, $2, $3, $4)';
const REPLACE = `${PUT} on conflict (tenant_id, id) do update set sealed = excluded.sealed, expires_at = excluded.expires_at`;
const LOOK = 'select sealed, expires_at from mcp_relay where tenant_id = $1 and id = $2';
const TAKE = 'delete from mcp_relay where tenant_id = $1 and id = $2 returning sealed, expires_at';

export function createRelayStore(database: Database, keys: Keys, clock: Clock): RelayStore {
  async function write(sql: string, tenant: TenantId, id: string, message: JsonObject, ms: number) {
    const sealed = await keys.seal(tenant, { purpose: PURPOSE, record: id }, utf8(JSON.stringify(message)));
    await database.tenantDb(tenant).sql(sql, [tenant, id, sealed, new Date(clock.now() + ms)]);
  }

  async function read(sql: string, tenant: TenantId, id: string): Promise<JsonObject | undefined> {
    const [row] = await database.tenantDb(tenant).sql<Row>(sql, [tenant, id]);
    if (row === undefined || row.expires_at.getTime() <= clock.now()) return undefined;
    const opened = await keys.open(tenant, { purpose: PURPOSE, record: id }, row.sealed);
    return JSON.parse(decodeUtf8(opened) ?? 'null') as JsonObject;
  }

  return {
    put: (...row) => write(PUT, ...row),
    replace: (...row) => write(REPLACE, ...row),
    look: (tenant, id) => read(LOOK, tenant, id),
    take: (tenant, id) => read(TAKE, tenant, id),
    async sweep(tenant) {
      const where = { expiresAt: { lt: new Date(clock.now()) } };
      const { count } = await database
        .tenantDb(tenant)
        .read((client) => client.mcpRelay.deleteMany({ where }));
      return count;
    },
  };
}
