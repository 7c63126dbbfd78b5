/**
 * telemetry: what the process says about itself.
 * Owns the log with its redaction, request references, and the metrics under their published names.
 * Never holds a person's name, address, argument or token: a label is from a closed set or a registered name.
 * Promise: a secret that reaches a log call by accident does not reach the log line.
 */
export type * from './types.ts';
export { createTelemetry } from './create-telemetry.ts';
