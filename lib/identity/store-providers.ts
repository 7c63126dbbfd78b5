import type { JsonObject } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';

/** A tenant has one provider; the key leaves room for more. */
const ONLY_ID = 'default';

export interface StoredProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretId: string | null;
  readonly settings: JsonObject;
  readonly roleMapping: JsonObject;
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
  };
  const updated = await tx.identityProvider.updateMany({ where: { id: ONLY_ID }, data });
  if (updated.count === 0) await tx.identityProvider.create({ data: { ...data, tenantId, id: ONLY_ID } });
}
