import type { Clock, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { RETIRED_TOKEN_KEY_PUBLISHED_MS } from './constants.ts';
import { EnvelopeError } from './errors.ts';
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
import type { Keys, PublicSigningKey, Signer, SigningPurpose } from './types.ts';

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
      const sealed = await seal(tenant, signingKeyPlace(purpose, kid), seed);
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

/** What signs, and what is published to verify it. A row that none of the tenant's own keys lies in counts for neither. */
export function createSigningKeyReader({ database, clock, signers }: SigningKeyParts): UseSigningKeys {
  const list = async (tenant: TenantId, purpose: SigningPurpose) =>
    await database.tenantDb(tenant).read(async (client) => await listSigningKeys(client, purpose));
  const prove = async (tenant: TenantId, rows: readonly SigningKeyRow[]) => {
    const own: PublicSigningKey[] = [];
    for (const row of rows) {
      const proven = await signers.prove(tenant, row);
      if (proven) own.push({ ...proven, state: row.state });
    }
    return own;
  };
  const loadOwn = async (tenant: TenantId, row: SigningKeyRow): Promise<Signer | undefined> => {
    try {
      return await signers.load(tenant, row);
    } catch (error) {
      if (error instanceof EnvelopeError) return undefined;
      throw error;
    }
  };

  return {
    async signer(tenant, purpose) {
      const known = signers.inForce(tenant, purpose);
      if (known) return known;
      for (const row of await list(tenant, purpose)) {
        const signer = row.state === 'active' ? await loadOwn(tenant, row) : undefined;
        if (signer === undefined) continue;
        signers.putInForce(tenant, signer);
        return signer;
      }
      throw new Error(`the tenant has no ${purpose} key in force`);
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
      return await prove(tenant, [...active, ...retired]);
    },

    inactiveKeys: async (tenant, purpose) =>
      await prove(
        tenant,
        (await list(tenant, purpose)).filter(({ state }) => state === 'inactive'),
      ),
  };
}

/** Receipts and checkpoints are verified for ever, tokens for as long as one of them may be alive. */
function stillCounts({ purpose, retiredAt }: SigningKeyRow, now: number): boolean {
  if (purpose === 'receipt' || purpose === 'log') return true;
  return retiredAt !== null && now - retiredAt.getTime() < RETIRED_TOKEN_KEY_PUBLISHED_MS;
}
