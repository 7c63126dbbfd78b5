import { randomUUID } from 'node:crypto';
import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { EncryptionKeys } from './encryption-key.ts';
import {
  announceChange,
  findEncryptionKey,
  insertDataKey,
  insertEncryptionKey,
  lockTenantKeys,
  retireDataKeys,
  type KeyChange,
} from './store.ts';
import { hadKeys } from './store-destroy.ts';
import type { KeyProvider } from './types.ts';
import { keyPlaces, makeKey, wrapDataKey, wrapUnder } from './wrap-keys.ts';

interface MakeParts {
  readonly database: Database;
  readonly provider: KeyProvider;
  readonly encryptionKeys: EncryptionKeys;
}

/**
 * A tenant's first keys, unless it has some. The key-encryption key outlives a crash before a row names it; what a crash
 * leaves behind is a key that nothing refers to.
 */
export async function makeTenantKeys(
  { database, provider, encryptionKeys }: MakeParts,
  tenant: TenantId,
): Promise<void> {
  if ((await encryptionKeys.find(tenant)) !== undefined) return;
  if (await database.tenantDb(tenant).read(hadKeys))
    throw new Error(`tenant ${tenant} was shredded: it gets no new keys`);
  const kid = randomUUID();
  const row = { tenant, kid, provider: provider.kind, reference: await provider.createKey(tenant, kid) };
  const checkValue = await encryptionKeys.makeCheckValue(row);
  const data = makeKey(tenant);
  const wrapped = await wrapDataKey(provider, row, data);
  const made = await database.tenantDb(tenant).transaction(async (tx) => {
    await lockTenantKeys(tx, tenant);
    if ((await findEncryptionKey(tx, tenant)) !== undefined) return false;
    await insertEncryptionKey(tx, { ...row, checkValue });
    await insertDataKey(tx, tenant, 'data', wrapped);
    for (const purpose of ['archive', 'lookup'] as const) {
      await insertDataKey(tx, tenant, purpose, wrapUnder(data.envelope, keyPlaces[purpose], makeKey(tenant)));
    }
    return true;
  });
  if (!made) await provider.destroy(row);
}

/** A new data key in force; what the old ones sealed still opens. */
export async function rotateDataKey(
  { database, provider, encryptionKeys }: MakeParts,
  tenant: TenantId,
  drop: (change: KeyChange) => void,
): Promise<void> {
  const wrapped = await wrapDataKey(provider, await encryptionKeys.require(tenant), makeKey(tenant));
  await database.tenantDb(tenant).transaction(async (tx) => {
    await lockTenantKeys(tx, tenant);
    await retireDataKeys(tx, 'data');
    await insertDataKey(tx, tenant, 'data', wrapped);
    announceChange(database, tx, { tenant, label: 'data' }, drop);
  });
}
