import type { ReceiptId } from '#lib/core';
import type { PolicyDecision, PolicyRequest } from '#lib/policy';
import { actorOf, outcomeDraft, type ActFacts } from './act-drafts.ts';
import { readSubject, type ActSubject } from './act-subject.ts';
import { withUpstream } from './bring-upstream.ts';
import { findParamMismatch } from './check-mirrored-headers.ts';
import { COUNTERSIGN_ERROR_CODE } from './constants.ts';
import { digestText } from './digest-text.ts';
import { COMPLETE, statusOfError } from './era-result.ts';
import type { Admission } from './flights.ts';
import { isClean, judge } from './judge-subject.ts';
import { beginTrace, observeAct } from './observe-act.ts';
import type { ActContext, ActParts } from './parts.ts';
import type { EraRefusal } from './read-envelope.ts';
import { refuseMessage } from './refuse-exchange.ts';
import { errorText, resultText } from './rpc-text.ts';
import { bringsAnswersAlone, resumeHeld } from './resume-held.ts';
import { Act } from './run-act.ts';
import { stampMember } from './stamp-answer.ts';
import { tellTasks } from './task-extension.ts';
import { noteAnswers } from './update-task.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

const INVALID_PARAMS = -32_602;
const METHOD_NOT_FOUND = -32_601;
const INVALID_REQUEST = -32_600;

/** Decides one request of a session, and either sends it on its way or answers with the reason why not. */
export function decideAct(parts: ActParts, context: ActContext): void {
  const { exchange, message, server, engine } = context;
  const read = readSubject(server, message.method, message.params, context.task);
  if (read === undefined) {
    const status = statusOfError(context.session, METHOD_NOT_FOUND);
    const text = errorText(message.id, METHOD_NOT_FOUND, `Unknown method: ${message.method}`);
    return parts.answers.json(exchange, status, text);
  }
  if (!read.ok) return parts.answers.json(exchange, 200, errorText(message.id, INVALID_PARAMS, read.error));
  const subject = read.value;
  const startedAt = performance.now();
  const { question, decision } = judge(context, subject);
  const { metrics } = parts.telemetry;
  metrics.policyEvaluation((performance.now() - startedAt) / 1000);
  metrics.decision(decision.effect);
  const facts: ActFacts = {
    context,
    subject,
    decision,
    actor: actorOf(context),
    arguments: digestText(subject.argumentsText),
    contextText: question === undefined ? '{}' : engine.contextText(question),
  };
  const id = parts.newReceiptId();
  if (!isClean(decision)) return deny(parts, facts, id);
  const mismatch = paramMismatch(context, question);
  if (mismatch !== undefined)
    return refuseMessage(parts, context, { status: 400, id: message.id, ...mismatch });
  if (context.retry !== undefined && !bringsAnswersAlone(context.retry))
    return resumeHeld(parts, facts, context.retry);
  const act = new Act(parts, facts, id);
  const admission = parts.flights.admit(act);
  if (admission !== 'admitted') refuseAdmission(parts, context, admission);
  else if (context.session.single === undefined) act.begin();
  else beginSingle(parts, context, act);
}

/** What in between may be routed by is what is acted on, once it is known that the caller may know the tool. */
function paramMismatch(
  { exchange, session, message }: ActContext,
  question: PolicyRequest | undefined,
): EraRefusal | undefined {
  if (session.single === undefined || question?.tool === undefined) return undefined;
  return findParamMismatch(exchange, question.tool, message.params?.['arguments']);
}

/** In the stateless era the upstream's half may still have to be opened, and a client that goes away cancels its call. */
function beginSingle(parts: ActParts, context: ActContext, act: Act): void {
  context.exchange.onClose(() => act.cancel('the client closed the response stream'));
  const orFail = (next: () => void) => (failure: UpstreamFailure | undefined) =>
    failure === undefined ? next() : act.onFailure(failure);
  const begin = orFail(() => act.begin());
  const answer = orFail(() => noteAnswers(parts, context, begin));
  withUpstream(
    parts,
    context,
    orFail(() => tellTasks(parts, context, answer)),
  );
}

/** The denial is in the log before the agent hears of it; a log that can't take it is 503. */
function deny(parts: ActParts, facts: ActFacts, id: ReceiptId): void {
  const { context } = facts;
  const draft = outcomeDraft(facts, {
    id,
    at: parts.clock.now(),
    status: 'denied',
    attempt: undefined,
    forwardedAt: undefined,
  });
  context.log.outcome(draft, (error) => {
    const observed = { at: draft.at, status: error === null ? 'denied' : 'unavailable' } as const;
    const receipt = error === null ? id : undefined;
    observeAct(parts, facts, { ...observed, receipt }, beginTrace(parts, facts));
    if (error === null) {
      const stamp = stampMember(id, context.log.head());
      return parts.answers.json(context.exchange, 200, denialText(facts, stamp), ['countersign-receipt', id]);
    }
    parts.telemetry.logger.error({ err: error, receipt: id }, 'a denial could not be written');
    const message = 'The receipt log can not be reached, so nothing is decided now. Try again shortly.';
    const { id: rpcId } = context.message;
    parts.answers.refuse(context.exchange, {
      status: 503,
      message,
      id: rpcId,
      headers: ['retry-after', '1'],
    });
  });
}

/** A denied tool call is a result that the model reads; other methods get an error. What may not be seen does not exist. */
function denialText({ context, subject, decision }: ActFacts, stamp: string): string {
  const { session, message } = context;
  const { id } = message;
  const meta = `"_meta":{${stamp}}`;
  if (decision.hidden) return errorText(id, INVALID_PARAMS, subject.missing, `${uriMember(subject)}${meta}`);
  const reason = reasonText(decision);
  if (subject.kind !== 'tool_call') return errorText(id, COUNTERSIGN_ERROR_CODE, reason, meta);
  const content = `[{"type":"text","text":${JSON.stringify(reason)}}]`;
  const type = session.single === undefined ? '' : `,${COMPLETE}`;
  return resultText(id, `{${meta}${type},"content":${content},"isError":true}`);
}

/** The URI that was asked for, whether or not there is such a resource (MCP 2026-07-28, resources, Error Handling). */
function uriMember({ uri }: ActSubject): string {
  return uri === undefined ? '' : `"uri":${JSON.stringify(uri)},`;
}

function reasonText(decision: PolicyDecision): string {
  const problems = decision.argumentProblems ?? [];
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `${path === '' ? 'arguments' : path}: ${message}`);
    return `Denied: the arguments do not fit the tool's schema. ${lines.join('; ')}`;
  }
  const reasons = decision.reasons.length > 0 ? decision.reasons.join(' ') : 'no policy permits this.';
  return `Denied: ${reasons}`;
}

function refuseAdmission(
  parts: ActParts,
  { exchange, tenant, message }: ActContext,
  admission: Exclude<Admission, 'admitted'>,
): void {
  const { id } = message;
  if (admission === 'id_in_use') {
    const text = 'A request with this id is under way in this session.';
    return parts.answers.json(exchange, 200, errorText(id, INVALID_REQUEST, text));
  }
  parts.receipts.refuse(tenant.id, 'overloaded');
  const text =
    admission === 'overloaded'
      ? 'Too many calls are under way here.'
      : 'Too many calls of yours are under way.';
  parts.answers.refuse(exchange, {
    status: 503,
    message: `${text} Try again shortly.`,
    id,
    headers: ['retry-after', '1'],
  });
}
