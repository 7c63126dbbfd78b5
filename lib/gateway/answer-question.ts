import { isJsonObject, type JsonObject } from '#lib/core';
import type { ActParts, Caller } from './parts.ts';
import type { ClientAnswer } from './questions.ts';
import { withAccess } from './ready.ts';
import { unavailable } from './refuse-exchange.ts';
import type { Session } from './session.ts';

/**
 * A client's JSON-RPC response: the answer to a question that was put to it in this very session, which is the
 * caller's own. Whatever else comes, comes too late or comes twice is refused.
 */
export function answerQuestion(parts: ActParts, caller: Caller, session: Session, message: JsonObject): void {
  const { exchange } = caller;
  const answer = readAnswer(message);
  if (answer === undefined)
    return refuse(parts, caller, 'A response has either a result or an error, an object.');
  withAccess(parts, caller, () => {
    const question = parts.questions.find(session, message['id']);
    if (question === undefined) {
      const text =
        'Nobody waits for this answer: nothing was asked under this id in this session, or it was answered, withdrawn or timed out.';
      return refuse(parts, caller, text);
    }
    const problem = question.problemWith(answer);
    if (problem !== undefined) return refuse(parts, caller, problem);
    question.answer(answer, (error) =>
      error === null ? parts.answers.accepted(exchange) : unavailable(parts, exchange, error),
    );
  });
}

function readAnswer(message: JsonObject): ClientAnswer | undefined {
  const { result, error } = message as { [key: string]: JsonObject[string] | undefined };
  if (result === undefined) return isJsonObject(error) ? { member: 'error', value: error } : undefined;
  return error === undefined && isJsonObject(result) ? { member: 'result', value: result } : undefined;
}

function refuse(parts: ActParts, { exchange }: Caller, message: string): void {
  parts.answers.refuse(exchange, { status: 400, message });
}
