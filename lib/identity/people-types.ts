import type { Person, PersonId, Result, Role, SubjectReference, TenantId } from '#lib/core';
import type { TenantClient } from '#lib/db';
import type { IdentityProblem } from './errors.ts';
import type { Actor, TenantRecord } from './tenant-types.ts';

export type PersonState = 'active' | 'disabled' | 'erased';

export interface PersonRecord {
  readonly person: Person;
  readonly version: number;
  readonly state: 'active' | 'disabled';
  readonly lastSignInAt?: number;
}

export interface ErasedPerson {
  readonly reference: SubjectReference;
  readonly at: number;
  /** From when the erasure also holds for every backup. */
  readonly backupsUntil: number;
}

/** How an operator names a person. */
export type PersonSelector =
  | { readonly email: string }
  | { readonly reference: SubjectReference }
  | { readonly issuer: string; readonly subject: string };

/** Where a page of the list ended. */
export interface PeopleCursor {
  readonly at: number;
  readonly reference: SubjectReference;
}

export interface People {
  /** Undefined when there is none or it was erased. Cached, dropped by every change on any replica. */
  load(tenant: TenantId, person: PersonId): Promise<PersonRecord | undefined>;
  /** The cache's answer, for the call path. */
  cached(tenant: TenantId, person: PersonId): PersonRecord | undefined;
  /** Past the cache: what a refresh of a grant is checked against. */
  loadFresh(tenant: TenantId, person: PersonId): Promise<PersonRecord | undefined>;
  /** References of people by id, as a transaction under way sees them; who is not there any more is left out. */
  referencesIn(
    client: TenantClient,
    people: readonly PersonId[],
  ): Promise<ReadonlyMap<PersonId, SubjectReference>>;
  find(tenant: TenantRecord, selector: PersonSelector): Promise<PersonRecord | undefined>;
  /** Everybody who is named so: several only by email. */
  search(tenant: TenantRecord, selector: PersonSelector): Promise<readonly PersonRecord[]>;
  /** Who signed in last comes first. */
  list(
    tenant: TenantRecord,
    page: { readonly limit: number; readonly after?: PeopleCursor },
  ): Promise<readonly PersonRecord[]>;
  /** Ends sessions, refuses every token and the next sign-in; reversible. */
  setDisabled(
    tenant: TenantRecord,
    person: PersonId,
    disabled: boolean,
    actor: Actor,
  ): Promise<Result<void, IdentityProblem>>;
  /** Destroys the person's key and the mapping, ends sessions and grants, leaves an `erasure` receipt and a line in the ledger. */
  erase(
    tenant: TenantRecord,
    selector: PersonSelector,
    actor: Actor,
  ): Promise<Result<ErasedPerson, IdentityProblem>>;
  /** Erases again whom the ledger names, after a restore. Returns how many were found alive. */
  applyErasureLedger(tenant: TenantRecord, actor: Actor): Promise<number>;
}

/** Claims about a person as they are sealed; `groups` after the rules of the groups claim. */
export interface PersonClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string;
  readonly name?: string;
  readonly groups: readonly string[];
  readonly roles: readonly Role[];
}
