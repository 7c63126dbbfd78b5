import type { Brand, PersonId, TenantId } from '#lib/core';
import type { Database, TenantClient, TenantTransaction } from '#lib/db';
import type { Keys } from '#lib/keys';

/** Random UUID of a stored secret. */
export type SecretId = Brand<string, 'SecretId'>;

export interface SecretPlace {
  /** What it is for (`idp-client`, `agent-client`…), a constant of the module that stores it. */
  readonly purpose: string;
  /** Whose it is: sealed under that person's key, gone with it. */
  readonly person?: PersonId;
}

export interface VaultDeps {
  readonly database: Database;
  readonly keys: Keys;
}

/** Credentials at rest. The caller receipts the change that it is part of. */
export interface Vault {
  put(tx: TenantTransaction, tenant: TenantId, place: SecretPlace, secret: string): Promise<SecretId>;
  /** Puts another secret in the place of one, under today's key. False when there is none. */
  replace(tx: TenantTransaction, tenant: TenantId, id: SecretId, secret: string): Promise<boolean>;
  /**
   * Opens a secret for the time of `use` only.
   * @throws {SecretGone} when it was removed, or the person's key was destroyed.
   */
  withSecret<T>(tenant: TenantId, id: SecretId | string, use: (secret: string) => T | Promise<T>): Promise<T>;
  /** Whether a stored secret is this one, as a transaction under way sees it. False when there is none. */
  matches(client: TenantClient, tenant: TenantId, id: SecretId, candidate: string): Promise<boolean>;
  /** False when there was none. */
  remove(tx: TenantTransaction, tenant: TenantId, id: SecretId): Promise<boolean>;
  /** Everything of one person; how many. */
  removeAllOf(tx: TenantTransaction, tenant: TenantId, person: PersonId): Promise<number>;
}
