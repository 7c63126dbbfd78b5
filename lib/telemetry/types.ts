import type { Logger as PinoLogger } from 'pino';
import type { LogLevel } from '#lib/config';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export interface TelemetryOptions {
  readonly level: LogLevel;
  /** Where lines go; standard error by default, for standard output belongs to commands. */
  readonly destination?: { write(line: string): void };
}

export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** There only where the operator named a receiver of traces. */
  readonly tracing?: Tracing;
  /** A fresh random reference that ties a response to its log lines. */
  requestId(): string;
}

/** One finished operation of the data plane. Durations in seconds. */
export interface OperationMeasure {
  readonly method: string;
  readonly tool?: string;
  readonly errorType?: string;
  readonly protocolVersion?: string;
  readonly transport?: 'tcp' | 'pipe';
}

/** The state of this process at one moment. */
export interface Gauges {
  /** Receipts of all tenants that are not committed yet. */
  receiptQueueDepth(): number;
  callsActive(): number;
  /** Event streams that agents hold open. */
  streamsActive(): number;
  /** Sessions held in memory. */
  sessionsCached(): number;
  /** Processes of MCP servers that are programs. */
  stdioProcesses(): number;
  /** Since this process last knew that it had heard of every revocation. */
  revocationConfirmAgeSeconds(): number;
  /** Declared dead by another replica, or no longer able to know that it was not. */
  replicaFenced(): boolean;
  databasePools(): readonly PoolState[];
  egressRequests(): readonly {
    readonly egressClass: string;
    readonly running: number;
    readonly waiting: number;
  }[];
}

/** Connections of one pool, and who waits for one. */
export interface PoolState {
  readonly pool: string;
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface Metrics {
  /** From the agent's request to its answer. */
  serverOperation(seconds: number, labels: OperationMeasure): void;
  /** From our request to the upstream's answer. */
  clientOperation(seconds: number, labels: OperationMeasure): void;
  decision(effect: 'allow' | 'deny' | 'hold'): void;
  policyEvaluation(seconds: number): void;
  /** One batch is in the log: how many receipts, how long it took to get there. */
  batchAppended(count: number, seconds: number): void;
  /** A request was turned away before anything was decided; the reason is one of the aggregate receipts'. */
  refused(reason: string): void;
  /** Spans that left for the receiver of traces, or did not. */
  spans(result: 'exported' | 'failed' | 'dropped', count: number): void;
  oauthFlow(step: string, result: 'ok' | 'refused' | 'failed'): void;
  /** The compiled residual and Cedar disagreed. */
  policyDifference(): void;
  /** What is read at each look at the metrics, so that keeping it costs nothing. Once. */
  watch(gauges: Gauges): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Trace context as it travels: in `params._meta` under these names, or in headers. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The same as a caller sent it, and what it says. */
export interface CallerContext extends TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/**
 * All that a trace says of a call. A closed list: no argument, result, token, name or address of a person has a member
 * here, and what a caller can make up freely (unknown tools, URIs, texts as request ids) has none either.
 */
export interface TracedCall {
  readonly method: string;
  readonly tool?: string;
  readonly prompt?: string;
  readonly protocolVersion?: string;
  /** The random reference of the MCP session that its receipts disclose, never the id. */
  readonly session?: string | undefined;
  readonly requestId?: number;
  readonly tenant: string;
  readonly server: string;
  readonly decision?: string;
  readonly policySetSha256?: string;
  /** Milliseconds since the epoch, as everywhere here. */
  readonly startedAt: number;
  /** Of `params._meta`, or else of the headers. */
  readonly caller?: CallerContext | undefined;
  /** Of the headers, where `params._meta` names another parent. */
  readonly linked?: CallerContext | undefined;
}

export interface TracedOutcome {
  readonly at: number;
  readonly errorType?: string;
  readonly receipt?: string;
  readonly attempt?: string;
}

/** One request to the upstream inside a call. */
export interface TracedLeg {
  readonly at: number;
  readonly url: string;
  readonly protocolVersion?: string | undefined;
}

/** The spans of one call that is traced: the agent's side, and the upstream's below it. */
export interface CallTrace {
  readonly traceId: string;
  /** A request to the upstream begins. What it returns travels there in place of the caller's own context. */
  forward(leg: TracedLeg): TraceContext;
  /** That request came to nothing and the call goes on. */
  endLeg(at: number, errorType: string): void;
  /** Ends what is open. Once. */
  end(outcome: TracedOutcome): void;
}

export interface Tracing {
  /** Undefined where this call is not sampled: then the caller's own context passes on as it came. */
  begin(call: TracedCall): CallTrace | undefined;
  /** Exports what waits, within a moment. */
  close(): Promise<void>;
}
