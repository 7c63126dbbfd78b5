/**
 * edge: where everything is, and what surrounds a response.
 * Owns the two address templates (expand; match Host header and path), security headers and CSP of every kind of page,
 * cookie names and scopes, problem+json and its plain page, and the rule by which a client's address is believed.
 * Pure: no I/O, no clock, no randomness. Never looks at X-Forwarded-Host, X-Forwarded-Proto or a framework's request URL.
 * Promise: a request that matches no template is nobody's, never a guess.
 */
export type * from './types.ts';
export { createAddresses } from './addresses.ts';
export { clientAddress, parseTrustedProxies } from './client-address.ts';
export { securityHeaders, cspSource } from './security-headers.ts';
export { expireCookie, parseCookies, serializeCookie } from './cookies.ts';
export { plainPage, type PlainAnswer } from './plain-page.ts';
export { problemBody, problemResponse } from './problem.ts';
export { NONCE_HEADER, ORIGINAL_PATH_HEADER, REQUEST_ID_HEADER } from './constants.ts';
