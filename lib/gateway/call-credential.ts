import type { ReceiptId, Result } from '#lib/core';
import type { CredentialProblem, Minting, UpstreamCredential } from '#lib/minting';
import type { ActFacts } from './act-drafts.ts';
import { CREDENTIAL_AHEAD_MS_MAX } from './constants.ts';

type CallCredential = Result<UpstreamCredential, CredentialProblem>;

/**
 * The credential for one act. It names the act as the log does: `callId`, what it is about, the arguments' digest.
 * `ahead`: it is needed in a moment, not now.
 */
export function callCredential(
  minting: Minting,
  { context, subject, arguments: { sha256 } }: ActFacts,
  callId: ReceiptId,
  when: 'now' | 'ahead' = 'now',
): CallCredential {
  const { principal, server, message } = context;
  return minting.credentialFor({
    principal,
    server,
    method: message.method,
    purpose: 'call',
    jti: callId,
    argsSha256: sha256,
    when,
    ...(subject.tool === undefined ? {} : { tool: subject.tool.name }),
    ...(subject.uri === undefined ? {} : { uri: subject.uri }),
    ...(subject.prompt === undefined ? {} : { prompt: subject.prompt }),
  });
}

/** Gives the credential when the act is forwarded. */
export type PreparedCredential = () => CallCredential;

/** Begins to make it while the attempt is on its way into the log; it stays here until that is durable. */
export function prepareCredential(
  minting: Minting,
  facts: ActFacts,
  callId: ReceiptId,
  when: 'now' | 'ahead',
): PreparedCredential {
  const at = performance.now();
  const made = callCredential(minting, facts, callId, when);
  return () =>
    performance.now() - at <= CREDENTIAL_AHEAD_MS_MAX ? made : callCredential(minting, facts, callId);
}
