import type { Principal } from '#lib/core';
import type { CredentialKind, PinnedServer } from '#lib/registry';
import type { CredentialProblem } from './types.ts';

/** The server has no credential of this mode, or of a kind that does not exist yet. */
export function noSuchCredential(
  { id }: PinnedServer,
  mode: Principal['mode'],
  kind: CredentialKind | undefined,
): CredentialProblem {
  if (kind !== undefined) {
    return {
      kind: 'unsupported',
      message: `The credential kind ${kind} of server ${id} is not available yet.`,
    };
  }
  const whom = mode === 'user' ? 'agents that act for a person' : 'agents without a user';
  return {
    kind: 'no-credential',
    message: `The server ${id} is not set up for ${whom}: an admin adds a credential of mode ${mode} to it.`,
  };
}

export function notReady({ id }: PinnedServer): CredentialProblem {
  return {
    kind: 'not-ready',
    message: `The credential for server ${id} can't be made at the moment. Try again.`,
  };
}

export function ownAudience({ id }: PinnedServer): CredentialProblem {
  return {
    kind: 'unsupported',
    message: `The server ${id} has an address of this Countersign, for which no credential is ever made.`,
  };
}
