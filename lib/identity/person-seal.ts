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
  /** @throws when the person has no key: they were erased meanwhile. */
  seal(at: PersonPlace, value: JsonObject): Promise<Uint8Array>;
  /** Undefined when the person's key is gone. */
  open(at: PersonPlace, sealed: Uint8Array): Promise<JsonObject | undefined>;
}

export interface PersonPlace {
  readonly tenant: TenantId;
  readonly person: PersonId;
  readonly purpose: 'person-claims' | 'browser-session';
  readonly record: string;
}

export function createPersonSeal(keys: Keys): PersonSeal {
  return {
    async seal({ tenant, person, purpose, record }, value) {
      const sealer = await keys.sealer(tenant, { person });
      if (sealer === undefined) throw new Error('this person has no key: they were erased meanwhile');
      return sealer.seal({ purpose, record }, utf8(canonicalJson(value)));
    },
    async open({ tenant, person, purpose, record }, sealed) {
      const sealer = await keys.sealer(tenant, { person });
      return sealer && parseSealed(sealer.open({ purpose, record }, sealed));
    },
  };
}

/** Where a person's claims are sealed. */
export function claimsPlace(tenant: TenantId, person: PersonId): PersonPlace {
  return { tenant, person, purpose: 'person-claims', record: person };
}

/** Where a session's ID token is sealed. */
export function sessionPlace(tenant: TenantId, person: PersonId, session: string): PersonPlace {
  return { tenant, person, purpose: 'browser-session', record: session };
}

/** What an envelope of ours held. */
export function parseSealed(bytes: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value)) throw new Error('an envelope holds something else than was sealed');
  return value;
}
