import type { Role, SubjectReference } from '#lib/core';
import type { ErasedPerson } from '#lib/identity';
import type { AgentView, Visitor } from './types.ts';

/** A person as the identity provider delivered them at their last sign-in. */
export interface PersonRow {
  readonly reference: SubjectReference;
  readonly name?: string;
  /** Only a verified one. */
  readonly email?: string;
  readonly groups: readonly string[];
  readonly roles: readonly Role[];
  readonly state: 'active' | 'disabled';
  readonly lastSignInAt?: number;
  /** The visitor themself. */
  readonly isSelf: boolean;
}

export interface PersonView extends PersonRow {
  readonly issuer: string;
  /** The provider's own id of the person. */
  readonly subject: string;
  /** Per role, the groups that give it by today's mapping; `*` is everybody. None: an earlier mapping gave it. */
  readonly granted: readonly { readonly role: Role; readonly groups: readonly string[] }[];
  readonly sessions: number;
  readonly agents: readonly AgentView[];
}

export interface PeopleQuery {
  /** A whole verified address, or a reference. */
  readonly search?: string;
  readonly after?: string;
  readonly limit?: number;
}

export interface PeoplePage {
  readonly people: readonly PersonRow[];
  readonly next?: string;
}

/** Why an act on a person was not done. */
export type PersonProblem =
  | 'not-found'
  /** An admin would shut themself out. */
  | 'self'
  /** What was typed to confirm is not the person's reference. */
  | 'unconfirmed';

export interface EndedAccess {
  readonly sessions: number;
  readonly grants: number;
}

/** People, for those who administer them. The routes say who may ask. */
export interface PeopleViews {
  listPeople(visitor: Visitor, query: PeopleQuery): Promise<PeoplePage>;
  viewPerson(visitor: Visitor, reference: SubjectReference): Promise<PersonView | undefined>;
  /** Ends sessions and every grant, and refuses the next sign-in. */
  disablePerson(visitor: Visitor, reference: SubjectReference): Promise<EndedAccess | PersonProblem>;
  enablePerson(visitor: Visitor, reference: SubjectReference): Promise<EndedAccess | PersonProblem>;
  /** Signs the person out everywhere; their agents go on. */
  endPersonSessions(visitor: Visitor, reference: SubjectReference): Promise<EndedAccess | PersonProblem>;
  /** Ends what the person granted this one agent. */
  disconnectPersonAgent(
    visitor: Visitor,
    reference: SubjectReference,
    clientId: string,
  ): Promise<EndedAccess | PersonProblem>;
  /** For good: destroys the person's key, so that nothing about them can be opened again. */
  erasePerson(
    visitor: Visitor,
    reference: SubjectReference,
    confirmation: string,
  ): Promise<ErasedPerson | PersonProblem>;
}
