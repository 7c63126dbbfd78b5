import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';

/** Tables of which the sweeper may see whose row it is and when it falls due. */
export const SWEPT_TABLES = [
  'agent',
  'browser_session',
  'mcp_relay',
  'mcp_session',
  'mcp_task',
  'oauth_grant',
  'oauth_payload',
  'refresh_replay',
  'sign_in_attempt',
] as const;

const DUE = SWEPT_TABLES.map(
  (table) => `select distinct tenant_id as tenant from ${table} where expires_at < $1`,
).join(' union ');

/** Tenants in which something has expired: one query instead of several for every tenant that there is. */
export async function listDueTenants(database: Database, now: number): Promise<ReadonlySet<TenantId>> {
  const rows = await database.systemDb.sweep<{ readonly tenant: TenantId }>(DUE, [new Date(now)]);
  return new Set(rows.map(({ tenant }) => tenant));
}
