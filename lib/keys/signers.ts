import { LRUCache } from 'lru-cache';
import type { Clock, TenantId } from '#lib/core';
import { KEY_CACHED_MS, PROVEN_KEYS_MAX, SIGNERS_MAX } from './constants.ts';
import { EnvelopeError } from './errors.ts';
import { SigningThread } from './sign-ahead.ts';
import { makeSigningKey, signerOfSeed, type FreshSigningKey } from './signing-key.ts';
import type { SigningKeyRow } from './store.ts';
import type { Keys, Place, PublicSigningKey, Signer, SigningPurpose } from './types.ts';

const PURPOSES: readonly SigningPurpose[] = ['receipt', 'log', 'access-token', 'mint'];

/** What is asked of a row before it counts as one of the tenant's keys. Its public part is never believed. */
export type SealedSigningKey = Pick<SigningKeyRow, 'kid' | 'purpose' | 'sealed'>;

/** A public half that was made from the private one. Which is in force is for the row to say. */
export type ProvenKey = Omit<PublicSigningKey, 'state'>;

/** Where a private part is sealed. The use is part of the place: a row can't lend its key to another one. */
export function signingKeyPlace(purpose: SigningPurpose, kid: string): Place {
  return { purpose: 'signing-key', record: `${purpose}/${kid}` };
}

/** Where keys lie that were made before the place named the use. */
function formerPlace(kid: string): Place {
  return { purpose: 'signing-key', record: kid };
}

/**
 * Signers in memory, bounded in number and time: all by their kid, and which one is in force for a purpose. Beside them
 * which public halves are proven to be the tenant's own: that holds for ever, so it is kept as long as there is room.
 */
export class Signers {
  readonly #open: Keys['open'];
  readonly #thread = new SigningThread();
  readonly #byKid: LRUCache<string, Signer>;
  readonly #inForce: LRUCache<string, Signer>;
  readonly #proven = new LRUCache<string, ProvenKey>({ max: PROVEN_KEYS_MAX });

  constructor(clock: Clock, open: Keys['open']) {
    const perf = { now: () => clock.now() };
    const limits = { max: SIGNERS_MAX, ttl: KEY_CACHED_MS, ttlResolution: 0, perf };
    this.#open = open;
    this.#byKid = new LRUCache(limits);
    this.#inForce = new LRUCache(limits);
  }

  /** A new pair, not kept. */
  make(purpose: SigningPurpose): FreshSigningKey {
    return makeSigningKey(purpose, this.#thread);
  }

  byKid(tenant: TenantId, kid: string): Signer | undefined {
    return this.#byKid.get(`${tenant}/${kid}`);
  }

  inForce(tenant: TenantId, purpose: SigningPurpose): Signer | undefined {
    return this.#inForce.get(`${tenant}/${purpose}`);
  }

  keep(tenant: TenantId, signer: Signer): void {
    this.#byKid.set(`${tenant}/${signer.kid}`, signer);
  }

  putInForce(tenant: TenantId, signer: Signer): void {
    this.#inForce.set(`${tenant}/${signer.purpose}`, signer);
  }

  /** @throws {EnvelopeError} when the row is none of the tenant's keys, or not one for this use. */
  async load(tenant: TenantId, row: SealedSigningKey): Promise<Signer> {
    const known = this.byKid(tenant, row.kid);
    if (known?.purpose === row.purpose) return known;
    const signer = await this.#unseal(tenant, row);
    this.keep(tenant, signer);
    return signer;
  }

  /**
   * Whoever can write the database, and has neither the tenant's key file nor this process, can seal nothing for it: a row
   * whose private half does not open in its place is none of the tenant's keys. Undefined: it is such a row.
   */
  async prove(tenant: TenantId, row: SealedSigningKey): Promise<ProvenKey | undefined> {
    const name = `${tenant}/${row.purpose}/${row.kid}`;
    const known = this.#proven.get(name);
    if (known) return known;
    try {
      const { kid, purpose, publicJwk, publicKey } = await this.#unseal(tenant, row);
      const proven = Object.freeze({ kid, purpose, publicJwk, publicKey });
      this.#proven.set(name, proven);
      return proven;
    } catch (error) {
      if (error instanceof EnvelopeError) return undefined;
      throw error;
    }
  }

  async #unseal(tenant: TenantId, row: SealedSigningKey): Promise<Signer> {
    const seed = await this.#openSeed(tenant, row);
    const signer = signerOfSeed(row, seed, this.#thread);
    seed.fill(0);
    return signer;
  }

  async #openSeed(tenant: TenantId, { kid, purpose, sealed }: SealedSigningKey): Promise<Uint8Array> {
    try {
      return await this.#open(tenant, signingKeyPlace(purpose, kid), sealed);
    } catch (error) {
      if (!(error instanceof EnvelopeError) || error.kind !== 'misplaced') throw error;
      return await this.#open(tenant, formerPlace(kid), sealed);
    }
  }

  /** Forgets every key of a tenant. */
  drop(tenant: TenantId): void {
    this.forget(tenant);
    this.#thread.forget();
    for (const kept of [this.#byKid, this.#proven])
      for (const name of kept.keys()) if (name.startsWith(`${tenant}/`)) kept.delete(name);
  }

  /** Forgets which keys are in force; without a tenant, everything. */
  forget(tenant?: TenantId): void {
    if (tenant !== undefined) {
      for (const purpose of PURPOSES) this.#inForce.delete(`${tenant}/${purpose}`);
      return;
    }
    this.#byKid.clear();
    this.#inForce.clear();
    this.#thread.forget();
  }

  /** Forgets everything, and ends the signing thread. */
  close(): void {
    this.forget();
    this.#thread.close();
  }
}
