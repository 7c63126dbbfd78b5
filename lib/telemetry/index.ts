/**
 * telemetry: what the process says about itself.
 * Owns the log with its redaction, request references, the metrics under their published names, and the traces of calls.
 * Never holds a person's name, address, argument or token: a label is from a closed set or a registered name.
 * Promise: a secret that reaches a log call by accident does not reach the log line.
 */
export type * from './types.ts';
export { createTelemetry, startTelemetry } from './create-telemetry.ts';
export { readTraceContext } from './trace-context.ts';
