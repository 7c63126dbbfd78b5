import type { PersonId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import { rowBytes } from './store-people.ts';

export interface StoredSession {
  readonly idHash: Uint8Array;
  readonly personId: PersonId;
  readonly sealed: Uint8Array | null;
  readonly csrfSecret: Uint8Array;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

export async function insertSession(
  tx: TenantTransaction,
  tenantId: string,
  session: StoredSession,
): Promise<void> {
  await tx.browserSession.create({
    data: {
      ...session,
      tenantId,
      idHash: rowBytes(session.idHash),
      sealed: session.sealed === null ? null : rowBytes(session.sealed),
      csrfSecret: rowBytes(session.csrfSecret),
    },
  });
}

export async function findSession(
  client: TenantClient,
  idHash: Uint8Array,
): Promise<StoredSession | undefined> {
  const row = await client.browserSession.findFirst({ where: { idHash: rowBytes(idHash) } });
  return row === null ? undefined : { ...row, personId: row.personId as PersonId };
}

export async function touchSession(client: TenantClient, idHash: Uint8Array, at: Date): Promise<void> {
  await client.browserSession.updateMany({
    where: { idHash: rowBytes(idHash), lastSeenAt: { lt: at } },
    data: { lastSeenAt: at },
  });
}

/** Only if it is this person's; true when it was there. */
export async function deleteSession(
  tx: TenantTransaction,
  idHash: Uint8Array,
  owner: PersonId,
): Promise<boolean> {
  return (
    (await tx.browserSession.deleteMany({ where: { idHash: rowBytes(idHash), personId: owner } })).count === 1
  );
}

/** Hashes of the sessions that ended by this. */
export async function deleteSessionsOf(
  tx: TenantTransaction,
  owner: PersonId,
): Promise<readonly Uint8Array[]> {
  const rows = await tx.browserSession.findMany({ where: { personId: owner }, select: { idHash: true } });
  await tx.browserSession.deleteMany({ where: { personId: owner } });
  return rows.map((row) => row.idHash);
}

/** Sessions of a person that neither limit has ended. */
export async function countSessions(
  client: TenantClient,
  owner: PersonId,
  { now, idleSince }: { readonly now: Date; readonly idleSince: Date },
): Promise<number> {
  return await client.browserSession.count({
    where: { personId: owner, expiresAt: { gt: now }, lastSeenAt: { gt: idleSince } },
  });
}

/** How many sessions there were. */
export async function deleteEverySession(tx: TenantTransaction): Promise<number> {
  await tx.signInAttempt.deleteMany();
  return (await tx.browserSession.deleteMany()).count;
}

export async function deleteEndedSessions(client: TenantClient, now: Date, idleSince: Date): Promise<void> {
  await client.browserSession.deleteMany({
    where: { OR: [{ expiresAt: { lte: now } }, { lastSeenAt: { lte: idleSince } }] },
  });
}

export async function insertAttempt(
  client: TenantClient,
  attempt: { tenantId: string; stateHash: Uint8Array; sealed: Uint8Array; expiresAt: Date },
): Promise<void> {
  const data = { ...attempt, stateHash: rowBytes(attempt.stateHash), sealed: rowBytes(attempt.sealed) };
  await client.signInAttempt.create({ data });
}

/** Left where it is. */
export async function findAttempt(
  client: TenantClient,
  stateHash: Uint8Array,
): Promise<{ sealed: Uint8Array; expiresAt: Date } | undefined> {
  const row = await client.signInAttempt.findFirst({ where: { stateHash: rowBytes(stateHash) } });
  return row ?? undefined;
}

/** What the attempt held, for exactly one caller: whoever deletes the row has it. */
export async function consumeAttempt(
  client: TenantClient,
  stateHash: Uint8Array,
): Promise<{ sealed: Uint8Array; expiresAt: Date } | undefined> {
  const where = { stateHash: rowBytes(stateHash) };
  const row = await client.signInAttempt.findFirst({ where });
  if (row === null) return undefined;
  return (await client.signInAttempt.deleteMany({ where })).count === 1 ? row : undefined;
}

export async function deleteEndedAttempts(client: TenantClient, now: Date): Promise<void> {
  await client.signInAttempt.deleteMany({ where: { expiresAt: { lte: now } } });
}
