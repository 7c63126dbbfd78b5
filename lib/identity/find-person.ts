import type { TenantId } from '#lib/core';
import type { Keys } from '#lib/keys';
import {
  findPeopleByEmail,
  findPersonByLookup,
  findPersonByReference,
  type StoredPerson,
} from './store-people.ts';
import type { IdentityDeps, PersonSelector } from './types.ts';

/** One text per (issuer, subject): neither contains a line feed. */
export async function personLookup(
  keys: Keys,
  tenant: TenantId,
  issuer: string,
  subject: string,
): Promise<Uint8Array> {
  return await keys.lookup(tenant, 'person', `${issuer}\n${subject}`);
}

/** Addresses are compared without case: two people whose addresses differ in case alone exist on paper only. */
export async function emailLookup(keys: Keys, tenant: TenantId, email: string): Promise<Uint8Array> {
  return await keys.lookup(tenant, 'email', email.normalize('NFC').toLowerCase());
}

/** Who is named, as stored; several only by email. Erased people can't be named any more. */
export async function findStored(
  { database, keys }: Pick<IdentityDeps, 'database' | 'keys'>,
  tenant: TenantId,
  selector: PersonSelector,
): Promise<readonly StoredPerson[]> {
  const db = database.tenantDb(tenant);
  if ('email' in selector) {
    const lookup = await emailLookup(keys, tenant, selector.email);
    return await db.read(async (client) => await findPeopleByEmail(client, lookup));
  }
  const found =
    'reference' in selector
      ? await db.read(async (client) => await findPersonByReference(client, selector.reference))
      : await findByIdentity({ database, keys }, tenant, selector);
  return found === undefined || found.state === 'erased' ? [] : [found];
}

async function findByIdentity(
  { database, keys }: Pick<IdentityDeps, 'database' | 'keys'>,
  tenant: TenantId,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): Promise<StoredPerson | undefined> {
  const lookup = await personLookup(keys, tenant, issuer, subject);
  return await database.tenantDb(tenant).read(async (client) => await findPersonByLookup(client, lookup));
}
