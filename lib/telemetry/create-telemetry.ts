import { destination as pinoDestination, pino, stdTimeFunctions } from 'pino';
import { createMetrics } from './create-metrics.ts';
import { createRequestIds } from './request-ids.ts';
import { redact, scrub } from './redact.ts';
import type { Telemetry, TelemetryOptions } from './types.ts';

const STANDARD_ERROR = 2;

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
