import type { ReceiptId, Result } from '#lib/core';
import type { CredentialProblem, Minting, UpstreamCredential } from '#lib/minting';
import type { ActFacts } from './act-drafts.ts';

/** The credential for one act. It names the act as the log does: `callId`, what it is about, the arguments' digest. */
export function callCredential(
  minting: Minting,
  { context, subject, arguments: { sha256 } }: ActFacts,
  callId: ReceiptId,
): Result<UpstreamCredential, CredentialProblem> {
  const { principal, server, message } = context;
  return minting.credentialFor({
    principal,
    server,
    method: message.method,
    purpose: 'call',
    jti: callId,
    argsSha256: sha256,
    ...(subject.tool === undefined ? {} : { tool: subject.tool.name }),
    ...(subject.uri === undefined ? {} : { uri: subject.uri }),
    ...(subject.prompt === undefined ? {} : { prompt: subject.prompt }),
  });
}
