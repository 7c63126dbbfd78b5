import type { ReceiptId } from '#lib/core';
import type { PolicyDecision } from '#lib/policy';
import type { OutcomeStatus, ReceiptActor, ReceiptDraft } from '#lib/receipts';
import type { ActSubject } from './act-subject.ts';
import { digestText } from './digest-text.ts';
import type { ActContext } from './parts.ts';

type Digested = ReturnType<typeof digestText>;

/** Everything that attempt and outcome of one act have in common, made once. */
export interface ActFacts {
  readonly context: ActContext;
  readonly subject: ActSubject;
  readonly decision: PolicyDecision;
  readonly actor: ReceiptActor;
  readonly arguments: Digested;
  /** RFC 8785 text of what the decision looked at. */
  readonly contextText: string;
}

/** What is known when an act has ended. */
export interface OutcomeFacts {
  readonly id: ReceiptId;
  readonly at: number;
  readonly status: OutcomeStatus;
  /** Absent where none was written. */
  readonly attempt: ReceiptId | undefined;
  readonly forwardedAt: number | undefined;
  readonly credentialReference?: string | undefined;
  readonly result?: ReceiptDraft['result'] | undefined;
  readonly upstream?: ReceiptDraft['upstream'] | undefined;
  readonly events?: ReceiptDraft['events'] | undefined;
}

export function actorOf({
  principal,
  session,
  exchange,
}: Pick<ActContext, 'principal' | 'session' | 'exchange'>): ReceiptActor {
  const { mode, agent } = principal;
  const person = principal.mode === 'user' ? { person: principal.person } : {};
  return { mode, ...person, clientId: agent.clientId, session: session.claims.reference, ip: exchange.ip };
}

export function attemptDraft(
  facts: ActFacts,
  id: ReceiptId,
  at: number,
  first: ReceiptId | undefined,
): ReceiptDraft {
  const { context, subject } = facts;
  return actDraft(facts, {
    id,
    at,
    kind: 'attempt',
    outcomeKind: subject.kind,
    firstAttempt: first,
    arguments: facts.arguments,
    context: facts.contextText,
    credential: credentialOf(context, undefined),
    timing: { receivedMs: context.receivedAt },
  });
}

/** What the agent was told while its call was open (FORMATS 2). */
export function interimDraft(
  facts: ActFacts,
  told: {
    readonly id: ReceiptId;
    readonly at: number;
    readonly attempt: ReceiptId;
    readonly result: NonNullable<ReceiptDraft['result']>;
  },
): ReceiptDraft {
  return actDraft(facts, {
    ...told,
    kind: 'interim',
    status: 'input_required',
    timing: { receivedMs: facts.context.receivedAt, answeredMs: told.at },
  });
}

/** The arguments' text and the context are sealed with the attempt; with the outcome only where there is no attempt. */
export function outcomeDraft(facts: ActFacts, outcome: OutcomeFacts): ReceiptDraft {
  const { context, subject } = facts;
  const { sha256, bytes } = facts.arguments;
  const alone = outcome.attempt === undefined;
  return actDraft(facts, {
    id: outcome.id,
    at: outcome.at,
    kind: subject.kind,
    attempt: outcome.attempt,
    context: alone ? facts.contextText : undefined,
    status: outcome.status,
    arguments: alone ? facts.arguments : { sha256, bytes },
    credential:
      outcome.forwardedAt === undefined ? undefined : credentialOf(context, outcome.credentialReference),
    result: outcome.result,
    upstream: outcome.upstream,
    events: outcome.events,
    details: subject.kind === 'task' ? taskDetails(facts) : undefined,
    timing: timingOf(context, outcome),
  });
}

/** What was asked, and of a task by which call it was made. */
function taskDetails({ context, subject: { call } }: ActFacts): NonNullable<ReceiptDraft['details']> {
  const { method } = context.message;
  return call === undefined ? { method } : { method, call };
}

function timingOf(context: ActContext, outcome: OutcomeFacts): NonNullable<ReceiptDraft['timing']> {
  const receivedMs = context.receivedAt;
  if (outcome.forwardedAt === undefined) return { receivedMs };
  return { receivedMs, forwardedMs: outcome.forwardedAt, answeredMs: outcome.at };
}

/** What is not the same in every receipt of an act: no member but these, for `actDraft` writes each by its name. */
type OwnMembers = Pick<
  ReceiptDraft,
  | 'id'
  | 'at'
  | 'kind'
  | 'outcomeKind'
  | 'attempt'
  | 'firstAttempt'
  | 'credential'
  | 'status'
  | 'arguments'
  | 'result'
  | 'upstream'
  | 'events'
  | 'context'
  | 'timing'
  | 'details'
>;

/** Every draft of an act has the same members in the same order, also those it has no value for: what reads them is faster so. */
function actDraft({ context, subject, decision, actor }: ActFacts, own: OwnMembers): ReceiptDraft {
  return {
    id: own.id,
    at: own.at,
    kind: own.kind,
    outcomeKind: own.outcomeKind,
    attempt: own.attempt,
    firstAttempt: own.firstAttempt,
    actor,
    server: context.server,
    tool: subject.tool,
    uri: subject.uri,
    prompt: subject.prompt,
    decision: {
      effect: decision.effect,
      policySetSha256: decision.setSha256,
      policies: decision.policies,
      reasons: decision.reasons,
      obligations: decision.obligations,
      shadow: decision.shadow,
    },
    credential: own.credential,
    status: own.status,
    arguments: own.arguments,
    result: own.result,
    upstream: own.upstream,
    events: own.events,
    context: own.context,
    timing: own.timing,
    details: own.details,
  };
}

function credentialOf(context: ActContext, reference: string | undefined): ReceiptDraft['credential'] {
  const kind = context.server.credential[context.principal.mode];
  if (kind === undefined) return undefined;
  return reference === undefined ? { kind } : { kind, reference };
}
