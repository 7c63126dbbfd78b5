import type { ClientId, SubjectReference } from '#lib/core';
import type { ErasedPerson, PersonRecord } from '#lib/identity';
import type { EndedAccess, PersonProblem } from './people-types.ts';
import { readerOf } from './reader.ts';
import type { ConsoleDeps, Visitor } from './types.ts';

type Outcome = Promise<EndedAccess | PersonProblem>;
type Subject = { readonly deps: ConsoleDeps; readonly visitor: Visitor; readonly record: PersonRecord };

/** Finds the person of this tenant; nobody else's reference leads anywhere. */
async function withPerson<T>(
  deps: ConsoleDeps,
  visitor: Visitor,
  reference: SubjectReference,
  act: (subject: Subject) => Promise<T>,
): Promise<T | 'not-found'> {
  const record = await deps.identity.people.find(visitor.tenant, { reference });
  return record === undefined ? 'not-found' : await act({ deps, visitor, record });
}

const isSelf = ({ visitor, record }: Subject): boolean => visitor.session.person.id === record.person.id;

async function revokeGrants({ deps, visitor, record }: Subject, clientId?: ClientId): Promise<number> {
  const selection = { person: record.person.id, ...(clientId === undefined ? {} : { clientId }) };
  const why = { reason: 'admin', actor: readerOf(visitor).actor } as const;
  return await deps.oauth.grants.revoke(visitor.tenant.id, selection, why);
}

/** The person first: from then on nothing of theirs is let in, and what they granted can be ended without a race. */
export async function disablePerson(deps: ConsoleDeps, visitor: Visitor, of: SubjectReference): Outcome {
  return await withPerson(deps, visitor, of, async (subject) => {
    if (isSelf(subject)) return 'self';
    const { tenant } = visitor;
    const { id } = subject.record.person;
    const sessions = await deps.identity.sessions.count(tenant, id);
    const done = await deps.identity.people.setDisabled(tenant, id, true, readerOf(visitor).actor);
    if (!done.ok) return 'not-found';
    return { sessions, grants: await revokeGrants(subject) };
  });
}

export async function enablePerson(deps: ConsoleDeps, visitor: Visitor, of: SubjectReference): Outcome {
  return await withPerson(deps, visitor, of, async ({ record }) => {
    const { actor } = readerOf(visitor);
    const done = await deps.identity.people.setDisabled(visitor.tenant, record.person.id, false, actor);
    return done.ok ? { sessions: 0, grants: 0 } : 'not-found';
  });
}

export async function endPersonSessions(deps: ConsoleDeps, visitor: Visitor, of: SubjectReference): Outcome {
  return await withPerson(deps, visitor, of, async ({ record }) => {
    const { actor } = readerOf(visitor);
    const sessions = await deps.identity.sessions.endAll(visitor.tenant, record.person.id, actor);
    return { sessions, grants: 0 };
  });
}

export async function disconnectPersonAgent(
  deps: ConsoleDeps,
  visitor: Visitor,
  of: SubjectReference,
  clientId: string,
): Outcome {
  return await withPerson(deps, visitor, of, async (subject) => ({
    sessions: 0,
    grants: await revokeGrants(subject, clientId as ClientId),
  }));
}

export async function erasePerson(
  deps: ConsoleDeps,
  visitor: Visitor,
  of: SubjectReference,
  confirmation: string,
): Promise<ErasedPerson | PersonProblem> {
  return await withPerson(deps, visitor, of, async (subject) => {
    if (isSelf(subject)) return 'self';
    if (confirmation !== subject.record.person.reference) return 'unconfirmed';
    // While the person can still be named: afterwards nobody could say whose grants these were.
    await revokeGrants(subject);
    const { actor } = readerOf(visitor);
    const { tenant } = visitor;
    const erased = await deps.identity.people.erase(tenant, { reference: of }, actor);
    if (!erased.ok) return 'not-found';
    await deps.receipts.flush(tenant.id);
    return erased.value;
  });
}
