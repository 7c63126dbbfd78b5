import type { JsonObject, Role, TenantId } from '#lib/core';
import { claimsPlace, type PersonSeal } from './person-seal.ts';
import type { StoredPerson } from './store-people.ts';
import type { PersonClaims, PersonRecord } from './types.ts';

export function claimsToJson(claims: PersonClaims, reference: string): JsonObject {
  return { ...claims, reference };
}

/** Sealed beside the claims, for the column alone could be given to somebody else. Absent: sealed by an earlier release. */
export function hasReference(json: JsonObject, reference: string): boolean {
  return json['reference'] === undefined || json['reference'] === reference;
}

/** Written by `claimsToJson` and sealed since: its shape is known. */
export function claimsFromJson(json: JsonObject): PersonClaims {
  return json as unknown as PersonClaims;
}

/** Undefined for somebody erased, whose first sign-in never came to its end, or whose row names another reference than theirs. */
export async function openPerson(
  seals: PersonSeal,
  tenant: TenantId,
  stored: StoredPerson | undefined,
): Promise<PersonRecord | undefined> {
  if (stored === undefined || stored.state === 'erased' || stored.claims.length === 0) return undefined;
  const opened = await seals.open(claimsPlace(tenant, stored.id), stored.claims);
  if (opened === undefined || !hasReference(opened, stored.reference)) return undefined;
  const claims = claimsFromJson(opened);
  const { issuer, subject, email, name, groups, roles } = claims;
  return {
    person: {
      id: stored.id,
      reference: stored.reference,
      issuer,
      subject,
      ...(email === undefined ? {} : { email }),
      ...(name === undefined ? {} : { name }),
      groups,
      roles: roles as readonly Role[],
    },
    version: stored.version,
    state: stored.state,
    ...(stored.lastSignInAt === null ? {} : { lastSignInAt: stored.lastSignInAt.getTime() }),
  };
}
