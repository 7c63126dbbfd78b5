import type { ReceiptActor } from '#lib/receipts';
import { uuidV7, type TenantId } from '#lib/core';
import { randomBytes } from 'node:crypto';
import { requireTenant } from './export-bundle.ts';
import type { Modules } from './types.ts';

/** Which key of a tenant a new one takes over from. */
export const ROTATABLE_KEYS = ['access-token', 'mint', 'receipt', 'log', 'data'] as const;
export type RotatableKey = (typeof ROTATABLE_KEYS)[number];

export interface KeyRotation {
  rotateKey(tenant: string, key: RotatableKey, actor: ReceiptActor): Promise<void>;
  rotateExpectedKey(
    tenant: string,
    key: RotatableKey,
    actor: ReceiptActor,
    expected: string,
  ): Promise<boolean>;
}

/** Rotations of one process: those that expect a certain key wait for each other, so that a button pressed twice rotates once. */
export function createKeyRotation(modules: Modules): KeyRotation {
  const underWay = new Map<string, Promise<unknown>>();
  const inTurn = async <Value>(tenant: string, run: () => Promise<Value>): Promise<Value> => {
    const before = underWay.get(tenant) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(run);
    underWay.set(tenant, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(tenant) === mine) underWay.delete(tenant);
    }
  };
  return {
    rotateKey: (tenant, key, actor) => rotateKey(modules, tenant, key, actor),
    rotateExpectedKey: (tenantName, key, actor, expected) =>
      inTurn(tenantName, async () => {
        const tenant = await requireTenant(modules, tenantName);
        if ((await keyInForce(modules, tenant.id, key)) !== expected) return false;
        await rotateKey(modules, tenantName, key, actor);
        return true;
      }),
  };
}

async function keyInForce(
  { keys }: Modules,
  tenant: TenantId,
  key: RotatableKey,
): Promise<string | undefined> {
  const { signing, sealing } = await keys.describe(tenant);
  if (key === 'data') return sealing.find(({ purpose, state }) => purpose === key && state === 'active')?.id;
  const active = signing.filter(({ purpose, state }) => purpose === key && state === 'active');
  return active.toSorted((left, right) => (right.activatedAt ?? 0) - (left.activatedAt ?? 0))[0]?.kid;
}

/**
 * A new key takes over; what the old one signed still verifies, what it sealed still opens. A signing key is announced
 * in the log before its first use; that somebody asked for it is a receipt of its own.
 * @throws with words for a tenant that does not exist.
 */
async function rotateKey(
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
