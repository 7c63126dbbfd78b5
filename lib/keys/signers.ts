import { LRUCache } from 'lru-cache';
import type { Clock, TenantId } from '#lib/core';
import { KEY_CACHED_MS, SIGNERS_MAX } from './constants.ts';
import { SigningThread } from './sign-ahead.ts';
import { makeSigningKey, signerOfSeed, type FreshSigningKey } from './signing-key.ts';
import type { SigningKeyRow } from './store.ts';
import type { Keys, Place, Signer, SigningPurpose } from './types.ts';

const PURPOSES: readonly SigningPurpose[] = ['receipt', 'log', 'access-token', 'mint'];

/** Where a private part is sealed. */
export function signingKeyPlace(kid: string): Place {
  return { purpose: 'signing-key', record: kid };
}

/** Signers in memory, bounded in number and time: all by their kid, and which one is in force for a purpose. */
export class Signers {
  readonly #open: Keys['open'];
  readonly #thread = new SigningThread();
  readonly #byKid: LRUCache<string, Signer>;
  readonly #inForce: LRUCache<string, Signer>;

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

  async load(tenant: TenantId, row: SigningKeyRow): Promise<Signer> {
    const known = this.byKid(tenant, row.kid);
    if (known) return known;
    const seed = await this.#open(tenant, signingKeyPlace(row.kid), row.sealed);
    const signer = signerOfSeed(row, seed, this.#thread);
    seed.fill(0);
    this.keep(tenant, signer);
    return signer;
  }

  /** Forgets every key of a tenant. */
  drop(tenant: TenantId): void {
    this.forget(tenant);
    this.#thread.forget();
    for (const name of this.#byKid.keys()) if (name.startsWith(`${tenant}/`)) this.#byKid.delete(name);
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
