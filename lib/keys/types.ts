import type { Clock, KeyId, PersonId, Result, TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { KeyMismatch } from './errors.ts';

/** Where an envelope belongs: opening it anywhere else refuses. */
export interface Place {
  /** What it is for, a constant of the module that seals. */
  readonly purpose: string;
  /** Which row or thing of that purpose. */
  readonly record: string;
}

/** Which key seals: the tenant's data key, its archive key, or one person's own. */
export type SealUnder = 'data' | 'archive' | { readonly person: PersonId };

/** Seals and opens without waiting, under one key. Framed envelope bytes for one column (FORMATS 5). */
export interface Sealer {
  /** Names one version of one key. */
  readonly kid: string;
  /** @throws {StaleSealer} when the key was destroyed here, or is held for too long: get a new sealer. */
  readonly seal: (place: Place, plaintext: Uint8Array) => Uint8Array;
  /** @throws {EnvelopeError} for anything but an envelope of this key and place; {StaleSealer} as above. */
  readonly open: (place: Place, envelope: Uint8Array) => Uint8Array;
}

export type SigningPurpose = 'receipt' | 'log' | 'access-token' | 'mint';

export interface Ed25519PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

export interface PublicSigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: KeyId;
  readonly purpose: SigningPurpose;
  readonly publicJwk: Ed25519PublicJwk;
  /** The 32 raw bytes. */
  readonly publicKey: Uint8Array;
  readonly state: 'inactive' | 'active' | 'retired';
}

/** What may be shown of a signing key to people: when it was what, and its public half. */
export interface SigningKeyFacts extends Pick<PublicSigningKey, 'kid' | 'purpose' | 'publicJwk' | 'state'> {
  readonly createdAt: number;
  readonly activatedAt?: number;
  readonly retiredAt?: number;
}

/** One version of a key that seals: its name and age, never its bytes. */
export interface SealingKeyFacts {
  readonly id: string;
  readonly purpose: 'data' | 'archive' | 'lookup';
  readonly state: 'active' | 'retired';
  readonly createdAt: number;
}

/** The key that wraps the others: which provider holds it, not where. */
export interface EncryptionKeyFacts {
  readonly id: string;
  readonly provider: string;
  readonly state: 'active' | 'scheduled' | 'destroyed';
  readonly createdAt: number;
}

/** Everything public about a tenant's keys, each list newest first. */
export interface KeyFacts {
  readonly signing: readonly SigningKeyFacts[];
  /** Names of rows that pose as signing keys: none of the tenant's keys sealed what lies in them. */
  readonly foreign: readonly string[];
  readonly sealing: readonly SealingKeyFacts[];
  readonly encryption: readonly EncryptionKeyFacts[];
}

/** Signs without waiting. Its functions may be taken off it. */
export interface Signer {
  readonly kid: KeyId;
  readonly purpose: SigningPurpose;
  readonly publicJwk: Ed25519PublicJwk;
  readonly publicKey: Uint8Array;
  /** Ed25519, 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Begins to sign on another thread. The message must not change until the signature is taken. */
  readonly signAhead: (message: Uint8Array) => SignatureAhead;
}

/** A signature that is on its way. */
export interface SignatureAhead {
  /** The signature, now: whoever comes before it is there makes it on the spot (Ed25519 gives the same bytes). */
  take(): Uint8Array;
}

/** One version of a tenant's key-encryption key, as its provider finds it. */
export interface KeyReference {
  readonly tenant: TenantId;
  readonly kid: string;
  /** The provider's own name for it. */
  readonly reference: string;
}

/** Holds key-encryption keys. Bytes wrapped at one place unwrap nowhere else. */
export interface KeyProvider {
  readonly kind: 'local';
  /** Makes a key that outlives a crash before anything refers to it; returns its reference. */
  createKey(tenant: TenantId, kid: string): Promise<string>;
  wrap(key: KeyReference, place: Place, bytes: Uint8Array): Promise<Uint8Array>;
  /** @throws {KeyUnavailable} when the key is missing, unreadable or another. */
  unwrap(key: KeyReference, place: Place, wrapped: Uint8Array): Promise<Uint8Array>;
  /** `destroyed` now, or the time from when on it is. */
  destroy(key: KeyReference): Promise<'destroyed' | { readonly scheduledFor: number }>;
}

export interface KeysDeps {
  readonly database: Database;
  readonly provider: KeyProvider;
  readonly clock: Clock;
}

/** Everything that is sealed, opened, looked up or signed for a tenant. */
export interface Keys {
  /** Key-encryption, data, archive and lookup key. Does nothing where they exist, also when called twice at once. */
  createTenantKeys(tenant: TenantId): Promise<void>;
  /** Whether the tenant's key-encryption key is there and the right one. */
  check(tenant: TenantId): Promise<Result<void, KeyMismatch>>;
  /**
   * Deletes every wrapped key of the tenant, drops all copies in memory on every replica, and has the provider destroy
   * the key-encryption key. `scheduled`: the provider has not destroyed it yet (call again); until it has, a backup of
   * the database could still be opened.
   */
  destroyTenantKeys(tenant: TenantId): Promise<'destroyed' | { readonly scheduledFor: number }>;
  /** A new data key for what is sealed from now on; the old one still opens. */
  rotateDataKey(tenant: TenantId): Promise<void>;

  /** Seals under the data key. @throws {KeyUnavailable} */
  seal(tenant: TenantId, place: Place, plaintext: Uint8Array): Promise<Uint8Array>;
  /** @throws {EnvelopeError, KeyUnavailable} */
  open(tenant: TenantId, place: Place, envelope: Uint8Array): Promise<Uint8Array>;
  /** For bytes that strangers hand in: undefined for anything but an envelope of ours of this place. @throws {KeyUnavailable} */
  tryOpen(tenant: TenantId, place: Place, envelope: Uint8Array): Promise<Uint8Array | undefined>;
  /** Undefined: this person has no key, or no longer. A sealer opens what older versions of its key sealed, too. */
  sealer(tenant: TenantId, under: 'data' | 'archive'): Promise<Sealer>;
  sealer(tenant: TenantId, under: SealUnder): Promise<Sealer | undefined>;

  createPersonKey(tx: TenantTransaction, tenant: TenantId, person: PersonId): Promise<void>;
  /** With the commit, what was sealed under it is gone; copies in memory are dropped here at once and on every replica. */
  destroyPersonKey(tx: TenantTransaction, tenant: TenantId, person: PersonId): Promise<void>;

  /** HMAC-SHA256 under the tenant's lookup key: finds a row without holding what it is about. */
  lookup(tenant: TenantId, kind: string, text: string): Promise<Uint8Array>;

  /** Makes an inactive key. It can sign at once through `signerByKid`: the receipt that announces it may need that. */
  createSigningKey(
    tx: TenantTransaction,
    tenant: TenantId,
    purpose: SigningPurpose,
  ): Promise<PublicSigningKey>;
  activateSigningKey(
    tx: TenantTransaction,
    tenant: TenantId,
    kid: KeyId | string,
    options: { readonly retirePredecessor: boolean },
  ): Promise<void>;
  /** The active key of this purpose, the newest where there are several. @throws when there is none */
  signer(tenant: TenantId, purpose: SigningPurpose): Promise<Signer>;
  /** The same without waiting: undefined when it is not in the cache. */
  cachedSigner(tenant: TenantId, purpose: SigningPurpose): Signer | undefined;
  /** Any key of the tenant, also inactive and retired ones. @throws when there is none */
  signerByKid(tenant: TenantId, kid: KeyId | string): Promise<Signer>;
  /**
   * Active ones, newest first, then retired ones whose signatures still count. Each is proven by its private half, which opens
   * under the tenant's keys for this use: what anybody else wrote into the database is not among them. @throws {KeyUnavailable}
   */
  publicKeys(tenant: TenantId, purpose: SigningPurpose): Promise<readonly PublicSigningKey[]>;
  /** Made but not yet in force, and proven as those are: what an interrupted rotation left. */
  inactiveKeys(tenant: TenantId, purpose: SigningPurpose): Promise<readonly PublicSigningKey[]>;

  /** For people who look after the keys: public facts only, of keys that are proven. */
  describe(tenant: TenantId): Promise<KeyFacts>;

  /** Listens for other replicas' changes; resolves when it does. */
  start(): Promise<void>;
  close(): void;
}
