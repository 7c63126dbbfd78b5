import { KNOWN_PASSWORDS, LETTERLESS_SECRET_MIN, SECRET_PREFIX } from './constants.ts';
import type { Environment } from './types.ts';

/** Names of `COUNTERSIGN_SECRET_*` variables that hold what documentation, images and tutorials made public. */
export function publicSecrets(environment: Environment): readonly string[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith(SECRET_PREFIX) && value !== undefined && isKnownSecret(value))
    .map(([name]) => name);
}

/** The value itself, or as it stands percent-encoded in a URL; `changeme-1` and the like count as the same. */
export function isKnownSecret(value: string): boolean {
  const decoded = decode(value);
  const words = decoded.toLowerCase().replace(/[\d\W_]+/g, '');
  return words === '' ? decoded.length < LETTERLESS_SECRET_MIN : KNOWN_PASSWORDS.includes(words);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
