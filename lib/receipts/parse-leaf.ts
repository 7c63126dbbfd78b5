import { assert, isJsonObject, type Json } from '#lib/core';
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

/** Undefined for what no log here has written: somebody else may write anything into a row, under a hash that fits. */
export function readPayload(leaf: Uint8Array): SignedPayload | undefined {
  try {
    const { payload } = parseLeaf(leaf);
    return isJsonObject(payload as unknown as Json) && Number.isSafeInteger(payload.iat)
      ? payload
      : undefined;
  } catch {
    return undefined;
  }
}
