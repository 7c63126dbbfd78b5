import { assert } from '#lib/core';
import { emptyRoot, nodeHash } from './hash-tree.ts';
import type { ReadHash, Sha256, TreeNode } from './types.ts';

/**
 * A proof is a list of subtree hashes. A subtree that is not perfect (it ends at the tree's right edge) is folded from
 * perfect ones: `span` lists those, left to right. Knowing the spans first lets a store load the tiles they live in.
 */
export type ProofSpans = readonly (readonly TreeNode[])[];

/** Which nodes an inclusion proof (RFC 6962 §2.1.1) is made of, one span per proof hash, from the leaf's sibling up. */
export function inclusionSpans(index: bigint, size: bigint): ProofSpans {
  assert(index >= 0n && index < size, 'an inclusion proof needs an index below the size');
  const spans: TreeNode[][] = [];
  walkPath(index, 0n, size, spans);
  return spans.toReversed();
}

/** Which nodes a consistency proof (RFC 6962 §2.1.2) is made of, one span per proof hash. */
export function consistencySpans(oldSize: bigint, newSize: bigint): ProofSpans {
  assert(oldSize > 0n && oldSize <= newSize, 'a consistency proof needs 0 < old size <= new size');
  const spans: TreeNode[][] = [];
  let [start, end, complete] = [0n, newSize, true];
  // RFC 6962's SUBPROOF, as a loop: descend to where the old tree ends, noting the sibling at every step.
  while (oldSize !== end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      spans.push(spanOf(middle, end));
      end = middle;
    } else {
      spans.push(spanOf(start, middle));
      start = middle;
      complete = false;
    }
  }
  if (!complete) spans.push(spanOf(start, end));
  return spans.toReversed();
}

/** Hashes that prove that the leaf at `index` is in the tree of `size` leaves. */
export function inclusionProof(h: Sha256, index: bigint, size: bigint, read: ReadHash): Uint8Array[] {
  return inclusionSpans(index, size).map((span) => foldSpan(h, span, read));
}

/** Hashes that prove that the tree of `oldSize` leaves is a prefix of the one of `newSize`; empty for equal sizes. */
export function consistencyProof(h: Sha256, oldSize: bigint, newSize: bigint, read: ReadHash): Uint8Array[] {
  return consistencySpans(oldSize, newSize).map((span) => foldSpan(h, span, read));
}

/** Root of the first `size` leaves. */
export function rootAt(h: Sha256, size: bigint, read: ReadHash): Uint8Array {
  return size === 0n ? emptyRoot(h) : foldSpan(h, spanOf(0n, size), read);
}

/** The perfect subtrees, left to right, that make up leaves [start, end); `start` begins a subtree of the tree. */
function spanOf(start: bigint, end: bigint): TreeNode[] {
  const nodes: TreeNode[] = [];
  let from = start;
  while (from < end) {
    const level = largestLevel(end - from);
    nodes.push({ level, index: from >> BigInt(level) });
    from += 1n << BigInt(level);
  }
  return nodes;
}

function walkPath(index: bigint, from: bigint, to: bigint, spans: TreeNode[][]): void {
  let [start, end] = [from, to];
  while (end - start > 1n) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      spans.push(spanOf(middle, end));
      end = middle;
    } else {
      spans.push(spanOf(start, middle));
      start = middle;
    }
  }
}

function foldSpan(h: Sha256, span: readonly TreeNode[], read: ReadHash): Uint8Array {
  let hash: Uint8Array | undefined;
  for (const node of span.toReversed()) {
    const left = read(node.level, node.index);
    hash = hash === undefined ? left : nodeHash(h, left, hash);
  }
  assert(hash, 'a span is never empty');
  return hash;
}

/** The largest power of two smaller than `count`, which is at least 2. */
function splitOf(count: bigint): bigint {
  return 1n << BigInt(largestLevel(count - 1n));
}

/** Floor of the binary logarithm. */
function largestLevel(count: bigint): number {
  return count.toString(2).length - 1;
}
