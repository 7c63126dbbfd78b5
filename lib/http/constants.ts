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
