import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { PersonId, TenantId } from '#lib/core';
import { KEY_BYTES } from './constants.ts';
import { openEnvelope, sealEnvelope, type EnvelopeKey } from './envelope.ts';
import type { KeySet, LoadedKeys } from './key-sets.ts';
import type { WrappedKeyRow } from './store.ts';
import type { KeyProvider, KeyReference, Place } from './types.ts';

/** A key that was just made: its bytes are for wrapping only, once. */
export interface FreshKey {
  readonly envelope: EnvelopeKey;
  readonly bytes: Buffer;
}

/** Where a wrapped key belongs. A person's names the person, so that rows can't be exchanged. */
export const keyPlaces = {
  check: (kid: string): Place => ({ purpose: 'key-check', record: kid }),
  data: (id: string): Place => ({ purpose: 'data-key', record: id }),
  archive: (id: string): Place => ({ purpose: 'archive-key', record: id }),
  lookup: (id: string): Place => ({ purpose: 'lookup-key', record: id }),
  person: (person: PersonId, id: string): Place => ({ purpose: 'person-key', record: `${person}/${id}` }),
};

export function makeKey(tenant: TenantId): FreshKey {
  const bytes = randomBytes(KEY_BYTES);
  return { bytes, envelope: { kid: randomUUID(), tenant, key: createSecretKey(bytes) } };
}

export async function wrapDataKey(
  provider: KeyProvider,
  under: KeyReference,
  { envelope: { kid }, bytes }: FreshKey,
): Promise<WrappedKeyRow> {
  const wrapped = await provider.wrap(under, keyPlaces.data(kid), bytes);
  bytes.fill(0);
  return { id: kid, wrapped };
}

/** Archive, lookup and person keys are wrapped by a data key. */
export function wrapUnder(
  data: EnvelopeKey,
  placeOf: (id: string) => Place,
  { envelope: { kid }, bytes }: FreshKey,
): WrappedKeyRow {
  const wrapped = sealEnvelope(data, placeOf(kid), bytes);
  bytes.fill(0);
  return { id: kid, wrapped };
}

export function unwrapUnder(
  data: KeySet,
  placeOf: (id: string) => Place,
  { id, wrapped }: WrappedKeyRow,
): EnvelopeKey {
  const bytes = openEnvelope((kid) => data.byKid.get(kid), data.tenant, placeOf(id), wrapped);
  return envelopeKey(data.tenant, id, bytes);
}

/** Takes the bytes into a key object and blanks them. */
export function envelopeKey(tenant: TenantId, kid: string, bytes: Uint8Array): EnvelopeKey {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return { kid, tenant, key };
}

/** Versions of one key; the first is in force. */
export function keyVersions(keys: readonly EnvelopeKey[]): LoadedKeys {
  const [active] = keys;
  if (active === undefined) throw new Error('a key without versions');
  return { active, byKid: new Map(keys.map((key) => [key.kid, key])) };
}
