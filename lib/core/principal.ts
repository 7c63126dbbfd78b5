import type { ClientId, GrantId, PersonId, ServerId, SubjectReference, TenantId, TenantSlug } from './ids.ts';

/** From the identity provider's groups by the tenant's mapping. */
export type Role = 'member' | 'approver' | 'auditor' | 'admin';

/** A person as the identity provider vouched for them at the last sign-in or refresh. */
export interface Person {
  readonly id: PersonId;
  readonly reference: SubjectReference;
  readonly issuer: string;
  readonly subject: string;
  /** Only when the provider says it is verified. */
  readonly email?: string;
  readonly name?: string;
  readonly groups: readonly string[];
  readonly roles: readonly Role[];
}

/** An OAuth client that acts, for a person or for itself. */
export interface Agent {
  readonly clientId: ClientId;
  /** Self-asserted when dynamically registered: for display, never for decisions. */
  readonly name: string;
  readonly admission: 'listed' | 'admitted' | 'open';
  /** The person answerable for an agent without users. */
  readonly owner?: PersonId;
}

interface PrincipalBase {
  readonly tenant: TenantId;
  readonly tenantSlug: TenantSlug;
  readonly agent: Agent;
  readonly grant: GrantId;
  /** The one server this access token is good for. */
  readonly server: ServerId;
  /** Changes whenever person, groups, agent or grant change: part of every cached decision's key. */
  readonly version: string;
}

/** Who acts: a person through an agent, or an agent by itself. */
export type Principal =
  | (PrincipalBase & { readonly mode: 'user'; readonly person: Person })
  | (PrincipalBase & { readonly mode: 'agent'; readonly person?: never });
