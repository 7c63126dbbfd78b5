export const PORT_DEFAULT = 3000;
/** Loopback: whoever wants to be reached from outside says so. */
export const HOST_DEFAULT = '127.0.0.1';
export const DATA_DIR_DEFAULT = '.countersign';
export const BODY_BYTES_MAX_DEFAULT = 4 * 1024 * 1024;
export const RESULT_BYTES_MAX_DEFAULT = 16 * 1024 * 1024;
export const UPSTREAM_TIMEOUT_MS_DEFAULT = 60_000;
export const BACKUP_RETENTION_DAYS_DEFAULT = 30;
export const BACKUP_RETENTION_DAYS_MAX = 3_650;
/** A body or result is held in memory: beyond this, several at once would be a danger. */
export const BYTES_MAX_CEILING = 64 * 1024 * 1024;
export const UPSTREAM_TIMEOUT_MS_CEILING = 3_600_000;
/** Beginnings of sign-ins and of authorizations, of one address in a minute. */
export const BEGINNINGS_DEFAULT = 300;
export const BEGINNINGS_MAX = 1_000_000;
/** Calls under way when a process is told to stop get this long; whoever supervises it must wait longer. */
export const DRAIN_MS_DEFAULT = 20_000;
export const DRAIN_MS_CEILING = 3_600_000;
export const DRAIN_DELAY_MS_CEILING = 300_000;
export const WORKERS_MAX = 64;
/** Secrets of tenant files come from variables of this prefix only, so that a file can't name DATABASE_URL. */
export const SECRET_PREFIX = 'COUNTERSIGN_SECRET_';
/** Words that documentation, images and tutorials use as passwords and secrets; digits and punctuation around them don't help. */
export const KNOWN_PASSWORDS: readonly string[] = [
  'password',
  'postgres',
  'countersign',
  'changeme',
  'changethis',
  'replaceme',
  'secret',
  'clientsecret',
  'yoursecret',
  'admin',
  'root',
  'test',
  'demo',
  'example',
  'default',
];
/** Below this, a value without any letter is guessed. */
export const LETTERLESS_SECRET_MIN = 16;
