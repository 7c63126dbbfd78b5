import { randomUUID } from 'node:crypto';
import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { ParentBasedSampler, TracerProvider, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '#lib/config';
import { SPAN_FLUSH_MS } from './constants.ts';
import { SpanExport } from './export-spans.ts';
import { legAttributes, outcomeAttributes, serverAttributes, spanName } from './span-attributes.ts';
import type {
  CallerContext,
  CallTrace,
  Logger,
  Metrics,
  TraceContext,
  TracedCall,
  TracedLeg,
  TracedOutcome,
  Tracing,
} from './types.ts';
import { WishedTraces } from './wished-traces.ts';

/**
 * Traces of calls. Nothing is registered globally and nothing is taken from an ambient context: a span has the parent
 * that its call names, whatever else runs in this process. Loaded only where a receiver is configured.
 */
export function createTracing(config: TracingConfig, logger: Logger, metrics: Metrics): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'countersign',
      'service.instance.id': randomUUID(),
    }),
    sampler: new ParentBasedSampler({
      root: new TraceIdRatioBasedSampler(config.ratio),
      remoteParentSampled: new WishedTraces(() => performance.now()),
    }),
    spanProcessors: [new SpanExport(config, logger, metrics)],
  });
  const tracer = provider.getTracer('countersign');
  return {
    begin(call) {
      const { caller, linked } = call;
      const parent = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote(caller));
      const options = {
        kind: SpanKind.SERVER,
        startTime: call.startedAt,
        attributes: serverAttributes(call),
        links: linked === undefined ? [] : [{ context: remote(linked) }],
      };
      const span = tracer.startSpan(spanName(call), options, parent);
      return span.isRecording() ? new SampledCall(tracer, call, span) : undefined;
    },
    close: () => within(SPAN_FLUSH_MS, provider.shutdown()),
  };
}

class SampledCall implements CallTrace {
  readonly traceId: string;
  #tracer: Tracer;
  #call: TracedCall;
  #span: Span;
  #context: Context;
  #leg: Span | undefined;

  constructor(tracer: Tracer, call: TracedCall, span: Span) {
    this.#tracer = tracer;
    this.#call = call;
    this.#span = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
    this.traceId = span.spanContext().traceId;
  }

  forward(leg: TracedLeg): TraceContext {
    const options = {
      kind: SpanKind.CLIENT,
      startTime: leg.at,
      attributes: legAttributes(this.#call, leg),
    };
    this.#leg = this.#tracer.startSpan(spanName(this.#call), options, this.#context);
    return travelling(this.#leg.spanContext());
  }

  endLeg(at: number, errorType: string | undefined): void {
    if (this.#leg !== undefined) finish(this.#leg, { at, ...(errorType === undefined ? {} : { errorType }) });
    this.#leg = undefined;
  }

  end(outcome: TracedOutcome): void {
    this.endLeg(outcome.at, outcome.errorType);
    finish(this.#span, outcome);
  }
}

function finish(span: Span, outcome: TracedOutcome): void {
  span.setAttributes(outcomeAttributes(outcome));
  if (outcome.errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(outcome.at);
}

function remote({ traceId, spanId, sampled, tracestate }: CallerContext): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  };
}

function travelling({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const tracestate = traceState?.serialize();
  return tracestate === undefined || tracestate === '' ? { traceparent } : { traceparent, tracestate };
}

/** What is not exported by then is lost: a stop does not wait for a receiver. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}
