import type { Role, SubjectReference } from '#lib/core';
import type { PersonRecord, PersonSelector } from '#lib/identity';
import { PEOPLE_PER_PAGE, PEOPLE_PER_PAGE_MAX } from './constants.ts';
import { agentsOf } from './list-agents.ts';
import type { PeoplePage, PeopleQuery, PersonRow, PersonView } from './people-types.ts';
import type { ConsoleDeps, Visitor } from './types.ts';

/** One page of people, who signed in last first; or everybody who is named by what is searched for. */
export async function listPeople(
  { identity }: ConsoleDeps,
  visitor: Visitor,
  { search, after, limit }: PeopleQuery,
): Promise<PeoplePage> {
  const { tenant } = visitor;
  if (search !== undefined) {
    const found = await identity.people.search(tenant, selectorOf(search));
    return { people: found.map((record) => rowOf(visitor, record)) };
  }
  const cursor = after === undefined ? undefined : parseCursor(after);
  const size = Math.min(limit ?? PEOPLE_PER_PAGE, PEOPLE_PER_PAGE_MAX);
  const records = await identity.people.list(tenant, {
    limit: size + 1,
    ...(cursor === undefined ? {} : { after: cursor }),
  });
  const shown = records.slice(0, size);
  const last = records.length > size ? shown.at(-1) : undefined;
  return {
    people: shown.map((record) => rowOf(visitor, record)),
    ...(last === undefined ? {} : { next: `${last.lastSignInAt ?? 0}.${last.person.reference}` }),
  };
}

export function selectorOf(text: string): PersonSelector {
  const trimmed = text.trim();
  return trimmed.includes('@') ? { email: trimmed } : { reference: trimmed as SubjectReference };
}

/** A cursor that nobody was given is as good as none. */
function parseCursor(text: string) {
  const [, at, reference] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text) ?? [];
  if (at === undefined || reference === undefined) return undefined;
  return { at: Number(at), reference: reference as SubjectReference };
}

function rowOf({ session }: Visitor, { person, state, lastSignInAt }: PersonRecord): PersonRow {
  const { reference, name, email, groups, roles } = person;
  return {
    reference,
    groups,
    roles,
    state,
    isSelf: person.id === session.person.id,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(lastSignInAt === undefined ? {} : { lastSignInAt }),
  };
}

/** One person: what the provider says, which group gave what, and what lives of their access. */
export async function viewPerson(
  deps: ConsoleDeps,
  visitor: Visitor,
  reference: SubjectReference,
): Promise<PersonView | undefined> {
  const { tenant } = visitor;
  const record = await deps.identity.people.find(tenant, { reference });
  if (record === undefined) return undefined;
  const { person } = record;
  const [provider, sessions, agents] = await Promise.all([
    deps.identity.providers.load(tenant),
    deps.identity.sessions.count(tenant, person.id),
    agentsOf(deps, tenant, person.id),
  ]);
  return {
    ...rowOf(visitor, record),
    issuer: person.issuer,
    subject: person.subject,
    granted: person.roles.map((role) => ({
      role,
      groups: givers(role, person.groups, provider?.roleMapping ?? {}),
    })),
    sessions,
    agents,
  };
}

function givers(
  role: Role,
  groups: readonly string[],
  mapping: Readonly<Record<string, readonly Role[]>>,
): readonly string[] {
  const gives = (group: string) => Object.hasOwn(mapping, group) && mapping[group]?.includes(role) === true;
  // A group called `*` at the provider means nothing; `*` of the mapping is everybody.
  return [...(gives('*') ? ['*'] : []), ...groups.filter((group) => group !== '*' && gives(group))];
}
