/**
 * minting: the credential for one upstream request.
 * Owns minted tokens, their issuer's metadata and keys; the other kinds of credential come to stand here.
 * Never passes on what an agent presented, never signs for an audience of ours, never shows a credential.
 * Promise: a minted token is good for one server, one agent, one act and one minute, and never at Countersign.
 */
export type * from './types.ts';
export { supportedCredentialKinds } from './constants.ts';
export { createMinting } from './create-minting.ts';
