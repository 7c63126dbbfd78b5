/** Every limit of receipts, unit in the name. */

/** Texts made at once by the random pool. */
export const RANDOM_POOL_ITEMS = 512;
/** Constant parts of disclosures kept per name, and how long one may be to be kept. */
export const DISCLOSURE_PARTS_MAX = 4_096;
export const DISCLOSURE_PART_CHARS_MAX = 2_048;

/** A batch is one row: at most this many leaves and bytes of sealed bodies. */
export const BATCH_LEAVES_MAX = 256;
export const BATCH_BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Receipts waiting to be appended, per log; more are refused. */
export const QUEUE_RECEIPTS_MAX = 8_192;
export const QUEUE_BODY_BYTES_MAX = 256 * 1024 * 1024;
/** A batch that another process overtook is placed anew this often before it takes the lock. */
export const FAST_TRIES = 4;
/** From so many calls under way on, a batch waits for three quarters of them, and not for half. */
export const MANY_CALLS = 8;
/** A batch waits no longer than this for company. */
export const FLUSH_WAIT_MS = 1;
/** An attempt that is not committed by then is refused: nothing is forwarded. */
export const ATTEMPT_WAIT_MS = 2_000;
/** The caller of an outcome is told by then; the outcome itself is kept and retried. */
export const OUTCOME_WAIT_MS = 5_000;
/** How often waiting receipts are checked against those limits. */
export const DEADLINE_CHECK_MS = 200;
/** Nobody waits longer for the database's answer to one batch: it is then looked up. */
export const BATCH_ANSWER_MS = 8_000;
/** `flush` is answered by then. */
export const FLUSH_ANSWER_MS = 10_000;
export const RETRY_MIN_MS = 20;
export const RETRY_MAX_MS = 1_000;
/** `close` waits this long for outcomes to be committed. */
export const CLOSE_WAIT_MS = 10_000;

/** Logs kept loaded by one process. */
export const LOGS_LOADED_MAX = 1_000;
/** Key rings of tenants kept by one process. */
export const RINGS_MAX = 2_000;
/** HMACs of client ids kept per log. */
export const CLIENT_LOOKUPS_MAX = 4_096;
/** Sealers of persons kept per log, and how long. */
export const SEALERS_MAX = 1_024;
export const SEALER_KEPT_MS = 60_000;

/** FORMATS 1: context and values above this become bodies. */
export const INLINE_TEXT_BYTES_MAX = 1_024;

/** FORMATS 3: after a rotation both log keys sign for this long. */
export const LOG_KEY_OVERLAP_MS = 90 * 24 * 60 * 60 * 1_000;

/** Closing a log for good waits this long for the outcomes of calls under way. */
export const CLOSE_LOG_GRACE_MS = 10_000;
export const CLOSE_LOG_POLL_MS = 250;

/** Batches of a dead replica read at once. */
export const RECOVERY_BATCHES = 32;

/** Outbox rows appended at once. */
export const OUTBOX_ROWS_MAX = 200;

/** Counts of refusals become a receipt this often. */
export const AGGREGATE_EVERY_MS = 60_000;

/** Entries of a page, and how much of the log is looked at to fill it: a search works in bounded stretches. */
export const SEARCH_PAGE_MAX = 200;
export const SEARCH_LEAVES_MAX = 8_000;
/** Batches read at once: more of them where they are small. */
export const SEARCH_BATCHES_AT_ONCE = 20;
export const SEARCH_BATCHES_AT_ONCE_MAX = 200;
export const SEARCH_LEAVES_AT_ONCE = 1_000;
/** Beyond every index. */
export const SEARCH_INDEX_END = 2n ** 62n;
/** To find the rarest of several terms, rows of each are counted no further than this. */
export const SEARCH_TERM_ROWS_MAX = 1_000;
/** Ids read to find where a time begins or ends in the log. */
export const SEARCH_RANGE_IDS_MAX = 10_000;
/** A receipt's id is given before its time is noted, by the length of a call at most; clocks of replicas differ less. */
export const SEARCH_ID_LEAD_MS = 15 * 60 * 1_000;
export const SEARCH_CLOCK_SKEW_MS = 60 * 1_000;
/** Receipts of one bundle. */
export const BUNDLE_RECEIPTS_MAX = 1_000;
/** Of the bodies in one bundle, all together: it is made in memory. */
export const BUNDLE_BODY_BYTES_MAX = 64 * 1024 * 1024;
/** Ids in the details of one `read` receipt. */
export const READ_RECEIPT_IDS_MAX = 300;

/** An audit reads so many batches at once, looks up so many ids at once, and names so many receipts of each finding. */
export const AUDIT_BATCHES_AT_ONCE = 50;
export const AUDIT_IDS_AT_ONCE = 500;
export const AUDIT_LISTED_MAX = 100;

/** The high-water file is written at most this often. */
export const HIGH_WATER_EVERY_MS = 250;
