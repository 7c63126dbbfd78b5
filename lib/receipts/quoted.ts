import { canonicalJson, keepAtHand } from '#lib/core';
import { DISCLOSURE_PARTS_MAX } from './constants.ts';

const known = new Map<string, string>();

/** RFC 8785 text of a string that many receipts share (a server's id, a tool's name). */
export function quoted(text: string): string {
  return known.get(text) ?? keepAtHand(known, DISCLOSURE_PARTS_MAX, text, canonicalJson(text));
}
