/**
 * identity: who somebody is, and whether they still are.
 * Owns tenants, the tenant's OpenID Provider (as its relying party), browser sessions, people, groups to roles, agents,
 * and the erasure of a person.
 * Never decides what somebody may do, never stores a credential (the vault does), never shows a claim it has not verified.
 * Promise: a person is (issuer, subject) as a verified ID token said so, and every end of access reaches every replica.
 */
export type * from './types.ts';
export type { IdentityProblem, SsoProblem, SsoProblemKind } from './errors.ts';
export { createIdentity } from './identity.ts';
export { describeRefusedHosts } from './endpoint-hosts.ts';
export { identityProviderSettings } from './provider-settings.ts';
export { readSsoProblem } from './describe-problem.ts';
