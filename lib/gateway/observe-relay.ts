import type { JsonObject } from '#lib/core';
import type { CallTrace, TraceContext } from '#lib/telemetry';
import type { ActContext, Parts } from './parts.ts';
import { callerOf, outgoingContext } from './trace-caller.ts';

/**
 * Counts and traces a request that is neither decided nor receipted (a listing): one that fails does so as an answer. The
 * relay gets the request as it is to be forwarded, with the trace that goes on from here.
 */
export async function observeRelay(
  { clock, telemetry }: Parts,
  context: ActContext,
  relay: (context: ActContext) => Promise<void>,
): Promise<void> {
  const { message, receivedAt, session } = context;
  const trace = beginTrace(telemetry, context);
  const sentAt = clock.now();
  const outgoing = outgoingContext(trace, context, sentAt);
  let errorType: string | undefined;
  const noteFailure = (status: string) => {
    errorType = status;
  };
  const observed = { ...context, noteFailure };
  try {
    await relay(outgoing === undefined ? observed : { ...observed, message: withTrace(message, outgoing) });
  } catch (error) {
    noteFailure('unavailable');
    throw error;
  } finally {
    const at = clock.now();
    const failure = errorType === undefined ? {} : { errorType };
    const labels = { method: message.method, protocolVersion: session.state.protocolVersion, ...failure };
    telemetry.metrics.serverOperation((at - receivedAt) / 1000, labels);
    telemetry.metrics.clientOperation((at - sentAt) / 1000, labels);
    trace?.end({ at, ...failure });
  }
}

function beginTrace({ tracing }: Parts['telemetry'], context: ActContext): CallTrace | undefined {
  const { message, session, server, tenant, receivedAt } = context;
  return tracing?.begin({
    method: message.method,
    ...(typeof message.id === 'number' ? { requestId: message.id } : {}),
    protocolVersion: session.state.protocolVersion,
    session: session.claims.reference,
    tenant: tenant.slug,
    server: server.id,
    startedAt: receivedAt,
    ...callerOf(context),
  });
}

function withTrace(message: ActContext['message'], outgoing: TraceContext): ActContext['message'] {
  const { params = {} } = message;
  const { tracestate: _, ...meta } = (params['_meta'] ?? {}) as JsonObject;
  const { traceparent, tracestate } = outgoing;
  const state = tracestate === undefined ? {} : { tracestate };
  return { ...message, params: { ...params, _meta: { ...meta, traceparent, ...state } } };
}
