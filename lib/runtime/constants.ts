/** Requests in work at once per process; beyond it a 503 with Retry-After costs less than a queue that nobody drains. */
export const REQUESTS_IN_FLIGHT_MAX = 2_048;
/** A tenant holds at most so many times the places that are free: alone three quarters of them. */
export const REQUESTS_SHARE_WEIGHT = 3;
/** Requests in work at once while several tenants come, and those of one tenant that begin in any case. */
export const REQUESTS_WORKING_MAX = 8;
export const REQUESTS_WORKING_MIN = 2;
/** A request that is in work for longer makes nobody wait any more. */
export const REQUEST_WORK_MS = 1_000;
/** How often those are looked for. */
export const REQUEST_LOOK_MS = 100;
/** A tenant counts as one that comes until it has not come for so long. */
export const TENANT_RECENT_MS = 1_000;
/** What a refused client is told to wait. */
export const OVERLOAD_RETRY_AFTER_SECONDS = 1;
/** A client that sends its request more slowly than this holds a socket for nothing. */
export const REQUEST_TIMEOUT_MS = 60_000;
export const HEADERS_TIMEOUT_MS = 15_000;
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Answers of calls that were given up at the end of a drain get this long to leave. */
export const DRAIN_GRACE_MS = 2_000;
/** How often a drain closes connections that have become idle. */
export const DRAIN_SWEEP_MS = 50;
/** A readiness check that takes longer has failed. */
export const READINESS_TIMEOUT_MS = 2_000;
/** Probes within this time share one answer. */
export const READINESS_SHARED_MS = 500;
/** How often expired rows are swept. */
export const SWEEP_INTERVAL_MS = 60_000;
/** One sweep in so many visits every tenant. */
export const SWEEPS_PER_WHOLE = 60;
/** Tenants whose keys one readiness check looks at; the next one looks at others. */
export const READINESS_TENANTS_MAX = 16;
/** With the lease's own time, what a dead replica left open is closed within 30 seconds. */
export const RECOVERY_INTERVAL_MS = 3_000;
/** Clocks of replicas differ less; what waited longer for the log waited through an outage. */
export const AUDIT_CLOCK_BOUND_SECONDS = 60;
/** Connections to PostgreSQL per process. */
export const DATABASE_POOL_SIZE = 10;
/** Ending every grant of a tenant, each with its receipt, is one transaction. */
export const SETTLE_TIMEOUT_MS = 10 * 60_000;
/** Pages under way whose status is to be changed. */
export const PAGE_STATUSES_MAX = 4_096;
