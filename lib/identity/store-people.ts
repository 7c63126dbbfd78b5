import type { PersonId, SubjectReference } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { PersonState } from './types.ts';

/** A person as stored: who it is stands only in `claims`, sealed. */
export interface StoredPerson {
  readonly id: PersonId;
  readonly reference: SubjectReference;
  /** Empty while the first sign-in is under way, and for ever after erasure. */
  readonly claims: Uint8Array;
  readonly version: number;
  readonly state: PersonState;
  readonly lastSignInAt: Date | null;
}

const COLUMNS = {
  id: true,
  reference: true,
  claims: true,
  version: true,
  state: true,
  lastSignInAt: true,
} as const;

function toStored(row: {
  id: string;
  reference: string;
  claims: Uint8Array;
  version: number;
  state: string;
  lastSignInAt: Date | null;
}): StoredPerson {
  return {
    ...row,
    id: row.id as PersonId,
    reference: row.reference as SubjectReference,
    state: row.state as PersonState,
  };
}

/** A copy on a buffer of its own, as Prisma wants bytes. */
export function rowBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Makes the row without claims, unless somebody with this look-up is there; true when it was made. */
export async function insertPerson(
  tx: TenantTransaction,
  row: { tenantId: string; id: PersonId; lookup: Uint8Array; reference: string; createdAt: Date },
): Promise<boolean> {
  const data = { ...row, lookup: rowBytes(row.lookup), claims: rowBytes(new Uint8Array()) };
  return (await tx.person.createMany({ data: [data], skipDuplicates: true })).count === 1;
}

export async function findPersonByLookup(
  client: TenantClient,
  lookup: Uint8Array,
): Promise<StoredPerson | undefined> {
  const row = await client.person.findFirst({ where: { lookup: rowBytes(lookup) }, select: COLUMNS });
  return row === null ? undefined : toStored(row);
}

export async function findPersonById(client: TenantClient, id: PersonId): Promise<StoredPerson | undefined> {
  const row = await client.person.findFirst({ where: { id }, select: COLUMNS });
  return row === null ? undefined : toStored(row);
}

export async function findReferences(
  client: TenantClient,
  people: readonly PersonId[],
): Promise<ReadonlyMap<PersonId, SubjectReference>> {
  const where = { id: { in: [...people] }, state: { not: 'erased' } };
  const rows = people.length === 0 ? [] : await client.person.findMany({ where, select: COLUMNS });
  return new Map(rows.map((row) => [row.id as PersonId, row.reference as SubjectReference]));
}

export async function findPersonByReference(
  client: TenantClient,
  reference: string,
): Promise<StoredPerson | undefined> {
  const row = await client.person.findFirst({ where: { reference }, select: COLUMNS });
  return row === null ? undefined : toStored(row);
}

/** Several people may have had the same address verified, one after the other. */
export async function findPeopleByEmail(
  client: TenantClient,
  emailLookup: Uint8Array,
): Promise<readonly StoredPerson[]> {
  const rows = await client.person.findMany({
    where: { emailLookup: rowBytes(emailLookup) },
    select: COLUMNS,
    take: 10,
  });
  return rows.map(toStored);
}

/** Who signed in last comes first; whose first sign-in never came to its end is left out, as the erased are. */
export async function listPeople(
  client: TenantClient,
  limit: number,
  after?: { readonly at: Date; readonly reference: string },
): Promise<readonly StoredPerson[]> {
  const beyond = after && {
    OR: [{ lastSignInAt: { lt: after.at } }, { lastSignInAt: after.at, reference: { gt: after.reference } }],
  };
  const rows = await client.person.findMany({
    where: { state: { not: 'erased' }, lastSignInAt: { not: null }, ...beyond },
    orderBy: [{ lastSignInAt: 'desc' }, { reference: 'asc' }],
    take: limit,
    select: COLUMNS,
  });
  return rows.map(toStored);
}

/** Takes the row's lock for the rest of the transaction and returns its state, so that a disabling or erasure is not overtaken. */
export async function lockPerson(tx: TenantTransaction, id: PersonId): Promise<PersonState | undefined> {
  const rows = await tx.$queryRaw<
    { state: string }[]
  >`select state from person where id = ${id}::uuid for update`;
  return rows[0]?.state as PersonState | undefined;
}

export async function updateClaims(
  tx: TenantTransaction,
  id: PersonId,
  change: { claims: Uint8Array; emailLookup: Uint8Array | undefined; changed: boolean; at: Date },
): Promise<void> {
  await tx.person.updateMany({
    where: { id },
    data: {
      claims: rowBytes(change.claims),
      emailLookup: change.emailLookup === undefined ? null : rowBytes(change.emailLookup),
      lastSignInAt: change.at,
      ...(change.changed ? { version: { increment: 1 } } : {}),
    },
  });
}

/** True when the state changed. */
export async function updateState(
  tx: TenantTransaction,
  id: PersonId,
  from: PersonState,
  to: PersonState,
): Promise<boolean> {
  const data = { state: to, version: { increment: 1 } };
  return (await tx.person.updateMany({ where: { id, state: from }, data })).count === 1;
}

/** Leaves nothing of the mapping but a row that says that somebody with this reference was here. */
export async function blankPerson(
  tx: TenantTransaction,
  id: PersonId,
  randomLookup: Uint8Array,
): Promise<boolean> {
  const updated = await tx.person.updateMany({
    where: { id, state: { not: 'erased' } },
    data: {
      lookup: rowBytes(randomLookup),
      emailLookup: null,
      claims: rowBytes(new Uint8Array()),
      state: 'erased',
      version: { increment: 1 },
      lastSignInAt: null,
    },
  });
  return updated.count === 1;
}
