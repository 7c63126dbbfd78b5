import { randomBytes } from 'node:crypto';
import { err, ok, toHex, type JsonObject, type Result } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { SECRET_BYTES, SESSION_ABSOLUTE_MS } from './constants.ts';
import { ssoProblem } from './describe-problem.ts';
import { draftReceipt } from './draft-receipt.ts';
import type { SsoProblem } from './errors.ts';
import { sessionPlace, type PersonSeal } from './person-seal.ts';
import { ensurePerson, saveClaims } from './save-person.ts';
import { createSecret, hashSecret } from './secrets.ts';
import type { SessionsInside } from './sessions.ts';
import { sessionCookie } from './sign-out.ts';
import type { ConsumedAttempt } from './sign-in-attempts.ts';
import type { Changes } from './store-changes.ts';
import { insertSession } from './store-sessions.ts';
import type {
  Actor,
  BrowserSession,
  CompleteSignIn,
  IdentityDeps,
  People,
  PersonClaims,
  SignInCompleted,
  TenantRecord,
} from './types.ts';

export interface VerifiedSignIn {
  readonly claims: PersonClaims;
  readonly idToken: string;
  readonly attempt: ConsumedAttempt;
  readonly request: CompleteSignIn;
}

export interface RefusedSignIn {
  readonly issuer: string;
  readonly claims: JsonObject;
  readonly ip: string | undefined;
}

/** What a sign-in leaves behind: person, session and receipt, in one transaction. */
export interface SignInWriter {
  complete(tenant: TenantRecord, signIn: VerifiedSignIn): Promise<Result<SignInCompleted, SsoProblem>>;
  /** The provider vouched for somebody whom the tenant's rules keep out: receipted, with their name if we know it already. */
  refuse(tenant: TenantRecord, refused: RefusedSignIn, problem: SsoProblem): Promise<void>;
}

export interface SignInWriterDeps {
  readonly identity: IdentityDeps;
  readonly people: Pick<People, 'find'>;
  readonly sessions: SessionsInside;
  readonly seals: PersonSeal;
  readonly changes: Changes;
}

export function createSignInWriter(deps: SignInWriterDeps): SignInWriter {
  const { database, receipts, clock } = deps.identity;
  return {
    async complete(tenant, signIn) {
      const stored = await ensurePerson(deps.identity, tenant.id, signIn.claims);
      const done = await database.tenantDb(tenant.id).transaction(async (tx) => {
        const saved = await saveClaims(deps.identity, deps.seals, tx, tenant.id, stored, signIn.claims);
        if (saved.state !== 'active') return undefined;
        const made = await makeSession(deps, tx, tenant, saved.person, saved.version, signIn);
        const details = { event: 'sign_in', groups: saved.person.groups.length };
        const act = { kind: 'sign_in', details } as const;
        await receipts.stage(
          tx,
          tenant.id,
          draftReceipt(clock, actorOf(saved.person, signIn.request.ip), act),
        );
        deps.changes.announce(tx, { kind: 'person', tenant: tenant.id, subject: stored.id });
        return made;
      });
      if (done !== undefined) return ok(done);
      const problem = ssoProblem('person-disabled');
      const { issuer, subject } = signIn.claims;
      await this.refuse(tenant, { issuer, claims: { sub: subject }, ip: signIn.request.ip }, problem);
      return err(problem);
    },
    async refuse(tenant, { issuer, claims, ip }, problem) {
      const subject = claims['sub'];
      const known =
        typeof subject === 'string' ? await deps.people.find(tenant, { issuer, subject }) : undefined;
      const actor = actorOf(known?.person, ip);
      const details = { event: 'sign_in', reason: problem.kind };
      const act = { kind: 'sign_in', status: 'denied', details } as const;
      await database
        .tenantDb(tenant.id)
        .transaction(async (tx) => await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, act)));
    },
  };
}

function actorOf(person: SignInCompleted['person'] | undefined, ip: string | undefined): Actor {
  return { mode: 'user', ...(person && { person }), ...(ip === undefined ? {} : { ip }) };
}

/** A new cookie value with every sign-in: one that somebody planted before is worth nothing after it. */
async function makeSession(
  deps: SignInWriterDeps,
  tx: TenantTransaction,
  tenant: TenantRecord,
  person: SignInCompleted['person'],
  personVersion: number,
  { idToken, attempt, request }: VerifiedSignIn,
): Promise<SignInCompleted> {
  const { clock, addresses } = deps.identity;
  await deps.sessions.replace(tx, tenant, request.readCookie(addresses.cookie('session', tenant.slug).name));
  const value = createSecret();
  const idHash = hashSecret(value) ?? new Uint8Array();
  const id = toHex(idHash);
  const csrfSecret = randomBytes(SECRET_BYTES);
  const now = clock.now();
  const expiresAt = now + SESSION_ABSOLUTE_MS;
  const content = { idToken, issuer: person.issuer, expiresAt };
  await insertSession(tx, tenant.id, {
    idHash,
    personId: person.id,
    sealed: await deps.seals.seal(sessionPlace(tenant.id, person.id, id), content),
    csrfSecret,
    createdAt: new Date(now),
    lastSeenAt: new Date(now),
    expiresAt: new Date(expiresAt),
  });
  const session: BrowserSession = { id, tenant: tenant.id, person, personVersion, createdAt: now, expiresAt };
  deps.sessions.adopt(session, csrfSecret);
  const setCookies = [sessionCookie(deps.identity, tenant, value), attempt.clearCookie];
  return { person, session, returnTo: tenant.canonicalUrl + attempt.returnTo, setCookies };
}
