/** Hidden form field that carries the CSRF token. */
export const CSRF_FIELD = 'csrf_token';

/** Header that carries it with JSON bodies. */
export const CSRF_HEADER = 'x-csrf-token';

/** Members of a form or query: beyond, somebody is filling memory. */
export const FIELDS_MAX = 200;

/** Longest path and query that a sign-in comes back to. */
export const RETURN_TO_CHARS_MAX = 2_048;

/** Problems of one input that are listed. */
export const INPUT_ERRORS_MAX = 20;

/** Requests that leave a row for a stranger are counted so long; an office may share one address. */
export const STRANGERS_WINDOW_MS = 60_000;
/** How many addresses' shares a tenant has for all together. */
export const STRANGER_ADDRESSES = 10;
/** Once a few addresses have used those up, others still get this part of a share each, */
export const STRANGER_PART_IN_CROWD = 1 / 20;
/** as long as it is no more than so many shares for all together. */
export const STRANGER_ADDRESSES_IN_CROWD = 50;
