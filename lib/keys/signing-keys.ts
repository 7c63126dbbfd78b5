import type { Clock, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { RETIRED_TOKEN_KEY_PUBLISHED_MS } from './constants.ts';
import { signingKeyPlace, type Signers } from './signers.ts';
import { publicKeyOf } from './signing-key.ts';
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
import type { Keys, SigningPurpose } from './types.ts';

export interface SigningKeyParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly signers: Signers;
  readonly seal: Keys['seal'];
  readonly drop: (change: KeyChange) => void;
}

type MakeSigningKeys = Pick<Keys, 'createSigningKey' | 'activateSigningKey'>;
type UseSigningKeys = Pick<Keys, 'signer' | 'cachedSigner' | 'signerByKid' | 'publicKeys' | 'inactiveKeys'>;

/** Ed25519 keys of tenants, made and put in force; the private part is sealed under the data key. */
export function createSigningKeyMaker(parts: SigningKeyParts): MakeSigningKeys {
  const { database, clock, signers, seal, drop } = parts;
  return {
    async createSigningKey(tx, tenant, purpose) {
      const { signer, seed } = signers.make(purpose);
      const { kid, publicJwk } = signer;
      const sealed = await seal(tenant, signingKeyPlace(kid), seed);
      seed.fill(0);
      await insertSigningKey(tx, tenant, { kid, purpose, publicJwk, sealed });
      // The transaction that makes a key may have to sign with it: nobody else sees the row yet.
      signers.keep(tenant, signer);
      return publicKeyOf({ kid, purpose, publicJwk, state: 'inactive' });
    },

    async activateSigningKey(tx, tenant, kid, { retirePredecessor }) {
      const at = new Date(clock.now());
      const purpose = await activateKeyRow(tx, kid, at);
      if (purpose === undefined) throw new Error(`there is no inactive signing key ${kid}`);
      if (retirePredecessor) await retireOtherKeys(tx, purpose, kid, at);
      announceChange(database, tx, { tenant }, drop);
    },
  };
}

/** What signs, and what is published to verify it. */
export function createSigningKeyReader({ database, clock, signers }: SigningKeyParts): UseSigningKeys {
  const list = async (tenant: TenantId, purpose: SigningPurpose) =>
    await database.tenantDb(tenant).read(async (client) => await listSigningKeys(client, purpose));

  return {
    async signer(tenant, purpose) {
      const known = signers.inForce(tenant, purpose);
      if (known) return known;
      const row = (await list(tenant, purpose)).find(({ state }) => state === 'active');
      if (row === undefined) throw new Error(`the tenant has no ${purpose} key in force`);
      const signer = await signers.load(tenant, row);
      signers.putInForce(tenant, signer);
      return signer;
    },

    cachedSigner: (tenant, purpose) => signers.inForce(tenant, purpose),

    async signerByKid(tenant, kid) {
      const known = signers.byKid(tenant, kid);
      if (known) return known;
      const row = await database.tenantDb(tenant).read(async (client) => await findSigningKey(client, kid));
      if (row === undefined) throw new Error(`the tenant has no signing key ${kid}`);
      return await signers.load(tenant, row);
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
  };
}

/** Receipts and checkpoints are verified for ever, tokens for as long as one of them may be alive. */
function stillCounts({ purpose, retiredAt }: SigningKeyRow, now: number): boolean {
  if (purpose === 'receipt' || purpose === 'log') return true;
  return retiredAt !== null && now - retiredAt.getTime() < RETIRED_TOKEN_KEY_PUBLISHED_MS;
}
