/** A process that was greeted and then never spoken to. */
export const STDIO_UNUSED_MS = 30_000;
/** Messages said before anybody listened, kept for the first stream. */
export const STDIO_KEPT_MESSAGES_MAX = 32;
export const STDIO_KEPT_BYTES_MAX = 64 * 1024;
/** Messages that nobody asked for, on average and at once; beyond that the process waits. */
export const STDIO_UNASKED_BYTES_PER_SECOND = 1024 * 1024;
export const STDIO_UNASKED_BYTES_BURST = 4 * 1024 * 1024;
/** What may wait for a slow receiver before the process behind is made to wait. */
export const STDIO_BACKLOG_BYTES = 256 * 1024;
