import { assert } from '#lib/core';
import { HASH_BYTES, UINT64_MAX } from './constants.ts';
import { emptyRoot, nodeHash } from './hash-tree.ts';
import type { CompactRange, Sha256 } from './types.ts';

export const EMPTY_RANGE: CompactRange = { size: 0n, hashes: [] };

/** Called for every perfect subtree that an append completes, leaves included: what tiles are filled from. */
export type OnNode = (level: number, index: bigint, hash: Uint8Array) => void;

/** The range with one leaf more. Its cost is one hash a leaf on average. */
export function appendLeaf(h: Sha256, range: CompactRange, leaf: Uint8Array, onNode?: OnNode): CompactRange {
  return appendLeaves(h, range, [leaf], onNode);
}

/** The range with several leaves more, in order; copies the right edge once. */
export function appendLeaves(
  h: Sha256,
  range: CompactRange,
  leaves: readonly Uint8Array[],
  onNode?: OnNode,
): CompactRange {
  const hashes = [...range.hashes];
  let size = range.size;
  for (const leaf of leaves) {
    let node = leaf;
    let level = 0;
    onNode?.(0, size, node);
    // Each trailing one bit of the old size is a perfect subtree that the new one closes with.
    for (let rest = size; (rest & 1n) === 1n; rest >>= 1n) {
      const left = hashes.pop();
      assert(left, 'a compact range has one hash per bit of its size');
      node = nodeHash(h, left, node);
      level += 1;
      onNode?.(level, rest >> 1n, node);
    }
    hashes.push(node);
    size += 1n;
  }
  assert(size <= UINT64_MAX, 'a tree has at most 2^64 - 1 leaves');
  return { size, hashes };
}

/** RFC 6962 root of the range. */
export function rootOf(h: Sha256, range: CompactRange): Uint8Array {
  let root: Uint8Array | undefined;
  for (let index = range.hashes.length - 1; index >= 0; index -= 1) {
    const hash = range.hashes[index];
    assert(hash, 'index is in range');
    root = root === undefined ? hash : nodeHash(h, hash, root);
  }
  return root ?? emptyRoot(h);
}

/** The range's hashes one after the other; the size is stored apart. */
export function encodeFrontier(range: CompactRange): Uint8Array {
  const bytes = new Uint8Array(range.hashes.length * HASH_BYTES);
  range.hashes.forEach((hash, index) => bytes.set(hash, index * HASH_BYTES));
  return bytes;
}

/** The range of `size` leaves from its stored hashes, or undefined when their number does not fit the size. */
export function decodeFrontier(size: bigint, bytes: Uint8Array): CompactRange | undefined {
  if (size < 0n || size > UINT64_MAX || bytes.length !== countOnes(size) * HASH_BYTES) return undefined;
  const hashes: Uint8Array[] = [];
  // Copied, not sliced: a Buffer's slice would keep the whole database row alive.
  for (let at = 0; at < bytes.length; at += HASH_BYTES)
    hashes.push(new Uint8Array(bytes.subarray(at, at + HASH_BYTES)));
  return { size, hashes };
}

function countOnes(size: bigint): number {
  let ones = 0;
  for (let rest = size; rest > 0n; rest >>= 1n) ones += Number(rest & 1n);
  return ones;
}
