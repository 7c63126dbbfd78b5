import type { JsonObject } from '#lib/core';
import { actorOf, type ActFacts } from './act-drafts.ts';
import type { ClientSide } from './ask-client.ts';
import { HeldCall } from './held-call.ts';
import type { Parts, StreamContext } from './parts.ts';
import { RETRIED_METHODS } from './resume-held.ts';
import { notificationText, requestText } from './rpc-text.ts';
import { ServerQuestions } from './server-questions.ts';
import type { Settlement } from './settle-act.ts';

/**
 * What a server asks inside a call goes to the agent on the call's own stream (2025-11-25, transports), or to one without a
 * session as the answer to its request.
 */
export function questionsInCall(parts: Parts, facts: ActFacts, settlement: Settlement): ServerQuestions {
  const client = clientInCall(parts, facts, settlement);
  return new ServerQuestions(parts, () => ({
    context: facts.context,
    actor: facts.actor,
    attempt: settlement.attempt,
    client,
  }));
}

function clientInCall(parts: Parts, facts: ActFacts, settlement: Settlement): ClientSide {
  const { session, message } = facts.context;
  if (session.single === undefined) return clientOn((text) => settlement.relay(text));
  // Of anything else a client could not ask again: it would be done a second time.
  return RETRIED_METHODS.has(message.method) ? new HeldCall(parts, facts, settlement) : NOBODY;
}

/** What it asks outside any call goes to the agent on the session's stream. */
export function questionsOnStream(
  parts: Parts,
  context: StreamContext,
  write: (text: string) => boolean,
): ServerQuestions {
  const asking = { context, actor: actorOf(context), attempt: undefined, client: clientOn(write) };
  return new ServerQuestions(parts, () => asking);
}

/** Where nobody can be asked: each is refused, with a receipt. */
export function questionsToNobody(parts: Parts, context: StreamContext): ServerQuestions {
  const asking = { context, actor: actorOf(context), attempt: undefined, client: NOBODY };
  return new ServerQuestions(parts, () => asking);
}

const NOBODY: ClientSide = { ask: () => false, withdraw: () => undefined };

/** `write` says whether the message can still reach the agent. */
function clientOn(write: (text: string) => boolean): ClientSide {
  return {
    ask: (id, { method, params }) => write(requestText(id, method, named(id, params))),
    withdraw: (requestId, reason) =>
      void write(notificationText('notifications/cancelled', { requestId, reason })),
  };
}

/** In these revisions a question in URL mode has an id of its own; servers of the next one give none. */
function named(id: string, params: JsonObject): JsonObject {
  return params['mode'] === 'url' && params['elicitationId'] === undefined
    ? { ...params, elicitationId: id }
    : params;
}
