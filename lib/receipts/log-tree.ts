import { assert } from '#lib/core';
import {
  appendLeaves,
  decodeFrontier,
  encodeFrontier,
  HASH_BYTES,
  rootOf,
  TILE_HEIGHT,
  TILE_WIDTH,
  type CompactRange,
} from '#lib/tlog';
import { sha256 } from './hash.ts';

/** A tile that an append fills. */
export interface FilledTile {
  readonly level: number;
  readonly index: bigint;
  /** 256 hashes. */
  readonly hashes: Uint8Array;
  readonly root: Uint8Array;
}

/**
 * The right edge of a tree: the compact range that gives the root, and per tile level the hashes of the tile that is
 * not full yet. Immutable: a batch that fails to commit leaves nothing behind.
 */
export interface LogTree {
  readonly range: CompactRange;
  /** Per tile level; lists are never changed, only replaced. */
  readonly edges: readonly (readonly Uint8Array[])[];
}

export interface ExtendedTree {
  readonly tree: LogTree;
  readonly root: Uint8Array;
  readonly filled: readonly FilledTile[];
}

/** The tree of a log that has no entry yet. */
export const EMPTY_TREE: LogTree = { range: { size: 0n, hashes: [] }, edges: [] };

/** The tree with more leaves, its root, and the tiles that they fill. */
export function extendTree(tree: LogTree, leafHashes: readonly Uint8Array[]): ExtendedTree {
  const edges = tree.edges.map((edge) => [...edge]);
  const filled: FilledTile[] = [];
  const range = appendLeaves(sha256, tree.range, leafHashes, (level, index, hash) => {
    if (level % TILE_HEIGHT !== 0) return;
    const tileLevel = level / TILE_HEIGHT;
    // A subtree of height 8 above a tile level is a full tile there, and one more hash of the tile above it.
    if (level > 0) filled.push(closeTile(edges, tileLevel - 1, index, hash));
    (edges[tileLevel] ??= []).push(hash);
  });
  return { tree: { range, edges }, root: rootOf(sha256, range), filled };
}

function closeTile(edges: Uint8Array[][], level: number, index: bigint, root: Uint8Array): FilledTile {
  const hashes = edges[level] ?? [];
  assert(hashes.length === TILE_WIDTH, 'a tile is closed by its 256th hash');
  edges[level] = [];
  return { level, index, hashes: Buffer.concat(hashes), root };
}

/** What the head row stores of the tree. */
export function encodeTree(tree: LogTree): Uint8Array {
  return encodeFrontier(tree.range);
}

/** The tree from the head row and the hashes of its unfilled tiles. @throws when they do not fit each other. */
export function decodeTree(size: bigint, frontier: Uint8Array, edges: readonly Uint8Array[]): LogTree {
  const range = decodeFrontier(size, frontier);
  assert(range, 'the stored frontier fits the stored size');
  const tree: LogTree = { range, edges: edges.map(splitHashes) };
  tree.edges.forEach((edge, level) => {
    const expected = (size >> BigInt(TILE_HEIGHT * level)) % BigInt(TILE_WIDTH);
    assert(BigInt(edge.length) === expected, `tile level ${level} is stored up to the size`);
  });
  return tree;
}

/** Concatenated hashes taken apart. */
export function splitHashes(bytes: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}
