import type { JsonObject } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import { rowBytes } from './store-people.ts';

/** A tenant has one provider; the key leaves room for more. */
const ONLY_ID = 'default';

export interface StoredProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretId: string | null;
  readonly settings: JsonObject;
  readonly roleMapping: JsonObject;
  /** Where its endpoints may be; none: nobody has looked yet. */
  readonly endpointHosts: readonly string[];
  /** Where its discovery document puts them now, which is not believed. */
  readonly refusedHosts: readonly string[];
  /** Over what was saved; null in rows of an earlier release. */
  readonly seal: Uint8Array | null;
}

export async function findProvider(client: TenantClient): Promise<StoredProvider | undefined> {
  const row = await client.identityProvider.findFirst({ where: { id: ONLY_ID } });
  return row === null
    ? undefined
    : { ...row, settings: row.settings as JsonObject, roleMapping: row.roleMapping as JsonObject };
}

export async function upsertProvider(
  tx: TenantTransaction,
  tenantId: string,
  provider: StoredProvider,
): Promise<void> {
  const data = {
    ...provider,
    settings: provider.settings as object,
    roleMapping: provider.roleMapping as object,
    endpointHosts: [...provider.endpointHosts],
    refusedHosts: [...provider.refusedHosts],
    seal: provider.seal === null ? null : rowBytes(provider.seal),
  };
  const updated = await tx.identityProvider.updateMany({ where: { id: ONLY_ID }, data });
  if (updated.count === 0) await tx.identityProvider.create({ data: { ...data, tenantId, id: ONLY_ID } });
}

/** Notes where the endpoints of this issuer are; false where that was noted already, or the provider is another. */
export async function insertHosts(
  tx: TenantTransaction,
  issuer: string,
  hosts: readonly string[],
): Promise<boolean> {
  const where = { id: ONLY_ID, issuer, endpointHosts: { isEmpty: true } };
  return (await tx.identityProvider.updateMany({ where, data: { endpointHosts: [...hosts] } })).count > 0;
}

export async function updateRefusedHosts(
  client: TenantClient,
  issuer: string,
  hosts: readonly string[],
): Promise<void> {
  const where = { id: ONLY_ID, issuer };
  await client.identityProvider.updateMany({ where, data: { refusedHosts: [...hosts] } });
}
