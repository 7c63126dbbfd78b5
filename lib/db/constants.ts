/** Every limit of db, unit in the name. */

/** A lease is renewed this often, */
export const LEASE_RENEW_MS = 3_000;
/** and ends this long after its last renewal. */
export const LEASE_TTL_MS = 15_000;
/**
 * Whoever finds a lease that has run out looks again after this long: when PostgreSQL was away, everybody's has, and who
 * lives renews it meanwhile.
 */
export const LEASE_SUSPECT_MS = 4_500;

/** Each replica reads the revocation head this often, NOTIFY or not. */
export const REVOCATION_POLL_MS = 250;
/** Unconfirmed for longer, a replica must ask per call or refuse (DESIGN 6). */
export const REVOCATION_FRESH_MS = 1_000;
/** A confirmation that takes longer is given up: its connection counts as dead. */
export const REVOCATION_QUERY_TIMEOUT_MS = 800;
/** Revocations handed to subscribers per read. */
export const REVOCATION_PAGE_ROWS = 500;

/** LISTEN connection: a heartbeat this often finds one that died in silence. */
export const LISTEN_HEARTBEAT_MS = 2_000;
export const LISTEN_HEARTBEAT_TIMEOUT_MS = 2_000;
export const LISTEN_RECONNECT_MIN_MS = 50;
export const LISTEN_RECONNECT_MAX_MS = 2_000;

/**
 * Timeouts of the raw connections that append receipts: a stuck writer must not hold a tenant's log head. One that froze
 * inside an append loses its lock before those who wait for it give up.
 */
export const SQL_LOCK_TIMEOUT_MS = 2_000;
export const SQL_STATEMENT_TIMEOUT_MS = 5_000;
export const SQL_IDLE_IN_TRANSACTION_TIMEOUT_MS = 1_000;
/** Timeouts of Prisma's connections. */
export const LOCK_TIMEOUT_MS = 5_000;
export const STATEMENT_TIMEOUT_MS = 10_000;
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
export const CONNECT_TIMEOUT_MS = 5_000;
export const TRANSACTION_TIMEOUT_MS = 10_000;
export const TRANSACTION_WAIT_MS = 5_000;
/** Of Prisma's connections, what transactions leave to reads beside them. */
export const TRANSACTION_SPARE_SHARE = 0.3;
/** PostgreSQL ends a statement by itself; one that does not answer at all is given up this much later. */
export const ANSWER_GRACE_MS = 1_000;
/** How often lanes are looked after; a connection that was not used in between goes back to its pool. */
export const LANE_WATCH_MS = 250;
/** Distinct statement texts of `sql`: more means a text is being built from data. */
export const SQL_STATEMENTS_MAX = 500;
/** NOTIFY's own limit is 8000 bytes. */
export const NOTIFY_PAYLOAD_BYTES_MAX = 7_900;

/** Embedded PostgreSQL: how long its start, recovery after a crash included, and its stop may take. */
export const POSTGRES_START_TIMEOUT_MS = 60_000;
export const POSTGRES_STOP_TIMEOUT_MS = 20_000;
export const POSTGRES_PASSWORD_BYTES = 24;
/** PostgreSQL's own log is emptied at a start that finds it larger. */
export const POSTGRES_LOG_BYTES_MAX = 10_000_000;
/** Lease, revocation head, NOTIFY, ping: one-row statements that are either quick or failing. */
export const CONTROL_STATEMENT_TIMEOUT_MS = 2_000;
/** Prisma clients kept for tenants, most recently used. */
export const TENANT_CLIENTS_MAX = 1_000;
/** What nobody needs any more of leases and revocations is kept this long. */
export const HOUSEKEEPING_KEEP_HOURS = 24;
