const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A sign-in not completed by then starts anew. */
export const SIGN_IN_ATTEMPT_MS = 10 * MINUTE_MS;

/** A browser session without a request ends. */
export const SESSION_IDLE_MS = 8 * HOUR_MS;

/** A browser session ends, whatever the activity: groups are as old as this at most. */
export const SESSION_ABSOLUTE_MS = 24 * HOUR_MS;

/** Activity is written down this often at most. */
export const SESSION_TOUCH_MS = MINUTE_MS;

/** Random bytes in a session cookie, a state, a binding cookie. */
export const SECRET_BYTES = 32;

/** A dynamic client that never got a grant ends. */
export const UNUSED_AGENT_MS = 24 * HOUR_MS;

/** Dynamic clients of a tenant that wait for their first grant: anybody may register, so somebody will fill the table. */
export const UNUSED_AGENTS_MAX = 1_000;

/** Groups of one person. Entra ID itself stops at 200. */
export const GROUPS_MAX = 1_000;

/** Characters of one group's name or id. */
export const GROUP_CHARS_MAX = 256;

/** Characters of all groups in one text, where the tenant's provider sends them so. */
export const GROUPS_TEXT_CHARS_MAX = 65_536;

/** Levels of a groups claim inside others. */
export const GROUPS_PATH_MAX = 5;

/** Characters of a claim's name. */
export const CLAIM_NAME_CHARS_MAX = 255;

/** A DNS name of 253 characters with its port. */
export const ENDPOINT_HOST_CHARS_MAX = 259;
/** Token endpoint, keys and userinfo, each at an old and a new place. */
export const ENDPOINT_HOSTS_MAX = 6;

/** Characters of `sub`: OpenID Connect Core §2. */
export const SUBJECT_CHARS_MAX = 255;

/** Characters of a display name that are kept. */
export const NAME_CHARS_MAX = 200;

/** Characters of an email address (RFC 5321 §4.5.3.1). */
export const EMAIL_CHARS_MAX = 254;

/** Characters of a path that a sign-in returns to. */
export const RETURN_TO_CHARS_MAX = 2_048;

/** Discovery documents are read again after this. */
export const PROVIDER_METADATA_MS = 10 * MINUTE_MS;

/** Providers whose metadata and keys are held. */
export const PROVIDERS_MAX = 200;

/** One request to a provider, discovery to userinfo. */
export const PROVIDER_TIMEOUT_SECONDS = 10;

/** Seconds by which a provider's clock may differ from ours. */
export const CLOCK_TOLERANCE_SECONDS = 30;

/** Tenants held by slug, unknown slugs included. */
export const TENANTS_CACHED_MAX = 10_000;

/** A tenant read is believed for this long; changes are announced besides. */
export const TENANT_CACHE_MS = 30 * SECOND_MS;

export const PEOPLE_CACHED_MAX = 20_000;
export const PERSON_CACHE_MS = 60 * SECOND_MS;
export const AGENTS_CACHED_MAX = 20_000;
export const AGENT_CACHE_MS = 60 * SECOND_MS;

/** Entries of a list page. */
export const LIST_MAX = 200;

/** Shortest secret of an agent. */
export const AGENT_SECRET_CHARS_MIN = 16;

/** Bytes of the random part of a person's reference: 22 base64url characters. */
export const REFERENCE_BYTES = 16;

export const DAY_MS = 24 * HOUR_MS;

/** Claims that the report of a test sign-in lists, and characters of each value. */
export const REPORTED_CLAIMS_MAX = 100;
export const REPORTED_VALUE_CHARS_MAX = 1_000;
