import type { OutcomeStatus } from '#lib/receipts';
import type { CallTrace } from '#lib/telemetry';
import type { ActFacts } from './act-drafts.ts';
import type { Parts } from './parts.ts';
import { callerOf } from './trace-caller.ts';

/** What is known of an act at its end, for metrics and trace. */
export interface ObservedEnd {
  readonly at: number;
  /** `unavailable`: the log could not take it, so there is no receipt. */
  readonly status: OutcomeStatus | 'unavailable';
  readonly receipt?: string | undefined;
  readonly attempt?: string | undefined;
  readonly forwardedAt?: number | undefined;
}

/** How an act that was answered as asked is known: everything else is an error by its status. */
const SUCCESSES: ReadonlySet<string> = new Set(['ok', 'task', 'input_required']);

/** Begins the act's trace where traces are wanted; else this costs one look. */
export function beginTrace({ telemetry }: Parts, facts: ActFacts): CallTrace | undefined {
  const { tracing } = telemetry;
  if (tracing === undefined) return undefined;
  const { context, decision } = facts;
  const { message, session, server, tenant, receivedAt } = context;
  return tracing.begin({
    method: message.method,
    ...registeredNames(facts),
    ...(typeof message.id === 'number' ? { requestId: message.id } : {}),
    protocolVersion: session.state.protocolVersion,
    session: session.claims.reference,
    tenant: tenant.slug,
    server: server.id,
    decision: decision.effect,
    policySetSha256: decision.setSha256,
    startedAt: receivedAt,
    ...callerOf(context),
  });
}

/** Counts the act, and ends its trace. */
export function observeAct(
  { telemetry }: Parts,
  facts: ActFacts,
  { at, status, receipt, attempt, forwardedAt }: ObservedEnd,
  trace: CallTrace | undefined,
): void {
  const { message, receivedAt, session } = facts.context;
  const errorType = SUCCESSES.has(status) ? {} : { errorType: status };
  const { tool } = registeredNames(facts);
  const labels = {
    method: message.method,
    protocolVersion: session.state.protocolVersion,
    ...(tool === undefined ? {} : { tool }),
    ...errorType,
  };
  const transport = /^https?:/.test(facts.context.server.url) ? 'tcp' : 'pipe';
  telemetry.metrics.serverOperation((at - receivedAt) / 1000, labels);
  if (forwardedAt !== undefined)
    telemetry.metrics.clientOperation((at - forwardedAt) / 1000, { ...labels, transport });
  trace?.end({
    at,
    ...errorType,
    ...(receipt === undefined ? {} : { receipt }),
    ...(attempt === undefined ? {} : { attempt }),
  });
}

/** Names that nobody registered may be anything, also what somebody typed into the wrong field: they are no labels. */
function registeredNames({ subject }: ActFacts): { tool?: string; prompt?: string } {
  if (subject.question === undefined) return {};
  if (subject.tool !== undefined) return { tool: subject.tool.name };
  return subject.prompt === undefined ? {} : { prompt: subject.prompt };
}
