import type { TenantId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { KeyReference } from './types.ts';

/** `scheduled`: nothing is sealed or opened with it any more, and its provider has been told to destroy it. */
export type EncryptionKeyState = 'active' | 'scheduled' | 'destroyed';

/** Every key-encryption key that the tenant had and whose provider has not said that it is destroyed. */
export async function listEncryptionKeys(
  client: TenantClient,
  tenant: TenantId,
): Promise<readonly (KeyReference & { readonly provider: string; readonly state: EncryptionKeyState })[]> {
  const rows = await client.keyEncryptionKey.findMany({
    select: { id: true, provider: true, reference: true, state: true },
    orderBy: { createdAt: 'asc' },
  });
  return rows.map(({ id, provider, reference, state }) => ({
    tenant,
    kid: id,
    provider,
    reference,
    state: state as EncryptionKeyState,
  }));
}

/** Whether the tenant had keys that are destroyed, or are about to be. */
export async function hadKeys(client: TenantClient): Promise<boolean> {
  return (await client.keyEncryptionKey.count({ where: { state: { not: 'active' } } })) > 0;
}

/** From the commit on, whatever is wrapped or sealed for this tenant has lost its key. */
export async function deleteWrappedKeys(tx: TenantTransaction): Promise<void> {
  await tx.personKey.deleteMany();
  await tx.dataKey.deleteMany();
  await tx.signingKey.deleteMany();
  await tx.keyEncryptionKey.updateMany({ where: { state: 'active' }, data: { state: 'scheduled' } });
}

export async function markDestroyed(tx: TenantTransaction, kid: string): Promise<void> {
  await tx.keyEncryptionKey.updateMany({ where: { id: kid }, data: { state: 'destroyed' } });
}
