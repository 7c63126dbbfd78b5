import { HASH_BYTES } from './constants.ts';
import type { Sha256 } from './types.ts';

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** RFC 6962 §2.1: SHA-256(0x00 ‖ data). The prefixes keep a leaf from ever being read as a node. */
export function leafHash(h: Sha256, data: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + data.length);
  input[0] = LEAF_PREFIX;
  input.set(data, 1);
  return h(input);
}

/** RFC 6962 §2.1: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(h: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = NODE_PREFIX;
  input.set(left, 1);
  input.set(right, 1 + HASH_BYTES);
  return h(input);
}

/** Root of the tree without leaves: SHA-256 of the empty string. */
export function emptyRoot(h: Sha256): Uint8Array {
  return h(new Uint8Array(0));
}
