/** Buckets of the MCP semantic conventions, in seconds. */
export const OPERATION_BUCKETS_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
export const POLICY_BUCKETS_SECONDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05];
/** Distinct tool names that get a label of their own; the rest count as `other`, for labels are memory. */
export const TOOL_LABELS_MAX = 500;

/** The same for methods, kinds of error and protocol revisions, of which a request may name anything. */
export const OTHER_LABELS_MAX = 60;

export const REDACTED = '[redacted]';
/** Details of a log call are flat; what is deeper is cut off. */
export const REDACTION_DEPTH_MAX = 6;
