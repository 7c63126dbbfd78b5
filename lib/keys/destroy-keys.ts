import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { deleteWrappedKeys, listEncryptionKeys, markDestroyed } from './store-destroy.ts';
import { announceChange, lockTenantKeys, type KeyChange } from './store.ts';
import type { KeyProvider } from './types.ts';

interface DestroyParts {
  readonly database: Database;
  readonly provider: KeyProvider;
  readonly drop: (change: KeyChange) => void;
}

/**
 * The wrapped keys go first: should this be interrupted, nothing can be sealed or opened, and the provider is told the
 * next time. What a provider destroys is gone for every backup, too.
 */
export async function destroyTenantKeys(
  { database, provider, drop }: DestroyParts,
  tenant: TenantId,
): Promise<'destroyed' | { readonly scheduledFor: number }> {
  const db = database.tenantDb(tenant);
  await db.transaction(async (tx) => {
    await lockTenantKeys(tx, tenant);
    await deleteWrappedKeys(tx);
    // A notification may be lost, a revocation is not.
    await database.revocations.revoke(tx, { tenant, kind: 'tenant', subject: tenant });
    announceChange(database, tx, { tenant, all: true }, drop);
  });
  let scheduledFor: number | undefined;
  for (const key of await db.read(async (client) => await listEncryptionKeys(client, tenant))) {
    if (key.state === 'destroyed') continue;
    if (key.provider !== provider.kind)
      throw new Error(`key ${key.kid} is held by ${key.provider}, and this instance uses ${provider.kind}`);
    const fate = await provider.destroy(key);
    if (fate === 'destroyed') await db.transaction(async (tx) => await markDestroyed(tx, key.kid));
    else scheduledFor = Math.max(scheduledFor ?? 0, fate.scheduledFor);
  }
  return scheduledFor === undefined ? 'destroyed' : { scheduledFor };
}
