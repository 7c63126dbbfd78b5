import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '#lib/config';
import {
  SPAN_EXPORT_EVERY_MS,
  SPAN_EXPORT_TIMEOUT_MS,
  SPANS_EXPORTED_AT_ONCE,
  SPANS_WAITING_MAX,
} from './constants.ts';
import type { Logger, Metrics } from './types.ts';

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** OTLP's own numbers: 0 is success. */
const EXPORTED = 0;

/**
 * The way out for finished spans: in batches, over OTLP/HTTP, to the operator's receiver alone. A receiver that is away
 * or slow costs spans, never a call: what finds the queue full is dropped and counted, and so is what could not be sent.
 */
export class SpanExport implements SpanProcessor {
  #batches: BatchSpanProcessor;
  #logger: Logger;
  #metrics: Metrics;
  #waiting = 0;
  #failing = false;

  constructor({ endpoint, headers }: TracingConfig, logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
    const exporter = new OTLPTraceExporter({
      url: `${endpoint}/v1/traces`,
      headers: { ...headers },
      timeoutMillis: SPAN_EXPORT_TIMEOUT_MS,
    });
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) =>
          exporter.export(spans, (result) => {
            this.#settled(spans.length, result);
            done(result);
          }),
        forceFlush: () => exporter.forceFlush(),
        shutdown: () => exporter.shutdown(),
      },
      maxQueueSize: SPANS_WAITING_MAX,
      maxExportBatchSize: SPANS_EXPORTED_AT_ONCE,
      scheduledDelayMillis: SPAN_EXPORT_EVERY_MS,
      exportTimeoutMillis: SPAN_EXPORT_TIMEOUT_MS * 2,
    });
  }

  onStart(_span: Span): void {}

  onEnd(span: ReadableSpan): void {
    // Those on their way count, too: the library's own bound would drop without a word.
    if (this.#waiting >= SPANS_WAITING_MAX) return this.#metrics.spans('dropped', 1);
    this.#waiting += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #settled(count: number, { code, error }: ExportResult): void {
    this.#waiting -= count;
    const failed = code !== EXPORTED;
    this.#metrics.spans(failed ? 'failed' : 'exported', count);
    if (failed === this.#failing) return;
    this.#failing = failed;
    if (failed) this.#logger.warn({ error: error?.message }, 'traces can not be delivered; they are dropped');
    else this.#logger.info({}, 'traces are delivered again');
  }
}
