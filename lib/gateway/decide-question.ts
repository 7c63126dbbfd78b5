import { err, ok, type JsonObject, type ReceiptId, type Result } from '#lib/core';
import type { PolicyDecision, PolicyRequest } from '#lib/policy';
import type { OutcomeStatus, ReceiptActor, ReceiptDraft } from '#lib/receipts';
import type { Askable } from './client-capabilities.ts';
import { digestText } from './digest-text.ts';
import { isClean } from './judge-subject.ts';
import type { Caller, Parts, Ready } from './parts.ts';
import {
  NOT_PERMITTED,
  QUESTION_KINDS,
  questionText,
  readQuestion,
  type AskedQuestion,
  type QuestionRefusal,
  type ReadQuestion,
} from './read-question.ts';
import type { Session } from './session.ts';

/** On whose stream a server asked something of the client. */
export interface AskedContext extends Omit<Caller, 'exchange' | 'receivedAt' | 'revocationsSeen'>, Ready {
  readonly session: Session;
}

/** Where a question comes from. */
export interface Asking {
  readonly context: AskedContext;
  readonly actor: ReceiptActor;
  /** Of the call inside which it was asked; undefined on a session's own stream, and where attempts are waived. */
  readonly attempt: ReceiptId | undefined;
}

/** A question that policy lets through, or why it is not put to anybody. Both have what their receipt needs. */
export interface DecidedQuestion {
  readonly asked: AskedQuestion;
  readonly read: ReadQuestion;
  readonly draft: QuestionDraft;
}

export interface RefusedQuestion extends QuestionRefusal {
  readonly draft: QuestionDraft;
}

/** What all receipts of one question have in common. */
export type QuestionDraft = Pick<
  ReceiptDraft,
  'kind' | 'attempt' | 'actor' | 'server' | 'decision' | 'arguments' | 'received' | 'context'
>;

/** Decides, as for any act, on what a server asks of the client: its action is the method, the server its resource. */
export function decideQuestion(
  parts: Parts,
  asking: Asking,
  asked: AskedQuestion,
): Result<DecidedQuestion, RefusedQuestion> {
  const { context } = asking;
  const { server, session } = context;
  const read = readQuestion(asked, {
    server,
    capabilities: session.state.handshake.capabilities,
    urls: {
      https: parts.addresses.https,
      isOurs: (host) => parts.addresses.matchHost(host).kind !== 'none',
    },
  });
  if (!read.ok) return refused(parts, asking, asked, read.error);
  const question = policyQuestion(parts, asking, asked.method, read.value.arguments);
  const decision = context.engine.decide(question);
  parts.telemetry.metrics.decision(decision.effect);
  const draft: QuestionDraft = {
    ...commonDraft(asking, asked.method, decision),
    arguments: digestText(read.value.askedText),
    context: context.engine.contextText(question),
    ...(read.value.receivedText === undefined ? {} : { received: bareDigest(read.value.receivedText) }),
  };
  return isClean(decision) ? ok({ asked, read: read.value, draft }) : err({ ...NOT_PERMITTED, draft });
}

/** What was asked before may still be asked: whoever answers it hours later does so under the policy of then. */
export function isStillPermitted(
  parts: Parts,
  asking: Pick<Asking, 'context' | 'actor'>,
  method: string,
  args: JsonObject,
): boolean {
  return isClean(asking.context.engine.decide(policyQuestion(parts, asking, method, args)));
}

const ACTIONS: Readonly<Record<Askable, Pick<PolicyRequest, 'action' | 'arguments'>>> = {
  sampling: { action: 'sampling/createMessage' },
  roots: { action: 'roots/list' },
  form: { action: 'elicitation/create', arguments: { mode: 'form' } },
  url: { action: 'elicitation/create', arguments: { mode: 'url' } },
};

/** Policy denies it to this server for this caller whatever is asked: the server need not know that it could ask. */
export function isRuledOut(
  {
    engine,
    principal,
    server,
    exchange,
    receivedAt,
  }: Pick<Caller, 'principal' | 'server' | 'exchange' | 'receivedAt'> & Ready,
  what: Askable,
): boolean {
  const { effect, hidden } = engine.decide({
    ...ACTIONS[what],
    principal,
    server,
    time: receivedAt,
    ip: exchange.ip,
    session: '',
  });
  return effect === 'deny' && hidden;
}

/** The receipt of a question, whose own id is the one under which the client gets it. */
export function receiptOf(
  draft: QuestionDraft,
  id: ReceiptId,
  at: number,
  status: OutcomeStatus,
): ReceiptDraft {
  return { ...draft, id, at, status, timing: { receivedMs: at } };
}

function policyQuestion(
  parts: Parts,
  { context, actor }: Pick<Asking, 'context' | 'actor'>,
  method: string,
  args: JsonObject,
): PolicyRequest {
  return {
    action: method,
    principal: context.principal,
    server: context.server,
    arguments: args,
    time: parts.clock.now(),
    ...(actor.ip === undefined ? {} : { ip: actor.ip }),
    session: context.session.claims.reference,
  };
}

/** What no policy was asked about, for it could not have been put to the client anyway. */
function refused(
  parts: Parts,
  asking: Asking,
  asked: AskedQuestion,
  refusal: QuestionRefusal,
): Result<DecidedQuestion, RefusedQuestion> {
  parts.telemetry.metrics.decision('deny');
  const decision = {
    effect: 'deny',
    setSha256: asking.context.engine.setSha256,
    policies: [],
    reasons: [refusal.reason],
    obligations: [],
    shadow: [],
  } as const;
  const args = { arguments: digestText(questionText(asked.params)) };
  return err({ ...refusal, draft: { ...commonDraft(asking, asked.method, decision), ...args } });
}

function commonDraft(
  { context, actor, attempt }: Asking,
  method: string,
  decision: Omit<PolicyDecision, 'hidden' | 'errors'>,
): Pick<QuestionDraft, 'kind' | 'attempt' | 'actor' | 'server' | 'decision'> {
  const { effect, setSha256, policies, reasons, obligations, shadow } = decision;
  return {
    kind: QUESTION_KINDS.get(method) ?? 'elicitation',
    ...(attempt === undefined ? {} : { attempt }),
    actor,
    server: context.server,
    decision: { effect, policySetSha256: setSha256, policies, reasons, obligations, shadow },
  };
}

function bareDigest(text: string): NonNullable<ReceiptDraft['received']> {
  const { sha256, bytes } = digestText(text);
  return { sha256, bytes };
}
