/** The one scope: to call a server's tools, prompts and resources within the tenant's policy. */
export const MCP_SCOPE = 'mcp';
/** Accepted because clients ask for it; refresh tokens depend on the client's grant types alone. */
export const OFFLINE_SCOPE = 'offline_access';

/** Short, because a revocation that could not be delivered must end by itself. */
export const ACCESS_TOKEN_SECONDS = 600;
/** A browser brings the code straight to the client (RFC 6749 §4.1.2 recommends 10 minutes at most). */
export const AUTHORIZATION_CODE_SECONDS = 60;
/** Time to sign in and to read the consent page (MCP best practices: 10 minutes at most). */
export const INTERACTION_SECONDS = 600;
/** ASVS 10.4.8: refresh tokens end absolutely. */
export const GRANT_SECONDS_DEFAULT = 12 * 3600;
/** Clients with several processes race on one refresh token; within this time both get the same answer. */
export const REFRESH_REPLAY_SECONDS_DEFAULT = 10;
/** How long the loser of such a race waits for the winner's answer. */
export const REPLAY_WAIT_MS = 3_000;
export const REPLAY_POLL_MS = 25;

/** A public authorization server must bound what a stranger can make it read. */
export const BODY_BYTES_MAX = 56 * 1024;
export const TOKEN_CHARS_MAX = 4_096;
export const CLIENT_NAME_CHARS_MAX = 200;
export const CLIENT_URI_CHARS_MAX = 2_048;
export const REDIRECT_URIS_MAX = 10;
export const CLIENT_KEYS_MAX = 10;
export const CLIENT_SECRET_BYTES = 32;

/** Providers, one per tenant and signing key. */
export const PROVIDERS_MAX = 100;
export const PROVIDER_AGE_MS = 10 * 60_000;
export const SETTINGS_CACHED_MAX = 1_000;
export const SETTINGS_AGE_MS = 5_000;

/** Verified tokens kept for the call path. */
export const CHECKED_TOKENS_MAX = 20_000;
/** After this a cached principal is read anew, even if nobody announced a change. */
export const CHECKED_TOKEN_AGE_MS = 30_000;
/** Readings of a principal's rows while somebody, anywhere, loses access: one tenant's haste must not stop the others. */
export const READINGS_MAX = 5;
export const VERIFY_KEYS_MAX = 1_000;
/** How long a verification key is believed before the key set is read again. */
export const VERIFY_KEYS_AGE_MS = 30_000;
/** `iat` may lie this far ahead: clocks of replicas differ. */
export const CLOCK_SKEW_SECONDS = 5;

export const METADATA_AGE_SECONDS = 300;
/** A stranger's invented `kid` costs one read of the key set a second at most. */
export const UNKNOWN_KEY_RETRY_MS = 1_000;
/** A used code is remembered this long, so that presenting it again still ends what came of it. */
export const USED_CODE_KEPT_SECONDS = GRANT_SECONDS_DEFAULT;
/** An authorization request's query; longer ones are nobody's. */
export const QUERY_CHARS_MAX = 8_192;
/** Grants of one agent on its page in the console; the count beside them tells the rest. */
export const GRANTS_SHOWN_MAX = 200;
