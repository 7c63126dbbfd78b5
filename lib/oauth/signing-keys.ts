import { randomBytes } from 'node:crypto';
import { importJWK, type CryptoKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { uuidV7, type Clock, type JsonObject, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { Keys, Signer } from '#lib/keys';
import type { Receipts } from '#lib/receipts';
import { UNKNOWN_KEY_RETRY_MS, VERIFY_KEYS_AGE_MS, VERIFY_KEYS_MAX } from './constants.ts';

const PURPOSE = 'access-token';

/** The tenant's access-token keys: made, announced in the log, used, published, and found again by `kid`. */
export interface SigningKeys {
  /** Makes a first key if there is none. */
  open(tenant: TenantId): Promise<void>;
  rotate(tenant: TenantId): Promise<void>;
  /** The key to sign with, once a checkpoint covers its receipt. */
  signer(tenant: TenantId): Promise<Signer>;
  jwks(tenant: TenantId): Promise<JsonObject>;
  /** The public key of this kid if it is one of the tenant's; asked often by strangers, so reads are bounded. */
  verifyKey(tenant: TenantId, kid: string): Promise<CryptoKey | undefined>;
}

export interface SigningKeysDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly receipts: Receipts;
  readonly clock: Clock;
}

export function createSigningKeys(deps: SigningKeysDeps): SigningKeys {
  const { keys, receipts } = deps;
  const covered = new LRUCache<string, true>({ max: VERIFY_KEYS_MAX });
  const opening = new LRUCache<TenantId, Promise<void>>({ max: VERIFY_KEYS_MAX });
  const verifyKeys = createVerifyKeys(deps);

  /** What a flush resolves for is in the log, under a checkpoint. */
  const ensureCovered = async (tenant: TenantId, kids: readonly string[]) => {
    const unknown = kids.filter((kid) => !covered.has(`${tenant}/${kid}`));
    if (unknown.length === 0) return;
    await receipts.flush(tenant);
    for (const kid of unknown) covered.set(`${tenant}/${kid}`, true);
  };
  const rotate = async (tenant: TenantId) => {
    await makeKey(deps, tenant);
    verifyKeys.forget(tenant);
    await receipts.flush(tenant);
  };
  const openNow = async (tenant: TenantId) => {
    const existing = await keys.publicKeys(tenant, PURPOSE);
    if (existing.length === 0) await rotate(tenant);
  };
  /** A new tenant's first key is made when it is first needed, once. */
  const open = async (tenant: TenantId) => {
    let done = opening.get(tenant);
    if (!done) {
      done = openNow(tenant);
      opening.set(tenant, done);
      done.catch(() => opening.delete(tenant));
    }
    await done;
  };

  return {
    open,
    rotate,
    verifyKey: verifyKeys.find,
    signer: async (tenant) => {
      await open(tenant);
      const signer = await keys.signer(tenant, PURPOSE);
      await ensureCovered(tenant, [signer.kid]);
      return signer;
    },
    jwks: async (tenant) => {
      await open(tenant);
      const published = await keys.publicKeys(tenant, PURPOSE);
      const kids = published.map(({ kid }) => kid);
      await ensureCovered(tenant, kids);
      return {
        keys: published.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig', alg: 'EdDSA' })),
      };
    },
  };
}

/** Receipt and activation are one transaction; nothing uses the key before the log holds its receipt. */
async function makeKey(
  { database, keys, receipts, clock }: SigningKeysDeps,
  tenant: TenantId,
): Promise<void> {
  await database.tenantDb(tenant).transaction(async (tx) => {
    const key = await keys.createSigningKey(tx, tenant, PURPOSE);
    await receipts.stage(tx, tenant, {
      id: uuidV7(clock.now(), randomBytes(10)),
      at: clock.now(),
      kind: 'key',
      actor: { mode: 'system' },
      key: { purpose: PURPOSE, kid: key.kid, jwk: key.publicJwk },
    });
    await keys.activateSigningKey(tx, tenant, key.kid, { retirePredecessor: true });
  });
}

interface KeySet {
  readonly keys: ReadonlyMap<string, CryptoKey>;
  readonly readAt: number;
}

function createVerifyKeys({ keys, clock }: SigningKeysDeps) {
  const sets = new LRUCache<TenantId, KeySet>({ max: VERIFY_KEYS_MAX });
  const read = async (tenant: TenantId): Promise<KeySet> => {
    const published = await keys.publicKeys(tenant, PURPOSE);
    const imported = await Promise.all(
      published.map(async ({ kid, publicJwk }) => [kid, await importJWK({ ...publicJwk }, 'EdDSA')] as const),
    );
    const set = {
      keys: new Map<string, CryptoKey>(imported.map(([kid, key]) => [kid, key as CryptoKey])),
      readAt: clock.now(),
    };
    sets.set(tenant, set);
    return set;
  };
  return {
    forget: (tenant: TenantId) => void sets.delete(tenant),
    find: async (tenant: TenantId, kid: string) => {
      const set = sets.get(tenant);
      const age = set ? clock.now() - set.readAt : Infinity;
      const known = set?.keys.get(kid);
      if (known && age < VERIFY_KEYS_AGE_MS) return known;
      if (set && !known && age < UNKNOWN_KEY_RETRY_MS) return undefined;
      return (await read(tenant)).keys.get(kid);
    },
  };
}
