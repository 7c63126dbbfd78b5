import type { ReceiptActor } from '#lib/receipts';
import { uuidV7 } from '#lib/core';
import { randomBytes } from 'node:crypto';
import { requireTenant } from './export-bundle.ts';
import type { Modules } from './types.ts';

/** Which key of a tenant a new one takes over from. */
export const ROTATABLE_KEYS = ['access-token', 'mint', 'receipt', 'log', 'data'] as const;
export type RotatableKey = (typeof ROTATABLE_KEYS)[number];

/**
 * A new key takes over; what the old one signed still verifies, what it sealed still opens. A signing key is announced
 * in the log before its first use; that somebody asked for it is a receipt of its own.
 * @throws with words for a tenant that does not exist.
 */
export async function rotateKey(
  modules: Modules,
  tenantName: string,
  key: RotatableKey,
  actor: ReceiptActor,
): Promise<void> {
  const tenant = await requireTenant(modules, tenantName);
  const { clock, keys, minting, oauth, receipts } = modules;
  const rotations: Record<RotatableKey, () => Promise<void>> = {
    'access-token': () => oauth.rotateSigningKey(tenant),
    mint: () => minting.rotate(tenant),
    receipt: () => receipts.rotateReceiptKey(tenant.id),
    log: () => receipts.rotateLogKey(tenant.id),
    data: () => keys.rotateDataKey(tenant.id),
  };
  await rotations[key]();
  const at = clock.now();
  const log = await receipts.log(tenant.id);
  await log.append({
    id: uuidV7(at, randomBytes(10)),
    at,
    kind: 'admin',
    status: 'ok',
    actor,
    details: { action: 'key.rotate', key },
  });
}
