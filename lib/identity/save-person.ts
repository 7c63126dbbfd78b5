import { randomBytes, randomUUID } from 'node:crypto';
import {
  canonicalJson,
  toBase64Url,
  type JsonObject,
  type Person,
  type PersonId,
  type TenantId,
} from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { REFERENCE_BYTES } from './constants.ts';
import { emailLookup, personLookup } from './find-person.ts';
import { claimsToJson, hasReference } from './open-person.ts';
import { claimsPlace, type PersonSeal } from './person-seal.ts';
import {
  findPersonById,
  findPersonByLookup,
  insertPerson,
  lockPerson,
  updateClaims,
  type StoredPerson,
} from './store-people.ts';
import type { IdentityDeps, PersonClaims } from './types.ts';

/** The person's row and key, made when they sign in for the first time. In a transaction of its own: what follows is sealed under that key. */
export async function ensurePerson(
  deps: IdentityDeps,
  tenant: TenantId,
  claims: PersonClaims,
): Promise<StoredPerson> {
  const { database, keys, clock } = deps;
  const lookup = await personLookup(keys, tenant, claims.issuer, claims.subject);
  const db = database.tenantDb(tenant);
  const known = await db.read(async (client) => await findPersonByLookup(client, lookup));
  if (known !== undefined) return known;
  const row = {
    tenantId: tenant,
    id: randomUUID() as PersonId,
    lookup,
    reference: toBase64Url(randomBytes(REFERENCE_BYTES)),
    createdAt: new Date(clock.now()),
  };
  return await db.transaction(async (tx) => {
    if (await insertPerson(tx, row)) await keys.createPersonKey(tx, tenant, row.id);
    const stored = await findPersonByLookup(tx, lookup);
    if (stored === undefined) throw new Error('a person that was just made is not there');
    return stored;
  });
}

export type SavedPerson =
  | { readonly state: 'active'; readonly person: Person; readonly version: number }
  | { readonly state: 'disabled' | 'erased' };

/** Writes what the provider says today, unless the person was disabled or erased; the version moves only with a change. */
export async function saveClaims(
  deps: IdentityDeps,
  seals: PersonSeal,
  tx: TenantTransaction,
  tenant: TenantId,
  stored: StoredPerson,
  claims: PersonClaims,
): Promise<SavedPerson> {
  const state = await lockPerson(tx, stored.id);
  if (state !== 'active') return { state: state ?? 'erased' };
  const before = await findPersonById(tx, stored.id);
  const json = claimsToJson(claims, stored.reference);
  const place = claimsPlace(tenant, stored.id);
  const isFirst = before === undefined || before.claims.length === 0;
  const known = isFirst ? undefined : await seals.open(place, before.claims);
  // Look-up and reference are columns: what was sealed at the last sign-in says whose row this is.
  if (known !== undefined && !isRowOf(known, claims, stored.reference))
    throw new Error(`the row of person ${stored.id} was changed: it is not that of who signs in`);
  const changed = known === undefined || canonicalJson(known) !== canonicalJson(json);
  await updateClaims(tx, stored.id, {
    claims: await seals.seal(place, json),
    emailLookup: claims.email === undefined ? undefined : await emailLookup(deps.keys, tenant, claims.email),
    changed,
    at: new Date(deps.clock.now()),
  });
  const person: Person = { id: stored.id, reference: stored.reference, ...claims };
  return { state: 'active', person, version: (before?.version ?? stored.version) + (changed ? 1 : 0) };
}

function isRowOf(known: JsonObject, { issuer, subject }: PersonClaims, reference: string): boolean {
  return known['issuer'] === issuer && known['subject'] === subject && hasReference(known, reference);
}
