import { readTraceContext, type CallerContext, type CallTrace, type TraceContext } from '#lib/telemetry';
import type { ActContext } from './parts.ts';

/**
 * What of the trace travels to the upstream: our own span where there is one. Else the caller's own passes on as it came:
 * in `_meta` by itself, from the headers by this.
 */
export function outgoingContext(
  trace: CallTrace | undefined,
  context: ActContext,
  at: number,
): TraceContext | undefined {
  const { server, session } = context;
  if (trace !== undefined) {
    const { protocolVersion } = session.state.upstream;
    return trace.forward({ at, url: server.url, protocolVersion });
  }
  return metaOf(context)['traceparent'] === undefined ? inHeaders(context) : undefined;
}

/** `_meta` says which trace a message belongs to; what the headers say of the HTTP request is its second choice, or a link. */
export function callerOf(context: ActContext): { caller?: CallerContext; linked?: CallerContext } {
  const { traceparent, tracestate } = metaOf(context);
  const inMeta = readTraceContext(traceparent, tracestate);
  const around = inHeaders(context);
  if (inMeta === undefined) return around === undefined ? {} : { caller: around };
  return around === undefined || around.spanId === inMeta.spanId
    ? { caller: inMeta }
    : { caller: inMeta, linked: around };
}

function inHeaders({ exchange }: ActContext): CallerContext | undefined {
  const traceparent = exchange.header('traceparent');
  return traceparent === undefined ? undefined : readTraceContext(traceparent, exchange.header('tracestate'));
}

function metaOf({ message }: ActContext): { readonly traceparent?: unknown; readonly tracestate?: unknown } {
  return (message.params?.['_meta'] ?? {}) as object;
}
