import { LRUCache } from 'lru-cache';
import type { Clock, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { KEY_CACHED_MS, RETIRED_TOKEN_KEY_PUBLISHED_MS, SIGNERS_MAX } from './constants.ts';
import { makeSigningKey, publicKeyOf, signerOfSeed } from './signing-key.ts';
import {
  activateKeyRow,
  announceChange,
  findSigningKey,
  insertSigningKey,
  listSigningKeys,
  retireOtherKeys,
  type KeyChange,
  type SigningKeyRow,
} from './store.ts';
import type { Keys, Place, Signer, SigningPurpose } from './types.ts';

export interface SigningKeyParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly seal: Keys['seal'];
  readonly open: Keys['open'];
  readonly drop: (change: KeyChange) => void;
}

export type SigningKeys = Pick<
  Keys,
  | 'createSigningKey'
  | 'activateSigningKey'
  | 'signer'
  | 'cachedSigner'
  | 'signerByKid'
  | 'publicKeys'
  | 'inactiveKeys'
> & {
  /** Forgets which key is in force; without a tenant, everything. */
  forget(tenant?: TenantId): void;
};

const PURPOSES: readonly SigningPurpose[] = ['receipt', 'log', 'access-token', 'mint'];

function placeOf(kid: string): Place {
  return { purpose: 'signing-key', record: kid };
}

/** Ed25519 keys of tenants: made, put in force, used to sign; the private part is sealed under the data key. */
export function createSigningKeys({ database, clock, seal, open, drop }: SigningKeyParts): SigningKeys {
  const limits = {
    max: SIGNERS_MAX,
    ttl: KEY_CACHED_MS,
    ttlResolution: 0,
    perf: { now: () => clock.now() },
  } as const;
  const byKid = new LRUCache<string, Signer>(limits);
  const inForce = new LRUCache<string, Signer>(limits);

  const load = async (tenant: TenantId, row: SigningKeyRow): Promise<Signer> => {
    const name = `${tenant}/${row.kid}`;
    const known = byKid.get(name);
    if (known) return known;
    const seed = await open(tenant, placeOf(row.kid), row.sealed);
    const signer = signerOfSeed(row, seed);
    seed.fill(0);
    byKid.set(name, signer);
    return signer;
  };
  const list = async (tenant: TenantId, purpose: SigningPurpose) =>
    await database.tenantDb(tenant).read(async (client) => await listSigningKeys(client, purpose));

  return {
    async createSigningKey(tx, tenant, purpose) {
      const { signer, seed } = makeSigningKey(purpose);
      const { kid, publicJwk } = signer;
      const sealed = await seal(tenant, placeOf(kid), seed);
      seed.fill(0);
      await insertSigningKey(tx, tenant, { kid, purpose, publicJwk, sealed });
      // The transaction that makes a key may have to sign with it: nobody else sees the row yet.
      byKid.set(`${tenant}/${kid}`, signer);
      return publicKeyOf({ kid, purpose, publicJwk, state: 'inactive' });
    },

    async activateSigningKey(tx, tenant, kid, { retirePredecessor }) {
      const at = new Date(clock.now());
      const purpose = await activateKeyRow(tx, kid, at);
      if (purpose === undefined) throw new Error(`there is no inactive signing key ${kid}`);
      if (retirePredecessor) await retireOtherKeys(tx, purpose, kid, at);
      announceChange(database, tx, { tenant }, drop);
    },

    async signer(tenant, purpose) {
      const known = inForce.get(`${tenant}/${purpose}`);
      if (known) return known;
      const row = (await list(tenant, purpose)).find(({ state }) => state === 'active');
      if (row === undefined) throw new Error(`the tenant has no ${purpose} key in force`);
      const signer = await load(tenant, row);
      inForce.set(`${tenant}/${purpose}`, signer);
      return signer;
    },

    cachedSigner: (tenant, purpose) => inForce.get(`${tenant}/${purpose}`),

    async signerByKid(tenant, kid) {
      const known = byKid.get(`${tenant}/${kid}`);
      if (known) return known;
      const row = await database.tenantDb(tenant).read(async (client) => await findSigningKey(client, kid));
      if (row === undefined) throw new Error(`the tenant has no signing key ${kid}`);
      return await load(tenant, row);
    },

    async publicKeys(tenant, purpose) {
      const now = clock.now();
      const rows = await list(tenant, purpose);
      const active = rows.filter(({ state }) => state === 'active');
      const retired = rows.filter((row) => row.state === 'retired' && stillCounts(row, now));
      return [...active, ...retired].map(publicKeyOf);
    },

    inactiveKeys: async (tenant, purpose) =>
      (await list(tenant, purpose)).filter(({ state }) => state === 'inactive').map(publicKeyOf),

    forget(tenant) {
      if (tenant === undefined) {
        byKid.clear();
        inForce.clear();
      } else {
        for (const purpose of PURPOSES) inForce.delete(`${tenant}/${purpose}`);
      }
    },
  };
}

/** Receipts and checkpoints are verified for ever, tokens for as long as one of them may be alive. */
function stillCounts({ purpose, retiredAt }: SigningKeyRow, now: number): boolean {
  if (purpose === 'receipt' || purpose === 'log') return true;
  return retiredAt !== null && now - retiredAt.getTime() < RETIRED_TOKEN_KEY_PUBLISHED_MS;
}
