import { err, ok, type Result } from '#lib/core';
import { CLIENT_URI_CHARS_MAX } from './constants.ts';

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Schemes that run script, read files or are never an app's own link. */
const FORBIDDEN_SCHEMES = new Set([
  'about:',
  'blob:',
  'chrome:',
  'data:',
  'file:',
  'filesystem:',
  'ftp:',
  'intent:',
  'javascript:',
  'mailto:',
  'tel:',
  'urn:',
  'vbscript:',
  'view-source:',
  'ws:',
  'wss:',
]);

/** Control characters, spaces and what some parser reads as another host. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const SUSPICIOUS = /[\u0000-\u0020\u007f-\u{10ffff}\\*<>"`{}|^]/u;

export type RedirectKind = 'https' | 'loopback' | 'app';

/**
 * Which kind of redirect URI this is: https, http on this very machine (RFC 8252 §7.3), or an app's own scheme
 * (§7.1). Anything else is refused with what to change.
 */
export function parseRedirectUri(text: string): Result<RedirectKind, string> {
  if (text.length > CLIENT_URI_CHARS_MAX) return err(`is longer than ${CLIENT_URI_CHARS_MAX} characters`);
  if (SUSPICIOUS.test(text)) return err('contains a character that does not belong in a redirect URI');
  const url = URL.parse(text);
  if (!url) return err('is not an absolute URI');
  if (text.includes('#')) return err('must not have a fragment');
  if (url.username !== '' || url.password !== '') return err('must not carry a user name or password');
  if (url.protocol === 'https:') {
    return LOOPBACK_HOSTS.has(url.hostname)
      ? err('uses https on a loopback host: use http there')
      : ok('https');
  }
  if (url.protocol === 'http:') {
    return LOOPBACK_HOSTS.has(url.hostname)
      ? ok('loopback')
      : err('uses http: only a loopback host may, every other needs https');
  }
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return err(`uses the scheme ${url.protocol} which is not allowed`);
  return ok('app');
}

/** What a person is shown of a redirect URI: its host and port, or the app's scheme. */
export function redirectHostOf(text: string): string {
  const url = URL.parse(text);
  if (!url) return text;
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.host : url.protocol;
}

export function isLoopbackRedirect(text: string): boolean {
  const parsed = parseRedirectUri(text);
  return parsed.ok && parsed.value === 'loopback';
}
