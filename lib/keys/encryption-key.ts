import { decodeUtf8, err, ok, utf8, type Result, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { EnvelopeError, KeyUnavailable, type KeyMismatch } from './errors.ts';
import { hadKeys } from './store-destroy.ts';
import { findEncryptionKey, type EncryptionKeyRow } from './store.ts';
import type { KeyProvider, KeyReference, Place } from './types.ts';
import { keyPlaces } from './wrap-keys.ts';

const CHECK_TEXT = 'countersign key check v1';

/** A tenant's key-encryption key: found, checked, and asked to unwrap. */
export interface EncryptionKeys {
  find(tenant: TenantId): Promise<EncryptionKeyRow | undefined>;
  /** @throws {KeyUnavailable} when the tenant has none. */
  require(tenant: TenantId): Promise<EncryptionKeyRow>;
  check(tenant: TenantId): Promise<Result<void, KeyMismatch>>;
  makeCheckValue(reference: KeyReference): Promise<Uint8Array>;
  /** @throws {KeyUnavailable} when the key does not fit the tenant; {EnvelopeError} when only this row is damaged. */
  unwrap(row: EncryptionKeyRow, place: Place, wrapped: Uint8Array): Promise<Uint8Array>;
}

export function createEncryptionKeys(database: Database, provider: KeyProvider): EncryptionKeys {
  const find: EncryptionKeys['find'] = async (tenant) =>
    await database.tenantDb(tenant).read(async (client) => await findEncryptionKey(client, tenant));

  const require: EncryptionKeys['require'] = async (tenant) => {
    const row = await find(tenant);
    if (row !== undefined) return row;
    const isDestroyed = await database.tenantDb(tenant).read(hadKeys);
    throw new KeyUnavailable(isDestroyed ? destroyed(tenant) : noKeys(tenant));
  };

  const check: EncryptionKeys['check'] = async (tenant) => {
    try {
      const row = await require(tenant);
      const text = decodeUtf8(await provider.unwrap(row, keyPlaces.check(row.kid), row.checkValue));
      return text === CHECK_TEXT ? ok(undefined) : err(wrongKey(tenant));
    } catch (error) {
      if (error instanceof KeyUnavailable) return err(error.mismatch);
      if (error instanceof EnvelopeError) return err(wrongKey(tenant));
      throw error;
    }
  };

  return {
    find,
    require,
    check,
    makeCheckValue: async (reference) =>
      await provider.wrap(reference, keyPlaces.check(reference.kid), utf8(CHECK_TEXT)),
    unwrap: async (row, place, wrapped) => {
      try {
        return await provider.unwrap(row, place, wrapped);
      } catch (error) {
        if (!(error instanceof EnvelopeError)) throw error;
        const state = await check(row.tenant);
        throw state.ok ? error : new KeyUnavailable(state.error, error);
      }
    },
  };
}

export function noKeys(tenant: TenantId): KeyMismatch {
  const message = `Tenant ${tenant} has no keys: its creation was interrupted. Create it again.`;
  return { kind: 'no-keys', tenant, message };
}

function destroyed(tenant: TenantId): KeyMismatch {
  const message = `The keys of tenant ${tenant} were destroyed: what was sealed with them can't be opened any more.`;
  return { kind: 'destroyed', tenant, message };
}

function wrongKey(tenant: TenantId): KeyMismatch {
  return {
    kind: 'wrong',
    tenant,
    message: `The key-encryption key of tenant ${tenant} is not the one its data was sealed with: check KEYS_DIR, or restore the key file from its backup.`,
  };
}
