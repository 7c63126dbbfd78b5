import { assert } from '#lib/core';
import type { SignedPayload } from '#lib/evidence';

export interface ParsedLeaf {
  /** The JWT, or an attempt's text. */
  readonly text: string;
  readonly payload: SignedPayload;
  /** An attempt has no signature of its own. */
  readonly isJwt: boolean;
}

/** Reads a leaf that this log itself wrote. */
export function parseLeaf(leaf: Uint8Array): ParsedLeaf {
  const text = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('utf8');
  const isJwt = !text.startsWith('{');
  const encoded = isJwt ? text.split('.')[1] : undefined;
  assert(!isJwt || encoded !== undefined, 'a leaf is a JWT or an attempt');
  const json = encoded === undefined ? text : Buffer.from(encoded, 'base64url').toString('utf8');
  return { text, payload: JSON.parse(json) as SignedPayload, isJwt };
}
