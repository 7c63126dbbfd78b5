import type { JsonObject, ReceiptId } from '#lib/core';
import type { ActFacts } from './act-drafts.ts';
import { errorAnswer } from './ask-client.ts';
import { decideQuestion, receiptOf, type Asking } from './decide-question.ts';
import type { RpcId } from './parse-message.ts';
import type { ActContext, Parts } from './parts.ts';
import type { QuestionRefusal } from './read-question.ts';
import { isSameUpstream, type SessionUpstream } from './session.ts';
import { endQuestions, findHome, type HeardQuestion } from './task-home.ts';
import { closeInput } from './task-inputs.ts';
import type { TaskLine } from './task-line.ts';

const METHOD_NOT_FOUND = -32_601;

/**
 * What a task at a server with sessions waits for, in the words of the extension. What may be put to nobody its server is
 * told at once, as it is in a call: it may do without.
 */
export async function openQuestions(
  parts: Parts,
  facts: ActFacts,
  attempt: ReceiptId,
  line: TaskLine,
): Promise<JsonObject> {
  const { context, actor } = facts;
  const home = await findHome(parts, context, line.task);
  if (home === undefined || !isSameUpstream(home.upstream, line.upstream)) return {};
  const open = home.asked.filter(({ isOver }) => !isOver);
  if (open.length === 0) return {};
  const engine = await parts.policy.engine(context.tenant.id);
  const asking = { context: { ...context, engine }, actor, attempt };
  const shown: [string, JsonObject][] = [];
  const told = new Set<string>();
  for (const question of open) {
    const { name, id, method, params } = question;
    const refusal = await refusalOf(parts, asking, question);
    if (refusal === undefined) shown.push([name, { method, params }]);
    else {
      told.add(name);
      await line.reply(id, errorAnswer(refusal.code, refusal.reason));
    }
  }
  await closeQuestions(parts, facts, line.task, told);
  return Object.fromEntries(shown);
}

/** Nobody waits any more for what was asked and not answered: all of it, or these. */
export async function closeQuestions(
  parts: Parts,
  facts: Pick<ActFacts, 'context'>,
  task: string,
  names?: ReadonlySet<string>,
): Promise<void> {
  if (names?.size === 0) return;
  const home = await findHome(parts, facts.context, task);
  const open = home?.asked.filter(({ name, isOver }) => !isOver && (names?.has(name) ?? true)) ?? [];
  if (open.length === 0) return;
  for (const { name } of open) await closeInput(parts, facts, task, name);
  await endQuestions(parts, facts.context, task, new Set(open.map(({ name }) => name)));
}

/** The server has said so of these, by its own ids in this session. */
export async function closeWithdrawn(
  parts: Parts,
  context: ActContext,
  task: string,
  upstream: SessionUpstream,
  ids: readonly RpcId[],
): Promise<void> {
  if (ids.length === 0) return;
  const home = await findHome(parts, context, task);
  if (home === undefined || !isSameUpstream(home.upstream, upstream)) return;
  const names = home.asked.flatMap(({ id, name }) => (ids.includes(id) ? [name] : []));
  await closeQuestions(parts, { context }, task, new Set(names));
}

/**
 * Why it may be put to nobody. What this request's client alone did not say that it can be asked is no such thing: another
 * of the same caller may be able to, and this one is told so (`putInputs`).
 */
async function refusalOf(
  parts: Parts,
  asking: Asking,
  { name, method, params }: HeardQuestion,
): Promise<QuestionRefusal | undefined> {
  const decided = decideQuestion(parts, asking, { name, method, params });
  if (decided.ok || decided.error.code === METHOD_NOT_FOUND) return undefined;
  const { code, reason, draft } = decided.error;
  await asking.context.log.append(receiptOf(draft, parts.newReceiptId(), parts.clock.now(), 'denied'));
  return { code, reason };
}
