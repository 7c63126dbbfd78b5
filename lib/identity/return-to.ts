import { RETURN_TO_CHARS_MAX } from './constants.ts';

// One slash, then nothing that a browser would read as another host, then printable ASCII only.
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/** A path below the tenant's canonical URL, or `/` for anything that could lead elsewhere. */
export function safeReturnTo(text: string | undefined): string {
  if (text === undefined || text.length > RETURN_TO_CHARS_MAX) return '/';
  const path = text.split(/[?#]/)[0] ?? '';
  if (!LOCAL_PATH.test(text) || text.includes('#') || DOT_SEGMENT.test(path) || path.includes('//'))
    return '/';
  return text;
}
