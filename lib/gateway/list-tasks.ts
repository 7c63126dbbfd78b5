import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { findAnswerProblem } from './act-answer.ts';
import { LISTING_BYTES_MAX, TASKS_LISTED_MAX } from './constants.ts';
import { observeRelay } from './observe-relay.ts';
import type { MadeTask } from './owned-tasks.ts';
import type { ActContext, ActParts } from './parts.ts';
import { withAccess } from './ready.ts';
import { relayAnswer, relayFailure, sendInSession } from './relay-plain.ts';
import { errorText, resultText } from './rpc-text.ts';
import { withoutOurMeta, withoutTaskMeta } from './strip-meta.ts';
import type { UpstreamAnswer } from './upstream-link.ts';
import { nonsense } from './upstream-failure.ts';

const INVALID_PARAMS = -32_602;

/**
 * Asks the upstream for its tasks, and shows of them those of the caller that policy permits them to look at. A server need
 * not know people apart, so that a page may hold fewer than there are, or none with more to come. Never receipted.
 */
export async function listTasks(parts: ActParts, context: ActContext): Promise<void> {
  await observeRelay(parts, context, async (observed) => await askForTasks(parts, observed));
}

async function askForTasks(parts: ActParts, context: ActContext): Promise<void> {
  const { exchange, message } = context;
  const { cursor: shown, ...params } = withoutTaskMeta(withoutOurMeta(message.params ?? {}));
  const cursor =
    typeof shown === 'string' ? await parts.tasks.openCursor(context, shown) : (shown ?? undefined);
  if (shown !== undefined && typeof cursor !== 'string') {
    const text = errorText(message.id, INVALID_PARAMS, 'params.cursor is none that this caller was given.');
    return parts.answers.json(exchange, 200, text);
  }
  const asked = cursor === undefined ? params : { ...params, cursor };
  const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, method: message.method, params: asked });
  const answer = await sendInSession(parts, context, body, LISTING_BYTES_MAX);
  if (!answer.ok) return relayFailure(parts, context, answer.error);
  const problem = findAnswerProblem(message.id, answer.value);
  if (problem !== undefined) return relayFailure(parts, context, problem);
  if (answer.value.layout.member === 'error') return relayAnswer(parts, context, answer.value);
  await showOwn(parts, context, answer.value);
}

async function showOwn(
  parts: ActParts,
  context: ActContext,
  { bytes, layout }: UpstreamAnswer,
): Promise<void> {
  const { exchange, message } = context;
  const result = JSON.parse(bytes.toString('utf8', layout.value.start, layout.value.end)) as JsonObject;
  const { tasks, nextCursor, ...rest } = result as { readonly [key: string]: Json | undefined };
  if (!Array.isArray(tasks) || tasks.length > TASKS_LISTED_MAX)
    return relayFailure(parts, context, nonsense(`no list of at most ${TASKS_LISTED_MAX} tasks`));
  const known = tasks.filter(isJsonObject);
  const own = await parts.tasks.pick(context, known.map(idOf));
  const shown = known.filter((task) => isShown(context, idOf(task), own.get(idOf(task))));
  const next =
    typeof nextCursor === 'string' ? { nextCursor: await parts.tasks.sealCursor(context, nextCursor) } : {};
  const text = JSON.stringify({ ...withoutOurMeta(rest as JsonObject), tasks: shown, ...next });
  withAccess(parts, context, () => parts.answers.json(exchange, 200, resultText(message.id, text)));
}

function idOf(task: JsonObject): string {
  return typeof task['taskId'] === 'string' ? task['taskId'] : '';
}

function isShown(
  { engine, principal, server, exchange, receivedAt, session }: ActContext,
  id: string,
  made: MadeTask | undefined,
): boolean {
  if (made === undefined) return false;
  const asked = { action: 'tasks/list', task: { id, tool: made.tool }, principal, server, time: receivedAt };
  return engine.decide({ ...asked, ip: exchange.ip, session: session.claims.reference }).effect === 'allow';
}
