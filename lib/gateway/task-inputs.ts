import { err, isJsonObject, ok, type JsonObject, type ReceiptId, type Result } from '#lib/core';
import type { ReceiptDraft } from '#lib/receipts';
import { actorOf, type ActFacts } from './act-drafts.ts';
import { SESSION_QUESTIONS_MAX, TASK_INPUT_MS_MAX } from './constants.ts';
import {
  decideQuestion,
  receiptOf,
  type Asking,
  type DecidedQuestion,
  type QuestionDraft,
  type RefusedQuestion,
} from './decide-question.ts';
import { withoutElicitationId } from './held-call.ts';
import { readInputRound, type InputRound } from './input-round.ts';
import type { AnswerLayout } from './locate-answer.ts';
import type { ActContext, Parts } from './parts.ts';
import { findShown, noteShown } from './task-home.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

/** What is kept of a question that a task put to its owner, until it is answered. */
export interface AskedInput {
  /** The receipt of the question. */
  readonly question: ReceiptId;
  readonly askedAt: number;
  readonly method: string;
  /** What policies see of it. */
  readonly asks: JsonObject;
  /** What an answer to it is judged by (`findClientProblem`). */
  readonly params: JsonObject;
  readonly arguments: { readonly sha256: string; readonly bytes: number };
  /** What else the receipt of the answer has in common with that of the question. */
  readonly draft: Pick<QuestionDraft, 'kind' | 'attempt' | 'decision' | 'received'>;
}

/**
 * What a task wants of the client, as the client may get it: each question decided on by today's policy, and in the log
 * before anybody hears of it; once, however often the client looks. One that may not be put is a refusal of all, for nobody
 * could tell the server.
 */
export async function putInputs(
  parts: Parts,
  facts: ActFacts,
  attempt: ReceiptId,
  task: string,
  { bytes, layout }: { readonly bytes: Buffer; readonly layout: AnswerLayout },
): Promise<Result<JsonObject, UpstreamFailure>> {
  const { context, actor } = facts;
  const round = readInputRound(bytes, layout);
  if (!round.ok) return round;
  if (round.value.asked.size > SESSION_QUESTIONS_MAX)
    return err(nonsense('a task that wants more input at once than is relayed'));
  const { tenant, principal, revocationsSeen } = context;
  const engine = await parts.policy.engine(tenant.id);
  if (parts.recent.touched(principal, revocationsSeen)) return err(REVOKED);
  const asking = { context: { ...context, engine }, actor, attempt };
  const decided = decideAll(parts, asking, round.value);
  if (decided === undefined) return err(nonsense('a question that can not be read'));
  const refused = decided.flatMap(({ decision }) => (decision.ok ? [] : [decision.error]));
  if (refused.length > 0) return err(await refuse(parts, facts, refused));
  const shown: [string, JsonObject][] = [];
  for (const { name, asked, decision } of decided) {
    if (!decision.ok) continue;
    if (!(await keep(parts, facts, { task, name }, decision.value))) return err(TOO_MANY);
    const params = withoutElicitationId(decision.value.read.params);
    shown.push([name, { method: asked.method, params }]);
  }
  return ok(Object.fromEntries(shown));
}

const TOO_MANY = nonsense('a task that asks for more than may be asked in one');
const REVOKED: UpstreamFailure = { kind: 'aborted', message: 'asks nobody, for access was revoked.' };

/** By the policy of now, for a server may think for long. Undefined: of one there is no text that could be hashed. */
function decideAll(parts: Parts, asking: Asking, { asked }: InputRound) {
  try {
    return [...asked].map(([name, each]) => {
      return { name, asked: each, decision: decideQuestion(parts, asking, { ...each, name }) };
    });
  } catch (error) {
    parts.telemetry.logger.warn({ err: error }, 'a question of a task could not be read');
    return undefined;
  }
}

async function refuse(
  parts: Parts,
  { context }: ActFacts,
  refused: readonly RefusedQuestion[],
): Promise<UpstreamFailure> {
  for (const { draft } of refused)
    await context.log.append(receiptOf(draft, parts.newReceiptId(), parts.clock.now(), 'denied'));
  const reason = refused[0]?.reason ?? '';
  return { kind: 'refused', message: `asks for something that is not put to anybody: ${reason}` };
}

/**
 * The same question as before is not asked anew: who it was put to may be about to answer it. False: it is one more than may be
 * asked.
 */
async function keep(
  parts: Parts,
  { context }: ActFacts,
  { task, name }: { readonly task: string; readonly name: string },
  { asked, read, draft }: DecidedQuestion,
): Promise<boolean> {
  const { tenant } = context;
  const place = await parts.tasks.inputPlace(context, task, name);
  const { arguments: text, context: _context, actor: _actor, server: _server, ...common } = draft;
  const digest = { sha256: text?.sha256 ?? '', bytes: text?.bytes ?? 0 };
  const isKnown = (before: AskedInput | undefined) =>
    before?.arguments.sha256 === digest.sha256 && before.method === asked.method;
  if (isKnown(readInput(await parts.relays.look(tenant.id, place)))) return true;
  if (!(await noteShown(parts, context, task, name))) return false;
  const [question, askedAt] = [parts.newReceiptId(), parts.clock.now()];
  await context.log.append(receiptOf(draft, question, askedAt, 'held'));
  const mode = read.params['mode'];
  const kept: AskedInput = {
    question,
    askedAt,
    method: asked.method,
    asks: read.arguments,
    params: mode === undefined ? {} : { mode },
    arguments: digest,
    draft: common,
  };
  // Of looks at the same moment one puts the question, and another that was asked by this name is over.
  let over: AskedInput | undefined;
  const put = (row: JsonObject | undefined) => {
    const before = readInput(row);
    over = isKnown(before) ? kept : before;
    return isKnown(before) ? undefined : (kept as unknown as JsonObject);
  };
  await parts.relays.change(tenant.id, place, put, TASK_INPUT_MS_MAX);
  if (over !== undefined) await appendEnd(parts, context, over, { status: 'cancelled' });
  return true;
}

/** The receipt of a question that was put has one of its end, where nobody waits for an answer any more. */
export async function closeInput(
  parts: Parts,
  { context }: Pick<ActFacts, 'context'>,
  task: string,
  name: string,
): Promise<void> {
  const place = await parts.tasks.inputPlace(context, task, name);
  const asked = readInput(await parts.relays.take(context.tenant.id, place));
  if (asked !== undefined) await appendEnd(parts, context, asked, { status: 'cancelled' });
}

/** What came of a question that was put. */
export async function appendEnd(
  parts: Parts,
  context: ActContext,
  asked: AskedInput,
  end: Pick<ReceiptDraft, 'status' | 'result'>,
): Promise<void> {
  const { draft, question, askedAt, arguments: digest } = asked;
  const at = parts.clock.now();
  await context.log.append({
    ...draft,
    id: parts.newReceiptId(),
    at,
    actor: actorOf(context),
    server: context.server,
    ...end,
    arguments: digest,
    timing: { receivedMs: askedAt, answeredMs: at },
    details: { question },
  });
}

/** All that a task at a server without sessions has asked, and nobody has answered. */
export async function closeInputs(parts: Parts, facts: ActFacts, task: string): Promise<void> {
  for (const name of await findShown(parts, facts.context, task)) await closeInput(parts, facts, task, name);
}

/** As it was kept; undefined where nothing of the kind is there. */
export function readInput(kept: JsonObject | undefined): AskedInput | undefined {
  return isJsonObject(kept?.['draft']) ? (kept as unknown as AskedInput) : undefined;
}
