import { isJsonObject, isUuid, type JsonObject } from '#lib/core';
import { QUESTION_MS_MAX, RELAY_ANSWER_MS } from './constants.ts';
import type { Parts } from './parts.ts';
import type { ClientAnswer, Questions } from './questions.ts';
import type { Session } from './session.ts';

/** What came of an answer: it is in the log and on its way to the server, it was none, or nobody waited for it. */
export type AnswerFate = 'accepted' | 'unlogged' | 'unknown' | { readonly problem: string };

/** Hands an answer to the question that waits for it in this process. */
export function settleQuestion(
  questions: Questions,
  session: Pick<Session, 'hash'>,
  id: unknown,
  answer: ClientAnswer,
  done: (fate: AnswerFate, error?: Error) => void,
): void {
  const question = questions.find(session, id);
  if (question === undefined) return done('unknown');
  const problem = question.problemWith(answer);
  if (problem !== undefined) return done({ problem });
  question.answer(answer, (error) => (error === null ? done('accepted') : done('unlogged', error)));
}

/** The same where the question waits in another process: it is asked for by its id. */
export async function relayAnswer(
  parts: Parts,
  session: Session,
  id: unknown,
  answer: ClientAnswer,
): Promise<AnswerFate> {
  if (typeof id !== 'string' || !couldBeOpen(id, parts.clock.now())) return 'unknown';
  const message = { session: session.hash, member: answer.member, value: answer.value };
  const reply = await parts.questions.lookElsewhere(session, async () => {
    return await parts.relay.ask(session.tenant, id, message, RELAY_ANSWER_MS);
  });
  const fate = reply?.['fate'];
  if (isJsonObject(fate) && typeof fate['problem'] === 'string') return { problem: fate['problem'] };
  return fate === 'accepted' || fate === 'unlogged' ? fate : 'unknown';
}

/** An answer from another replica, for a question that waits here. */
export function takeAnswer(questions: Questions, about: string, message: JsonObject): Promise<JsonObject> {
  return new Promise((resolve) => {
    const { session, member, value } = message as { [key: string]: JsonObject[string] | undefined };
    if (typeof session !== 'string' || !isJsonObject(value)) return resolve({ fate: 'unknown' });
    const answer = { member: member === 'error' ? 'error' : 'result', value } as const;
    settleQuestion(questions, { hash: session }, about, answer, (fate) => resolve({ fate }));
  });
}

/** Ids of questions are UUIDv7: one that is older than any question, or no such id, is nobody's. */
function couldBeOpen(id: string, now: number): boolean {
  if (!isUuid(id)) return false;
  const askedAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return askedAt <= now + QUESTION_MS_MAX && askedAt >= now - 2 * QUESTION_MS_MAX;
}
