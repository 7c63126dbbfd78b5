import { decodeUtf8, utf8, type Clock, type JsonObject, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Keys } from '#lib/keys';
import { RELAY_CHANGE_TRIES_MAX } from './constants.ts';

/** Rows of `mcp_relay`: what one request leaves behind for another, which may reach another replica. */
export interface RelayStore {
  /** Under an id of its own. */
  put(tenant: TenantId, id: string, message: JsonObject, ms: number): Promise<void>;
  /** In place of what is there under this id. */
  replace(tenant: TenantId, id: string, message: JsonObject, ms: number): Promise<void>;
  /**
   * Makes of what is there under this id what `change` makes of it, whoever else changes it at the same moment; what it has
   * become. Where `change` answers undefined it stays as it is.
   */
  change(tenant: TenantId, id: string, change: RowChange, ms: number): Promise<JsonObject | undefined>;
  /** Leaves it there. Undefined: there is none, or no longer. */
  look(tenant: TenantId, id: string): Promise<JsonObject | undefined>;
  /** Once: whoever takes it has it alone. Undefined: there is none, or no longer. */
  take(tenant: TenantId, id: string): Promise<JsonObject | undefined>;
  /** Deletes what nobody took; how many. */
  sweep(tenant: TenantId): Promise<number>;
}

/** What becomes of a row, which may not be there yet. Called again where somebody else was faster. */
type RowChange = (message: JsonObject | undefined) => JsonObject | undefined;

interface Row {
  readonly sealed: Uint8Array;
  readonly expires_at: Date;
}

const PURPOSE = 'mcp-relay';
const PUT = 'insert into mcp_relay (tenant_id, id, sealed, expires_at) values ($1, $2, $3, $4)';
const REPLACE = `${PUT} on conflict (tenant_id, id) do update set sealed = excluded.sealed, expires_at = excluded.expires_at`;
const ADD = `${PUT} on conflict (tenant_id, id) do nothing returning 1`;
const SWAP = `update mcp_relay set sealed = $3, expires_at = $4 where tenant_id = $1 and id = $2 and sealed = $5 returning 1`;
const LOOK = 'select sealed, expires_at from mcp_relay where tenant_id = $1 and id = $2';
const TAKE = 'delete from mcp_relay where tenant_id = $1 and id = $2 returning sealed, expires_at';

export function createRelayStore(database: Database, keys: Keys, clock: Clock): RelayStore {
  async function write(sql: string, tenant: TenantId, id: string, message: JsonObject, ms: number) {
    const sealed = await keys.seal(tenant, { purpose: PURPOSE, record: id }, utf8(JSON.stringify(message)));
    await database.tenantDb(tenant).sql(sql, [tenant, id, sealed, new Date(clock.now() + ms)]);
  }

  /** As it lies there; what has expired may not have been swept yet. */
  async function find(sql: string, tenant: TenantId, id: string) {
    const [row] = await database.tenantDb(tenant).sql<Row>(sql, [tenant, id]);
    if (row === undefined) return undefined;
    if (row.expires_at.getTime() <= clock.now()) return { sealed: row.sealed, message: undefined };
    const opened = await keys.open(tenant, { purpose: PURPOSE, record: id }, row.sealed);
    return { sealed: row.sealed, message: JSON.parse(decodeUtf8(opened) ?? 'null') as JsonObject };
  }

  async function change(tenant: TenantId, id: string, changed: RowChange, ms: number) {
    for (let tries = 0; tries < RELAY_CHANGE_TRIES_MAX; tries += 1) {
      const row = await find(LOOK, tenant, id);
      const message = changed(row?.message);
      if (message === undefined) return row?.message;
      const sealed = await keys.seal(tenant, { purpose: PURPOSE, record: id }, utf8(JSON.stringify(message)));
      const values = [tenant, id, sealed, new Date(clock.now() + ms)];
      const written = await database
        .tenantDb(tenant)
        .sql(row === undefined ? ADD : SWAP, row === undefined ? values : [...values, row.sealed]);
      if (written.length === 1) return message;
    }
    throw new Error('something that was to be changed was changed elsewhere each time');
  }

  return {
    put: (...row) => write(PUT, ...row),
    replace: (...row) => write(REPLACE, ...row),
    change,
    look: async (tenant, id) => (await find(LOOK, tenant, id))?.message,
    take: async (tenant, id) => (await find(TAKE, tenant, id))?.message,
    async sweep(tenant) {
      const where = { expiresAt: { lt: new Date(clock.now()) } };
      const { count } = await database
        .tenantDb(tenant)
        .read((client) => client.mcpRelay.deleteMany({ where }));
      return count;
    },
  };
}
