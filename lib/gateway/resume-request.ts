import { ok, type Result } from '#lib/core';
import { listingCredential } from './listing-credential.ts';
import type { ActContext, Parts } from './parts.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';

/** Asks for the rest of an answer's stream, from where it broke off (2025-11-25, transports, resumability). */
export function resumeRequest(
  parts: Parts,
  { principal, server, session, message }: ActContext,
  lastEventId: string,
): Result<UpstreamSend, UpstreamFailure> {
  const credential = listingCredential(parts.minting, principal, server, message.method);
  if (!credential.ok) return credential;
  return ok({
    tenant: principal.tenant,
    url: server.url,
    session: session.state.upstream,
    credential: credential.value,
    method: 'GET',
    expects: 'answer',
    bytesMax: parts.config.resultBytesMax,
    lastEventId,
  });
}
