import { assert } from '#lib/core';
import { COOKIE_HEADER_CHARS_MAX } from './constants.ts';
import type { CookieOptions, CookieScope } from './types.ts';

const COOKIE_VALUE = /^[A-Za-z0-9._~-]*$/;

/** A Set-Cookie line: always HttpOnly, never with a Domain, `Lax` unless told otherwise. */
export function serializeCookie({ scope, value, maxAgeSeconds, sameSite = 'Lax' }: CookieOptions): string {
  assert(COOKIE_VALUE.test(value), 'a cookie value is base64url text');
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  const secure = scope.secure ? '; Secure' : '';
  return `${scope.name}=${value}; Path=${scope.path}${age}; HttpOnly; SameSite=${sameSite}${secure}`;
}

/** The Set-Cookie line that deletes a cookie. */
export function expireCookie(scope: CookieScope): string {
  return serializeCookie({ scope, value: '', maxAgeSeconds: 0 });
}

/**
 * Name to value of a Cookie header. A name that comes twice is dropped: somebody planted one of them (from a sibling
 * host or another path), and which one is unknowable.
 */
export function parseCookies(header: string | null | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  const doubled = new Set<string>();
  if (!header || header.length > COOKIE_HEADER_CHARS_MAX) return cookies;
  for (const pair of header.split(';')) {
    const separator = pair.indexOf('=');
    if (separator === -1) continue;
    const name = pair.slice(0, separator).trim();
    if (cookies.has(name)) doubled.add(name);
    cookies.set(name, pair.slice(separator + 1).trim());
  }
  for (const name of doubled) cookies.delete(name);
  return cookies;
}
