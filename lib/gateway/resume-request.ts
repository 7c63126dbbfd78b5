import { ok, type Result } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { META_PREFIX } from './constants.ts';
import { listingCredential } from './listing-credential.ts';
import { NamelessCall } from './nameless-call.ts';
import type { ActContext, Parts } from './parts.ts';
import { hearing } from './send-call.ts';
import type { Settlement } from './settle-act.ts';
import { mayBecomeTask } from './task-answer.ts';
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
  const { context } = facts;
  const callId = attempt ?? outcomeId;
  const heard = hearing(parts, facts, callId, listener);
  if (!mayBecomeTask(context)) return ok(parts.upstream.send(request.value, heard));
  // Its task is cancelled in the name of the call, and not of what asked for the rest.
  const { lastEventId: _, ...rest } = request.value;
  const body = JSON.stringify({ params: { _meta: { [`${META_PREFIX}attempt`]: callId } } });
  const said = { ...rest, method: 'POST', body } as const;
  return ok(new NamelessCall(parts, context, said, heard).begin(request.value));
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
