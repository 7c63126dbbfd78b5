import { ok, type Result } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { listingCredential } from './listing-credential.ts';
import type { ActContext, Parts } from './parts.ts';
import { hearing } from './send-call.ts';
import type { Settlement } from './settle-act.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { UpstreamCall, UpstreamListener } from './upstream-types.ts';

/** Takes up a call's answer where its stream broke off; what follows from it is noted as from one that came whole. */
export function takeUp(
  parts: Parts,
  facts: ActFacts,
  { attempt, outcomeId }: Pick<Settlement, 'attempt' | 'outcomeId'>,
  lastEventId: string,
  listener: UpstreamListener,
): Result<UpstreamCall, UpstreamFailure> {
  const request = resumeRequest(parts, facts.context, lastEventId);
  if (!request.ok) return request;
  return ok(parts.upstream.send(request.value, hearing(parts, facts, attempt ?? outcomeId, listener)));
}

/** Asks for the rest of an answer's stream, from where it broke off (2025-11-25, transports, resumability). */
function resumeRequest(
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
