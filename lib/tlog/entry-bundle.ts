import { assert } from '#lib/core';
import { ENTRY_BYTES_MAX } from './constants.ts';

const LENGTH_BYTES = 2;

/** tlog-tiles entry bundle: each entry as uint16 big-endian length and bytes. An entry above 65,535 bytes is a defect. */
export function encodeEntryBundle(leaves: readonly Uint8Array[]): Uint8Array {
  const total = leaves.reduce((bytes, leaf) => bytes + LENGTH_BYTES + leaf.length, 0);
  const bundle = new Uint8Array(total);
  let at = 0;
  for (const leaf of leaves) {
    assert(leaf.length <= ENTRY_BYTES_MAX, 'an entry of a bundle has at most 65,535 bytes');
    bundle[at] = leaf.length >> 8;
    bundle[at + 1] = leaf.length & 0xff;
    bundle.set(leaf, at + LENGTH_BYTES);
    at += LENGTH_BYTES + leaf.length;
  }
  return bundle;
}

/** The entries of a bundle, as views into it, or undefined when its bytes do not end with an entry. */
export function decodeEntryBundle(bundle: Uint8Array): Uint8Array[] | undefined {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const [high, low] = [bundle[at], bundle[at + 1]];
    if (high === undefined || low === undefined) return undefined;
    const start = at + LENGTH_BYTES;
    at = start + ((high << 8) | low);
    if (at > bundle.length) return undefined;
    leaves.push(bundle.subarray(start, at));
  }
  return leaves;
}
