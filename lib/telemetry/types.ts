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
  /** A fresh random reference that ties a response to its log lines. */
  requestId(): string;
}

/** One finished operation of the data plane. Durations in seconds. */
export interface OperationMeasure {
  readonly method: string;
  readonly tool?: string;
  readonly errorType?: string;
  readonly protocolVersion?: string;
}

export interface Metrics {
  /** From the agent's request to its answer. */
  serverOperation(seconds: number, labels: OperationMeasure): void;
  /** From our request to the upstream's answer. */
  clientOperation(seconds: number, labels: OperationMeasure): void;
  decision(effect: 'allow' | 'deny' | 'hold'): void;
  policyEvaluation(seconds: number): void;
  receiptsAppended(count: number): void;
  receiptQueueDepth(depth: number): void;
  oauthFlow(step: string, result: 'ok' | 'refused' | 'failed'): void;
  /** The compiled residual and Cedar disagreed. */
  policyDifference(): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}
