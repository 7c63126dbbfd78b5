import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { uuidV7, type TenantId } from '#lib/core';
import type { Signer } from '#lib/keys';
import { WARM_MS, WARM_TENANTS_MAX, WARM_USABLE_MS } from './constants.ts';
import type { MintingDeps } from './types.ts';

const PURPOSE = 'mint';

/** Keys that sign minted tokens: announced in the log before they are in force, in force before they sign. */
export interface MintKeys {
  isWarm(tenant: TenantId): boolean;
  /** Reads the key in force, made first where there is none. */
  warm(tenant: TenantId): Promise<Signer>;
  /** Without waiting: undefined when it was never read, or too long ago. */
  signer(tenant: TenantId): Signer | undefined;
  rotate(tenant: TenantId): Promise<void>;
}

interface WarmKey {
  readonly signer: Signer;
  readonly readAt: number;
}

export function createMintKeys({ database, keys, receipts, clock }: MintingDeps): MintKeys {
  const warmKeys = new LRUCache<TenantId, WarmKey>({ max: WARM_TENANTS_MAX });
  const underWay = new Map<TenantId, Promise<Signer>>();
  // Settled after a restore, or shredded: what signed before may be gone.
  database.revocations.subscribe(({ kind, tenant }) => {
    if (kind === 'tenant') warmKeys.delete(tenant);
  });

  const younger = (tenant: TenantId, ageMs: number): Signer | undefined => {
    const found = warmKeys.get(tenant);
    return found && clock.now() - found.readAt < ageMs ? found.signer : undefined;
  };

  const hasActive = async (tenant: TenantId) =>
    (await keys.publicKeys(tenant, PURPOSE)).some(({ state }) => state === 'active');

  const announceKey = async (tenant: TenantId) =>
    await database.tenantDb(tenant).transaction(async (tx) => {
      const key = await keys.createSigningKey(tx, tenant, PURPOSE);
      const at = clock.now();
      await receipts.stage(tx, tenant, {
        id: uuidV7(at, randomBytes(10)),
        at,
        kind: 'key',
        actor: { mode: 'system' },
        key: { purpose: PURPOSE, kid: key.kid, jwk: key.publicJwk },
      });
      return key.kid;
    });

  /** Only what a checkpoint covers comes into force, and only what is in force is published (FORMATS 3). */
  const putInForce = async (tenant: TenantId, kid: string) => {
    await receipts.flush(tenant);
    await database
      .tenantDb(tenant)
      .transaction(async (tx) => await keys.activateSigningKey(tx, tenant, kid, { retirePredecessor: true }));
    warmKeys.delete(tenant);
  };

  const ensureKey = async (tenant: TenantId) => {
    if (await hasActive(tenant)) return;
    // What a crash interrupted is taken up again: its receipt was staged with it.
    const [interrupted] = await keys.inactiveKeys(tenant, PURPOSE);
    try {
      await putInForce(tenant, interrupted?.kid ?? (await announceKey(tenant)));
    } catch (error) {
      // Another replica may have been first with the same key.
      if (!(await hasActive(tenant))) throw error;
    }
  };

  const read = async (tenant: TenantId): Promise<Signer> => {
    const readAt = clock.now();
    await ensureKey(tenant);
    const signer = await keys.signer(tenant, PURPOSE);
    warmKeys.set(tenant, { signer, readAt });
    return signer;
  };

  return {
    isWarm: (tenant) => younger(tenant, WARM_MS) !== undefined,
    signer: (tenant) => younger(tenant, WARM_USABLE_MS),
    warm: async (tenant) => {
      const known = younger(tenant, WARM_MS);
      if (known) return known;
      const running = underWay.get(tenant) ?? read(tenant).finally(() => underWay.delete(tenant));
      underWay.set(tenant, running);
      return await running;
    },
    rotate: async (tenant) => await putInForce(tenant, await announceKey(tenant)),
  };
}
