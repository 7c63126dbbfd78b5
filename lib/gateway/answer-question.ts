import { isJsonObject, type JsonObject } from '#lib/core';
import type { ActParts, Caller } from './parts.ts';
import type { ClientAnswer } from './questions.ts';
import { withAccess } from './ready.ts';
import { relayAnswer, settleQuestion, type AnswerFate } from './relay-answer.ts';
import { unavailable } from './refuse-exchange.ts';
import type { Session } from './session.ts';

/**
 * A client's JSON-RPC response: the answer to a question that was put to it in this very session, which is the
 * caller's own. Whatever else comes, comes too late or comes twice is refused.
 */
export function answerQuestion(parts: ActParts, caller: Caller, session: Session, message: JsonObject): void {
  const answer = readAnswer(message);
  if (answer === undefined)
    return refuse(parts, caller, 'A response has either a result or an error, an object.');
  withAccess(parts, caller, () => {
    settleQuestion(parts.questions, session, message['id'], answer, (fate, error) => {
      if (fate !== 'unknown') return respond(parts, caller, fate, error);
      relayAnswer(parts, session, message['id'], answer).then(
        (elsewhere) => respond(parts, caller, elsewhere),
        (failure: unknown) => unavailable(parts, caller.exchange, failure),
      );
    });
  });
}

function respond(parts: ActParts, caller: Caller, fate: AnswerFate, error?: Error): void {
  if (fate === 'accepted') return parts.answers.accepted(caller.exchange);
  if (fate === 'unlogged') return unavailable(parts, caller.exchange, error);
  refuse(parts, caller, fate === 'unknown' ? NOBODY_WAITS : fate.problem);
}

const NOBODY_WAITS =
  'Nobody waits for this answer: nothing was asked under this id in this session, or it was answered, withdrawn or timed out.';

function readAnswer(message: JsonObject): ClientAnswer | undefined {
  const { result, error } = message as { [key: string]: JsonObject[string] | undefined };
  if (result === undefined) return isJsonObject(error) ? { member: 'error', value: error } : undefined;
  return error === undefined && isJsonObject(result) ? { member: 'result', value: result } : undefined;
}

function refuse(parts: ActParts, { exchange }: Caller, message: string): void {
  parts.answers.refuse(exchange, { status: 400, message });
}
