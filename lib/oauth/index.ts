/**
 * oauth: the authorization server for MCP clients, one issuer per tenant, and the check of its access tokens.
 * Owns consent, admission at the door, grants, refresh tokens and their revocation; persons and agents are
 * identity's, servers are registry's.
 * Never signs anybody in (identity does), never decides what a call may do (policy does), and never derives an
 * address from a request's headers.
 * Promise: an access token is good at one server, for one client and one person, for ten minutes, while its grant
 * lives; whatever is presented twice (code, refresh token) ends the grant it belongs to.
 */
export type * from './types.ts';
export * from './errors.ts';
export { createOauth } from './create-oauth.ts';
export { decideAdmission, type Admission } from './decide-admission.ts';
export {
  validateClientMetadata,
  type ClientMetadataProblem,
  type ValidClientMetadata,
} from './validate-client-metadata.ts';
