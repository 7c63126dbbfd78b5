import { canonicalJson } from '#lib/core';
import { DISCLOSURE_PARTS_MAX } from './constants.ts';

const known = new Map<string, string>();

/** RFC 8785 text of a string that many receipts share (a server's id, a tool's name). */
export function quoted(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= DISCLOSURE_PARTS_MAX) known.clear();
  const made = canonicalJson(text);
  known.set(text, made);
  return made;
}
