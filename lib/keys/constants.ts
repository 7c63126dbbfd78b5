export const KEY_BYTES = 32;
/** Plaintext keys leave memory after this long, whatever happens (FORMATS 5). */
export const KEY_CACHED_MS = 5 * 60_000;
/** From this age on keys are read again, beside those who use the ones at hand. */
export const KEY_RELOADED_AFTER_MS = 3 * 60_000;
/** Nobody is handed older ones: a sealer is good for at least the difference to the end, a minute. */
export const KEY_HANDED_OUT_MS = 4 * 60_000;
/** Sets of keys in memory: one per person and a few per tenant. */
export const KEY_SETS_MAX = 20_000;
export const SIGNERS_MAX = 5_000;
/** Public halves known to be a tenant's own. Small: a name and 32 bytes each. */
export const PROVEN_KEYS_MAX = 20_000;
/** A signing thread that ended is not started again at once: without it signatures are made on the spot. */
export const SIGNING_THREAD_PAUSE_MS = 60_000;
/** How often an envelope that names an unknown key may cause a look at the database, per tenant. */
export const UNKNOWN_KEY_RELOAD_MS = 1_000;
/** Tokens live ten minutes at most; a verifier's cached key set and clocks that differ come on top. */
export const RETIRED_TOKEN_KEY_PUBLISHED_MS = 60 * 60_000;

/** A header is short: ids, names of ours, two digests. */
export const ENVELOPE_HEADER_BYTES_MAX = 4_096;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;
export const SALT_BYTES = 32;
export const COMMITMENT_BYTES = 32;

export const CHANGES_CHANNEL = 'keys';
