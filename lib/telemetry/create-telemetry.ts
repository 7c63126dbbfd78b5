import { destination as pinoDestination, pino, stdTimeFunctions } from 'pino';
import type { Config } from '#lib/config';
import { createMetrics } from './create-metrics.ts';
import { createRequestIds } from './request-ids.ts';
import { redact, scrub } from './redact.ts';
import type { Telemetry, TelemetryOptions } from './types.ts';

const STANDARD_ERROR = 2;

/** The same with traces where the configuration names a receiver; only then is the library for them loaded. */
export async function startTelemetry({
  logLevel,
  tracing,
}: Pick<Config, 'logLevel' | 'tracing'>): Promise<Telemetry> {
  const telemetry = createTelemetry({ level: logLevel });
  if (tracing === undefined) return telemetry;
  const { createTracing } = await import('./create-tracing.ts');
  return { ...telemetry, tracing: createTracing(tracing, telemetry.logger, telemetry.metrics) };
}

/** JSON lines with redaction, and the metrics of this process. */
export function createTelemetry({ level, destination }: TelemetryOptions): Telemetry {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (details) => redact(details) as Record<string, unknown>,
        bindings: (details) => redact(details) as Record<string, unknown>,
      },
      hooks: { streamWrite: scrub },
    },
    destination ?? pinoDestination({ dest: STANDARD_ERROR, sync: false }),
  );
  return { logger, metrics: createMetrics(), requestId: createRequestIds() };
}
