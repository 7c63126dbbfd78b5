/** Hex digits of SHA-256 in a view's label: a full digest is one character too long for a DNS label. */
export const VIEW_LABEL_HEX_DIGITS = 32;

/** Longest Host header considered: a DNS name and a port. */
export const HOST_CHARS_MAX = 253 + 6;

/** Longest X-Forwarded-For considered; beyond, the header says nothing. */
export const FORWARDED_FOR_CHARS_MAX = 2_048;
/** Addresses whose one spelling is kept at hand, and how long a text may be to be kept. */
export const ADDRESSES_KEPT_MAX = 1_000;
export const ADDRESS_CHARS_MAX = 64;

/** One year, as ASVS 5.0 3.4.1 asks. */
export const HSTS_SECONDS = 31_536_000;

/** Longest Cookie header parsed. */
export const COOKIE_HEADER_CHARS_MAX = 16_384;

/** Request header in which middleware.ts hands the original path and query to the pages; always overwritten there. */
export const ORIGINAL_PATH_HEADER = 'x-countersign-path';

/** Request header in which middleware.ts hands a page its nonce; always overwritten there. */
export const NONCE_HEADER = 'x-countersign-nonce';

/** Response header with the reference that finds the request's log lines. */
export const REQUEST_ID_HEADER = 'countersign-request';

/** Addresses whose match is kept at hand, and how long one may be to be kept. */
export const MATCHES_KEPT_MAX = 1_000;
export const MATCHED_PATH_CHARS_MAX = 256;
