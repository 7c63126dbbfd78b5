import { randomBytes } from 'node:crypto';
import { importJWK, type CryptoKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { uuidV7, type Clock, type JsonObject, type TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Keys } from '#lib/keys';
import type { Receipts } from '#lib/receipts';
import { UNKNOWN_KEY_RETRY_MS, VERIFY_KEYS_AGE_MS, VERIFY_KEYS_MAX } from './constants.ts';

const PURPOSE = 'access-token';

interface KeySet {
  readonly keys: ReadonlyMap<string, CryptoKey>;
  readonly readAt: number;
}

export type AccessTokenSigner = Awaited<ReturnType<Keys['signer']>>;

/** The tenant's access-token keys: made, announced in the log, used, published, and found again by `kid`. */
export interface SigningKeys {
  /** Makes a first key if there is none. */
  open(tenant: TenantId): Promise<void>;
  rotate(tenant: TenantId): Promise<void>;
  /** The key to sign with, once a checkpoint covers its receipt. */
  signer(tenant: TenantId): Promise<AccessTokenSigner>;
  jwks(tenant: TenantId): Promise<JsonObject>;
  /** The public key of this kid if it is one of the tenant's; asked often by strangers, so reads are bounded. */
  verifyKey(tenant: TenantId, kid: string): Promise<CryptoKey | undefined>;
}

interface SigningKeysDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly receipts: Receipts;
  readonly clock: Clock;
}

export function createSigningKeys({ database, keys, receipts, clock }: SigningKeysDeps): SigningKeys {
  const covered = new LRUCache<string, true>({ max: VERIFY_KEYS_MAX });
  const keySets = new LRUCache<TenantId, KeySet>({ max: VERIFY_KEYS_MAX });
  const opening = new LRUCache<TenantId, Promise<void>>({ max: VERIFY_KEYS_MAX });

  /** Activation and receipt are one transaction, and nothing below uses a key before the log holds its receipt. */
  const makeKey = async (tenant: TenantId) => {
    await database.tenantDb(tenant).transaction(async (tx: TenantTransaction) => {
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
    keySets.delete(tenant);
    await receipts.flush(tenant);
  };

  const openNow = async (tenant: TenantId) => {
    const existing = await keys.publicKeys(tenant, PURPOSE);
    if (existing.length === 0) await makeKey(tenant);
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

  const ensureCovered = async (tenant: TenantId, kids: readonly string[]) => {
    const unknown = kids.filter((kid) => !covered.has(`${tenant}/${kid}`));
    if (unknown.length === 0) return;
    await receipts.flush(tenant);
    for (const kid of unknown) covered.set(`${tenant}/${kid}`, true);
  };

  const readKeySet = async (tenant: TenantId): Promise<KeySet> => {
    const published = await keys.publicKeys(tenant, PURPOSE);
    const imported = await Promise.all(
      published.map(async (key) => [key.kid, await importJWK({ ...key.publicJwk }, 'EdDSA')] as const),
    );
    const set = {
      keys: new Map(imported.map(([kid, key]) => [String(kid), key as CryptoKey])),
      readAt: clock.now(),
    };
    keySets.set(tenant, set);
    return set;
  };

  return {
    open,
    rotate: makeKey,
    signer: async (tenant) => {
      await open(tenant);
      const signer = await keys.signer(tenant, PURPOSE);
      await ensureCovered(tenant, [signer.kid]);
      return signer;
    },
    jwks: async (tenant) => {
      await open(tenant);
      const published = await keys.publicKeys(tenant, PURPOSE);
      await ensureCovered(
        tenant,
        published.map(({ kid }) => kid),
      );
      return {
        keys: published.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig', alg: 'EdDSA' })),
      };
    },
    verifyKey: async (tenant, kid) => {
      const set = keySets.get(tenant);
      const age = set ? clock.now() - set.readAt : Infinity;
      const known = set?.keys.get(kid);
      if (known && age < VERIFY_KEYS_AGE_MS) return known;
      if (set && !known && age < UNKNOWN_KEY_RETRY_MS) return undefined;
      return (await readKeySet(tenant)).keys.get(kid);
    },
  };
}
