import { err, ok, type Json, type Result } from '#lib/core';
import { URI_CHARS_MAX } from './constants.ts';

/** Where this instance stands, which decides what may be opened. */
export interface UrlRules {
  /** Addresses here are https: then nothing else is opened. */
  readonly https: boolean;
  /** Some address of Countersign, of whichever tenant, is at this host and port. */
  readonly isOurs: (host: string) => boolean;
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;
// oxlint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]/;

/**
 * A URL that a server wants a person to open (MCP 2025-11-25, elicitation in URL mode): https, or on loopback in
 * development; without a user in it, which would pose as a host; and not an address of Countersign, whose pages must
 * never be where a server sends people.
 */
export function readOpenUrl(text: Json | undefined, rules: UrlRules): Result<URL, string> {
  if (typeof text !== 'string' || text.length > URI_CHARS_MAX) return err('url must be the text of a URL.');
  if (INVISIBLE.test(text)) return err('url holds characters that nobody sees.');
  if (!URL.canParse(text)) return err('url is not an absolute URL.');
  const url = new URL(text);
  const loopback = url.protocol === 'http:' && !rules.https && LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !loopback) return err('url must be https.');
  if (url.username !== '' || url.password !== '') return err('url must not name a user.');
  if (rules.isOurs(hostOf(url))) return err('url must not be an address of Countersign.');
  return ok(url);
}

/** A dot at the end names the same host. */
function hostOf({ hostname, port }: URL): string {
  const name = hostname.replace(/\.$/, '');
  return port === '' ? name : `${name}:${port}`;
}
