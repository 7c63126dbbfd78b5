import {
  canonicalJson,
  decodeUtf8,
  isJsonObject,
  utf8,
  type JsonObject,
  type PersonId,
  type TenantId,
} from '#lib/core';
import type { Keys } from '#lib/keys';

/** JSON about a person, sealed under that person's key and bound to its place. */
export interface PersonSeal {
  seal(
    tenant: TenantId,
    person: PersonId,
    purpose: SealPurpose,
    record: string,
    value: JsonObject,
  ): Promise<Uint8Array>;
  open(
    tenant: TenantId,
    person: PersonId,
    purpose: SealPurpose,
    record: string,
    sealed: Uint8Array,
  ): Promise<JsonObject>;
}

export type SealPurpose = 'person-claims' | 'browser-session';

export function createPersonSeal(keys: Keys): PersonSeal {
  return {
    async seal(tenant, person, purpose, record, value) {
      const sealer = await keys.sealer(tenant, { person });
      return sealer.sealFramed({ purpose, record }, utf8(canonicalJson(value)));
    },
    async open(tenant, person, purpose, record, sealed) {
      const sealer = await keys.sealer(tenant, { person });
      return parseSealed(sealer.openFramed({ purpose, record }, sealed));
    },
  };
}

/** What an envelope of ours held. */
export function parseSealed(bytes: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value)) throw new Error('an envelope holds something else than was sealed');
  return value;
}
