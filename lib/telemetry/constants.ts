/** Buckets of the MCP semantic conventions, in seconds. */
export const OPERATION_BUCKETS_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
export const POLICY_BUCKETS_SECONDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05];
export const BATCH_LEAVES_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
export const APPEND_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Distinct tool names that get a label of their own; the rest count as `other`, for labels are memory. */
export const TOOL_LABELS_MAX = 500;

/** The same for methods, kinds of error and protocol revisions, of which a request may name anything. */
export const OTHER_LABELS_MAX = 60;

export const REDACTED = '[redacted]';
/** Details of a log call are flat; what is deeper is cut off. */
export const REDACTION_DEPTH_MAX = 6;

/** Of one tenant's calls whose callers say that they are traced. */
export const WISHED_TRACES_PER_SECOND = 20;
/** Finished spans that wait for their export; beyond it they are dropped and counted. */
export const SPANS_WAITING_MAX = 4_096;
export const SPANS_EXPORTED_AT_ONCE = 512;
export const SPAN_EXPORT_EVERY_MS = 2_000;
/** One export with its retries. */
export const SPAN_EXPORT_TIMEOUT_MS = 10_000;
/** How long a stop waits for the last export: traces are no evidence. */
export const SPAN_FLUSH_MS = 2_000;
/** W3C Trace Context §3.3.1.5. */
export const TRACESTATE_CHARS_MAX = 512;
export const TRACESTATE_MEMBERS_MAX = 32;
/** A traceparent of a later version may be longer than today's 55 characters. */
export const TRACEPARENT_CHARS_MAX = 128;
