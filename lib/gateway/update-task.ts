import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { actorOf } from './act-drafts.ts';
import { resultOf } from './ask-client.ts';
import { SERVER_REQUESTS_MAX, TASK_INPUT_MS_MAX } from './constants.ts';
import { isStillPermitted } from './decide-question.ts';
import type { ActContext, AskedTask, Parts } from './parts.ts';
import type { ClientAnswer } from './questions.ts';
import { findClientProblem } from './read-question.ts';
import { step } from './refuse-exchange.ts';
import { ofTask, withoutOurMeta, withoutOtherTask } from './strip-meta.ts';
import { appendEnd, readInput, type AskedInput } from './task-inputs.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** An answer to something that the task has asked this very caller. */
export interface TaskAnswer {
  readonly name: string;
  /** Where it is kept that it was asked. */
  readonly place: string;
  readonly answer: ClientAnswer;
}

/** The request as it is decided on and forwarded, with what it answers; or why it is none, for a -32602. */
export type ReadUpdate =
  { readonly problem: string } | { readonly params: JsonObject; readonly answers: readonly TaskAnswer[] };

/**
 * tasks/update: of the answers those to what was asked of this caller, waits, and may still be asked. All others are left out, as servers of
 * the extension do (tasks, Task Update Requests); one that does not fit its question is a mistake of the client's.
 */
export async function readUpdate(
  parts: Parts,
  context: ActContext,
  { id }: Pick<AskedTask, 'id'>,
): Promise<ReadUpdate> {
  const { inputResponses, ...others } = context.message.params ?? {};
  if (!isJsonObject(inputResponses)) return { problem: 'params.inputResponses must be an object.' };
  const given = Object.entries(inputResponses);
  if (given.length > SERVER_REQUESTS_MAX)
    return { problem: `params.inputResponses has more than ${SERVER_REQUESTS_MAX} members.` };
  const asking = { context, actor: actorOf(context) };
  const answers: TaskAnswer[] = [];
  for (const [name, value] of given) {
    const place = await parts.tasks.inputPlace(context, id, name);
    const asked = readInput(await parts.relays.look(context.tenant.id, place));
    if (asked === undefined || !isStillPermitted(parts, asking, asked.method, asked.asks)) continue;
    const problem = problemWith(asked, value);
    if (problem !== undefined)
      return { problem: `params.inputResponses[${JSON.stringify(name)}]: ${problem}` };
    const own = withTask(context, withoutOtherTask(withoutOurMeta(value as JsonObject), undefined), id);
    answers.push({ name, place, answer: { member: 'result', value: own } });
  }
  const kept = Object.fromEntries(answers.map(({ name, answer }) => [name, answer.value]));
  return { params: { ...others, inputResponses: kept }, answers };
}

/** To a server of 2025-11-25 every answer says which task it belongs to (tasks, Associating Task-Related Messages). */
function withTask({ session }: ActContext, value: JsonObject, id: string): JsonObject {
  return session.state.upstream.era === 'session' ? ofTask(value, id) : value;
}

function problemWith({ method, params }: AskedInput, value: Json): string | undefined {
  if (!isJsonObject(value)) return 'It must be an object.';
  return findClientProblem(method, params, { member: 'result', value });
}

/** Each answer counts once, and is in the log before the server gets it; all that come together do, or none. */
export function noteAnswers(
  parts: Parts,
  context: ActContext,
  done: (failure: UpstreamFailure | undefined) => void,
): void {
  const answers = context.task?.answers ?? [];
  if (answers.length === 0) return done(undefined);
  note(parts, context, answers).then(
    (failure) => step(parts, context.exchange, () => done(failure)),
    (error: unknown) => {
      parts.telemetry.logger.error({ err: error }, 'answers to a task could not be receipted');
      step(parts, context.exchange, () =>
        done({ kind: 'refused', message: 'is not told the answers, for they could not be noted.' }),
      );
    },
  );
}

async function note(
  parts: Parts,
  context: ActContext,
  answers: readonly TaskAnswer[],
): Promise<UpstreamFailure | undefined> {
  const taken = new Map<TaskAnswer, AskedInput>();
  for (const answer of answers) {
    const asked = readInput(await parts.relays.take(context.tenant.id, answer.place));
    if (asked === undefined) {
      await putBack(parts, context, taken);
      return { kind: 'refused', message: `was told the answer to ${JSON.stringify(answer.name)} already.` };
    }
    taken.set(answer, asked);
  }
  for (const [{ answer }, asked] of taken)
    await appendEnd(parts, context, asked, { status: 'ok', result: resultOf(answer) });
  return undefined;
}

/** Of an update that goes nowhere no answer was given. */
async function putBack(
  parts: Parts,
  { tenant }: ActContext,
  taken: ReadonlyMap<TaskAnswer, AskedInput>,
): Promise<void> {
  for (const [{ place }, asked] of taken)
    await parts.relays.replace(tenant.id, place, asked as unknown as JsonObject, TASK_INPUT_MS_MAX);
}
