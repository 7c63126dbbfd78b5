import { equalBytes } from '#lib/core';
import { HASH_BYTES, UINT64_MAX } from './constants.ts';
import { nodeHash } from './hash-tree.ts';
import type { ConsistencyClaim, InclusionClaim, Sha256 } from './types.ts';

/**
 * RFC 9162 §2.1.3.2. False for an index outside the tree, a path of another length than the tree's, hashes that
 * are not 32 bytes, sizes beyond uint64, and of course another leaf or root. Everything in the claim may be hostile.
 */
export function verifyInclusion(h: Sha256, claim: InclusionClaim): boolean {
  const root = rootFromInclusion(h, claim);
  return root !== undefined && equalBytes(root, claim.root);
}

/** The root that leaf, index, size and path imply, or undefined when the path does not fit index and size. */
export function rootFromInclusion(h: Sha256, claim: Omit<InclusionClaim, 'root'>): Uint8Array | undefined {
  const { index, size, leafHash, proof } = claim;
  if (index < 0n || index >= size || size > UINT64_MAX || !areHashes([leafHash, ...proof])) return undefined;
  let [node, last, root] = [index, size - 1n, leafHash];
  for (const sibling of proof) {
    if (last === 0n) return undefined;
    if ((node & 1n) === 1n || node === last) {
      root = nodeHash(h, sibling, root);
      // A right edge that has no sibling on the next levels rises until it is a right child.
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      root = nodeHash(h, root, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n ? root : undefined;
}

/**
 * RFC 9162 §2.1.4.2. False from size 0: everything is an extension of nothing, so such a proof shows nothing.
 * Equal sizes need an empty proof and equal roots.
 */
export function verifyConsistency(h: Sha256, claim: ConsistencyClaim): boolean {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  if (oldSize <= 0n || oldSize > newSize || newSize > UINT64_MAX) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (!areHashes([oldRoot, newRoot, ...proof])) return false;
  const isPowerOfTwo = (oldSize & (oldSize - 1n)) === 0n;
  const [seed, ...path] = isPowerOfTwo ? [oldRoot, ...proof] : proof;
  if (seed === undefined) return false;
  const roots = foldConsistency(h, oldSize, newSize, seed, path);
  return roots !== undefined && equalBytes(roots.old, oldRoot) && equalBytes(roots.new, newRoot);
}

function foldConsistency(
  h: Sha256,
  oldSize: bigint,
  newSize: bigint,
  seed: Uint8Array,
  path: readonly Uint8Array[],
): { old: Uint8Array; new: Uint8Array } | undefined {
  let [node, last] = [oldSize - 1n, newSize - 1n];
  while ((node & 1n) === 1n) [node, last] = [node >> 1n, last >> 1n];
  let [oldRoot, newRoot] = [seed, seed];
  for (const hash of path) {
    if (last === 0n) return undefined;
    if ((node & 1n) === 1n || node === last) {
      oldRoot = nodeHash(h, hash, oldRoot);
      newRoot = nodeHash(h, hash, newRoot);
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      newRoot = nodeHash(h, newRoot, hash);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n ? { old: oldRoot, new: newRoot } : undefined;
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every((value) => value.length === HASH_BYTES);
}
