import { err, isJsonObject, ok, type Json, type JsonObject, type ReceiptId, type Result } from '#lib/core';
import type { ReceiptDraft } from '#lib/receipts';
import { digestAnswer, type ReadAnswer } from './act-answer.ts';
import type { ActFacts } from './act-drafts.ts';
import { URL_ELICITATIONS_MAX } from './constants.ts';
import { isStillAllowed, NOT_ANY_MORE } from './decide-again.ts';
import { decideQuestion, receiptOf } from './decide-question.ts';
import { digestOf } from './digest-text.ts';
import { locateAnswer, type AnswerLayout } from './locate-answer.ts';
import type { RpcId } from './parse-message.ts';
import type { Parts } from './parts.ts';
import type { ServerQuestions } from './server-questions.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

interface Located {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
}

/**
 * MCP 2025-11-25, error -32042: nothing goes on before a person has opened these URLs. Each is decided on and receipted
 * as the question that it is; the error passes only when all of them may.
 */
export function relayUrlError(
  parts: Parts,
  facts: ActFacts,
  attempt: ReceiptId | undefined,
  located: Located,
  done: (answer: ReadAnswer | UpstreamFailure) => void,
): void {
  const { context } = facts;
  const error = errorIn(located);
  const asked = elicitationsOf(error);
  if (asked === undefined) return done(refusal('and does not say what.'));
  decideAll(parts, facts, attempt, asked).then(
    (shown) => {
      if (shown.ok) done(rewritten(context.message.id, error, shown.value, located));
      else done(refusal(`but the agent is not asked: ${shown.error}`));
    },
    (failure: unknown) => {
      parts.telemetry.logger.error({ err: failure }, 'what a server wants opened could not be receipted');
      done(refusal('but the receipt log can not be reached now.'));
    },
  );
}

/** By the policy of now, for a call may take long. What the agent gets, or why it gets nothing; all of it receipted. */
async function decideAll(
  parts: Parts,
  { context, actor }: ActFacts,
  attempt: ReceiptId | undefined,
  asked: readonly JsonObject[],
): Promise<Result<readonly JsonObject[], string>> {
  const engine = await parts.policy.engine(context.tenant.id);
  const asking = { context: { ...context, engine }, actor, attempt };
  const decided = asked.map((params) =>
    decideQuestion(parts, asking, { method: 'elicitation/create', params }),
  );
  const drafts = decided.map((each): ReceiptDraft => {
    const status = each.ok ? 'held' : 'denied';
    const { draft } = each.ok ? each.value : each.error;
    return receiptOf(draft, parts.newReceiptId(), parts.clock.now(), status);
  });
  await Promise.all(drafts.map((draft) => context.log.append(draft)));
  const refused = decided.find((each) => !each.ok);
  return refused === undefined
    ? ok(decided.flatMap((each) => (each.ok ? [each.value.read.params] : [])))
    : err(refused.error.reason);
}

/**
 * The same for an agent without a session, whose revision knows no such error: each URL is a question, and once all are
 * accepted the call may be made anew. Tells why not, if it may not.
 */
export function askForUrls(
  parts: Parts,
  facts: ActFacts,
  questions: ServerQuestions,
  located: Located,
  tell: (problem: UpstreamFailure | undefined) => void,
): void {
  // Never before this returns: the attempt that had this error is closed first.
  const done = (problem: UpstreamFailure | undefined) => void setImmediate(tell, problem);
  const asked = elicitationsOf(errorIn(located));
  if (asked === undefined) return done(refusal('and does not say what.'));
  let open = asked.length;
  for (const params of asked) {
    questions.put('elicitation/create', params, (answer) => {
      open -= 1;
      if (answer?.member === 'result' && answer.value['action'] === 'accept') {
        if (open === 0) goOn(parts, facts, done);
        return;
      }
      const { message } = answer?.value ?? {};
      const why =
        typeof message === 'string' ? `but the agent is not asked: ${message}` : 'which was declined.';
      open = Infinity;
      done(refusal(why));
    });
  }
}

/** A person took their time: by today's pin and policy the call may be one that is not made any more. */
function goOn(parts: Parts, facts: ActFacts, done: (problem: UpstreamFailure | undefined) => void): void {
  isStillAllowed(parts, facts).then(
    (isAllowed) => done(isAllowed ? undefined : { kind: 'refused', message: NOT_ANY_MORE }),
    (error: unknown) => {
      parts.telemetry.logger.error({ err: error }, 'a call could not be decided again');
      done(refusal('and nothing can be decided now.'));
    },
  );
}

function errorIn({ bytes, layout }: Located): JsonObject {
  return JSON.parse(bytes.toString('utf8', layout.value.start, layout.value.end)) as JsonObject;
}

function elicitationsOf({ data }: JsonObject): readonly JsonObject[] | undefined {
  const asked: Json | undefined = isJsonObject(data) ? data['elicitations'] : undefined;
  if (!Array.isArray(asked) || asked.length === 0 || asked.length > URL_ELICITATIONS_MAX) return undefined;
  const list = asked as readonly Json[];
  return list.every(isUrlElicitation) ? list : undefined;
}

/** The error is for URLs alone: a form would be shown without anybody waiting for what is typed into it. */
function isUrlElicitation(value: Json): value is JsonObject {
  return isJsonObject(value) && value['mode'] === 'url' && typeof value['elicitationId'] === 'string';
}

function rewritten(
  id: RpcId,
  error: JsonObject,
  shown: readonly JsonObject[],
  received: Located,
): ReadAnswer {
  const data = { ...(error['data'] as JsonObject), elicitations: shown };
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error: { ...error, data } }));
  const value = received.bytes.subarray(received.layout.value.start, received.layout.value.end);
  return digestAnswer(bytes, locateAnswer(bytes), digestOf(value));
}

function refusal(why: string): UpstreamFailure {
  return { kind: 'refused', message: `wants something done in a browser first, ${why}` };
}
