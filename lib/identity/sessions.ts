import { toHex, type PersonId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { EnvelopeError } from '#lib/keys';
import { SESSION_IDLE_MS, SESSION_TOUCH_MS } from './constants.ts';
import { draftReceipt } from './draft-receipt.ts';
import { sessionPlace } from './person-seal.ts';
import { createMaskedToken, hashSecret, verifyMaskedToken } from './secrets.ts';
import { endSession, endSessionsOf, signOut, type SessionsDeps } from './sign-out.ts';
import {
  countSessions,
  deleteEndedAttempts,
  deleteEndedSessions,
  deleteEverySession,
  findSession,
  touchSession,
  type StoredSession,
} from './store-sessions.ts';
import type { Actor, BrowserSession, Sessions, TenantRecord } from './types.ts';

export interface SessionsInside extends Sessions {
  /** Remembers the CSRF key of a session that was just made. */
  adopt(session: BrowserSession, csrfSecret: Uint8Array): void;
  /** Ends the session behind the request's cookie, whoever's it is: a sign-in replaces it. */
  replace(tx: TenantTransaction, tenant: TenantRecord, cookie: string | undefined): Promise<void>;
}

export function createSessions(deps: SessionsDeps): SessionsInside {
  const { database, clock, addresses } = deps.identity;
  // Beside the session, not in it: what is handed around can't be logged with it.
  const csrfSecrets = new WeakMap<BrowserSession, Uint8Array>();
  return {
    async verify(tenant, readCookie) {
      const idHash = hashSecret(readCookie(addresses.cookie('session', tenant.slug).name));
      const stored = idHash && (await loadLive(deps, tenant, idHash));
      if (stored === undefined) return undefined;
      const expiresAt = await sealedEnd(deps, tenant, stored);
      if (expiresAt === undefined || expiresAt <= clock.now()) return undefined;
      const record = await deps.people.load(tenant.id, stored.personId);
      if (record?.state !== 'active') return undefined;
      const session: BrowserSession = {
        id: toHex(stored.idHash),
        tenant: tenant.id,
        person: record.person,
        personVersion: record.version,
        createdAt: stored.createdAt.getTime(),
        expiresAt,
      };
      csrfSecrets.set(session, stored.csrfSecret);
      return session;
    },
    createCsrfToken: (session) => createMaskedToken(secretOf(csrfSecrets, session)),
    verifyCsrfToken: (session, token) => verifyMaskedToken(secretOf(csrfSecrets, session), token),
    signOut: async (tenant, session, ip) => await signOut(deps, tenant, session, { ip, everywhere: false }),
    signOutEverywhere: async (tenant, session, ip) =>
      await signOut(deps, tenant, session, { ip, everywhere: true }),
    count: async (tenant, person) =>
      await database
        .tenantDb(tenant.id)
        .read(async (client) => await countSessions(client, person, liveSince(clock.now()))),
    endEvery: deleteEverySession,
    endAll: async (tenant, person, actor) => await endAll(deps, tenant, person, actor),
    async sweep(tenant) {
      const live = liveSince(clock.now());
      await database.tenantDb(tenant.id).read(async (client) => {
        await deleteEndedSessions(client, live.now, live.idleSince);
        await deleteEndedAttempts(client, live.now);
      });
    },
    adopt: (session, csrfSecret) => void csrfSecrets.set(session, csrfSecret),
    async replace(tx, tenant, cookie) {
      const idHash = hashSecret(cookie);
      const stored = idHash && (await findSession(tx, idHash));
      if (stored) await endSession(deps.identity, tx, tenant, stored.idHash, stored.personId);
    },
  };
}

function secretOf(secrets: WeakMap<BrowserSession, Uint8Array>, session: BrowserSession): Uint8Array {
  const secret = secrets.get(session);
  if (secret === undefined) throw new Error('this session object was not made by verify');
  return secret;
}

/** What is not ended by either limit at this time. */
function liveSince(now: number): { readonly now: Date; readonly idleSince: Date } {
  return { now: new Date(now), idleSince: new Date(now - SESSION_IDLE_MS) };
}

/** The row, if neither limit has passed; that it was seen is written down once in a while. */
async function loadLive(
  { identity: { database, clock } }: SessionsDeps,
  tenant: TenantRecord,
  idHash: Uint8Array,
): Promise<StoredSession | undefined> {
  const db = database.tenantDb(tenant.id);
  const stored = await db.read(async (client) => await findSession(client, idHash));
  const now = clock.now();
  if (stored === undefined || stored.expiresAt.getTime() <= now) return undefined;
  const seen = stored.lastSeenAt.getTime();
  if (seen + SESSION_IDLE_MS <= now) return undefined;
  if (seen + SESSION_TOUCH_MS <= now) {
    await db.read(async (client) => await touchSession(client, idHash, new Date(now)));
  }
  return stored;
}

/**
 * When the session ends for good, as its sign-in sealed it under this person's key for this very cookie. A row alone is no
 * session: whoever can write the database could otherwise be anybody here. Undefined: nobody signed in for this row.
 */
async function sealedEnd(
  { seals }: SessionsDeps,
  { id: tenant }: TenantRecord,
  { idHash, personId, sealed }: StoredSession,
): Promise<number | undefined> {
  if (sealed === null) return undefined;
  try {
    const content = await seals.open(sessionPlace(tenant, personId, toHex(idHash)), sealed);
    const end = content?.['expiresAt'];
    return typeof end === 'number' ? end : undefined;
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

async function endAll(
  deps: SessionsDeps,
  tenant: TenantRecord,
  person: PersonId,
  actor: Actor,
): Promise<number> {
  const { database, clock, receipts } = deps.identity;
  const about = (await deps.people.load(tenant.id, person))?.person;
  return await database.tenantDb(tenant.id).transaction(async (tx) => {
    const ended = await endSessionsOf(deps.identity, tx, tenant, person);
    if (ended === 0) return 0;
    const details = { action: 'sessions.end', sessions: ended };
    const act = {
      kind: 'admin',
      details,
      ...(about && { about: { id: about.id, reference: about.reference } }),
    } as const;
    await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, act));
    return ended;
  });
}
