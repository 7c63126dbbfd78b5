import type { Clock, PersonId, TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { UNKNOWN_KEY_RELOAD_MS } from './constants.ts';
import { noKeys, type EncryptionKeys } from './encryption-key.ts';
import { envelopeKid, type EnvelopeKey } from './envelope.ts';
import { KeyUnavailable } from './errors.ts';
import type { KeySet, KeySets } from './key-sets.ts';
import { findPersonKey, listDataKeys, type DataKeyPurpose } from './store.ts';
import type { SealUnder } from './types.ts';
import { envelopeKey, keyPlaces, keyVersions, unwrapUnder } from './wrap-keys.ts';

interface TenantKeysParts {
  readonly database: Database;
  readonly encryptionKeys: EncryptionKeys;
  readonly sets: KeySets;
  readonly clock: Clock;
}

/** A tenant's keys in plaintext, from memory or unwrapped along the chain: provider, data key, all others. */
export interface TenantKeys {
  data(tenant: TenantId): Promise<KeySet>;
  /** The data keys, read again when an envelope names one that another replica may just have made. */
  dataKnowing(tenant: TenantId, envelope: Uint8Array): Promise<KeySet>;
  lookup(tenant: TenantId): Promise<KeySet>;
  /** Undefined: a person without a key. */
  under(tenant: TenantId, under: SealUnder): Promise<KeySet | undefined>;
}

export function personLabel(person: PersonId): string {
  return `person/${person}`;
}

export function createTenantKeys({ database, encryptionKeys, sets, clock }: TenantKeysParts): TenantKeys {
  const rowsOf = async (tenant: TenantId, purpose: DataKeyPurpose) => {
    const rows = await database.tenantDb(tenant).read(async (client) => await listDataKeys(client, purpose));
    if (rows.length === 0) throw new KeyUnavailable(noKeys(tenant));
    return rows;
  };

  const readData = async (tenant: TenantId) => {
    const row = await encryptionKeys.require(tenant);
    const keys: EnvelopeKey[] = [];
    for (const { id, wrapped } of await rowsOf(tenant, 'data')) {
      keys.push(envelopeKey(tenant, id, await encryptionKeys.unwrap(row, keyPlaces.data(id), wrapped)));
    }
    return keyVersions(keys);
  };
  const data = async (tenant: TenantId) =>
    required(await sets.load(tenant, 'data', async () => await readData(tenant)), tenant);

  const readUnderData = async (tenant: TenantId, purpose: 'archive' | 'lookup') => {
    const wrapping = await data(tenant);
    const rows = await rowsOf(tenant, purpose);
    return keyVersions(rows.map((row) => unwrapUnder(wrapping, keyPlaces[purpose], row)));
  };
  const underData = async (tenant: TenantId, purpose: 'archive' | 'lookup') =>
    required(await sets.load(tenant, purpose, async () => await readUnderData(tenant, purpose)), tenant);

  const readPerson = async (tenant: TenantId, person: PersonId) => {
    const wrapping = await data(tenant);
    const row = await database.tenantDb(tenant).read(async (client) => await findPersonKey(client, person));
    if (row === undefined) return undefined;
    return keyVersions([unwrapUnder(wrapping, (id) => keyPlaces.person(person, id), row)]);
  };

  return {
    data,
    dataKnowing: async (tenant, envelope) => {
      const set = await data(tenant);
      const kid = envelopeKid(envelope);
      const young = clock.now() - set.loadedAt < UNKNOWN_KEY_RELOAD_MS;
      if (kid === undefined || set.byKid.has(kid) || young) return set;
      sets.renew(tenant, 'data');
      return await data(tenant);
    },
    lookup: async (tenant) => await underData(tenant, 'lookup'),
    under: async (tenant, under) => {
      if (under === 'data') return await data(tenant);
      if (under === 'archive') return await underData(tenant, 'archive');
      const { person } = under;
      return await sets.load(tenant, personLabel(person), async () => await readPerson(tenant, person));
    },
  };
}

function required(set: KeySet | undefined, tenant: TenantId): KeySet {
  if (set) return set;
  throw new KeyUnavailable(noKeys(tenant));
}
