import { TRACEPARENT_CHARS_MAX, TRACESTATE_CHARS_MAX, TRACESTATE_MEMBERS_MAX } from './constants.ts';
import type { CallerContext } from './types.ts';

const TRACE_PARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const STATE_MEMBER =
  /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const SAMPLED = 1;

/**
 * The trace that a caller says it is part of (W3C Trace Context). What is malformed or too long is no trace, and a state
 * without its parent means nothing.
 */
export function readTraceContext(traceparent: unknown, tracestate: unknown): CallerContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > TRACEPARENT_CHARS_MAX) return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACE_PARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  const sampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  const context = { traceparent, traceId, spanId, sampled };
  return isTraceState(tracestate) ? { ...context, tracestate } : context;
}

function isTraceState(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > TRACESTATE_CHARS_MAX) return false;
  const members = value.split(',').map((member) => member.trim());
  const named = members.filter((member) => member !== '');
  return named.length <= TRACESTATE_MEMBERS_MAX && named.every((member) => STATE_MEMBER.test(member));
}
