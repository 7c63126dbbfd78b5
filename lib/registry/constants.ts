/** Things of one kind that are pinned of one server; what is listed beyond is skipped. */
export const DEFINITIONS_MAX = 2_000;
/** RFC 8785 text of one definition. */
export const DEFINITION_BYTES_MAX = 256 * 1024;
/** Characters of a tool's or prompt's name, as receipts can carry it. */
export const NAME_CHARS_MAX = 256;
/** Characters of a URI or URI template. */
export const URI_CHARS_MAX = 8_192;
/** Servers kept in memory, over all tenants; unknown ids that were asked for count too. */
export const SERVERS_CACHED_MAX = 2_000;
/** A cached server is confirmed against the database after this long even when nobody said that it changed. */
export const SERVER_CONFIRM_MS = 5_000;
/** A server that could not be confirmed for this long is no longer served from memory. */
export const SERVER_STALE_MS = 30_000;
/** Hash that no definition has: of what can't be hashed, or whose own is not known. */
export const NO_HASH = '0'.repeat(64);
/** NOTIFY channel: the payload is the tenant's id. */
export const REGISTRY_CHANNEL = 'registry';
/** Characters of one list of names in a receipt, whose details have a limit of their own. */
export const NAMES_IN_RECEIPT_CHARS_MAX = 2_500;
