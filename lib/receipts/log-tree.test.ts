import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRoot, leafHash, nodeHash, TILE_WIDTH } from '#lib/tlog';
import { sha256 } from './hash.ts';
import { decodeTree, EMPTY_TREE, encodeTree, extendTree, type FilledTile, type LogTree } from './log-tree.ts';

const leaf = (index: number) => leafHash(sha256, Buffer.from(String(index)));
const LEAVES = Array.from({ length: 140_000 }, (_, index) => index);

/** RFC 6962 §2.1, word by word. */
function root(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length <= 1) return hashes[0] ?? emptyRoot(sha256);
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(sha256, root(hashes.slice(0, split)), root(hashes.slice(split)));
}

describe('a log tree', () => {
  it('has the RFC 6962 root and fills its tiles, however its leaves are cut into batches', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 8 }), (batches) => {
        let tree: LogTree = EMPTY_TREE;
        let size = 0;
        let extendedRoot: Uint8Array = emptyRoot(sha256);
        const filled: FilledTile[] = [];
        for (const count of batches) {
          const extended = extendTree(tree, LEAVES.slice(size, size + count).map(leaf));
          size += count;
          ({ tree, root: extendedRoot } = extended);
          filled.push(...extended.filled);
        }
        const hashes = LEAVES.slice(0, size).map(leaf);
        expect(extendedRoot).toEqual(root(hashes));
        expect(filled.length).toBe(Math.floor(size / TILE_WIDTH));
        for (const tile of filled) {
          const own = hashes.slice(Number(tile.index) * TILE_WIDTH, (Number(tile.index) + 1) * TILE_WIDTH);
          expect(Buffer.from(tile.hashes)).toEqual(Buffer.concat(own));
          expect(tile.root).toEqual(root(own));
        }
        const edge = Buffer.concat(hashes.slice(size - (size % TILE_WIDTH)));
        const edges = size < TILE_WIDTH ? [edge] : [edge, Buffer.concat(filled.map((tile) => tile.root))];
        const again = decodeTree(BigInt(size), encodeTree(tree), edges);
        expect(extendTree(again, [leaf(size)]).root).toEqual(root([...hashes, leaf(size)]));
      }),
      { numRuns: 40 },
    );
  });

  it('fills a tile of the second level with the 65,536th leaf', () => {
    let tree: LogTree = EMPTY_TREE;
    const levels: number[] = [];
    for (let from = 0; from < 65_536; from += 256) {
      const extended = extendTree(tree, LEAVES.slice(from, from + 256).map(leaf));
      tree = extended.tree;
      levels.push(...extended.filled.map((tile) => tile.level));
    }
    expect(levels.filter((level) => level === 0)).toHaveLength(256);
    expect(levels.at(-1)).toBe(1);
    expect(tree.edges.map((edge) => edge.length)).toEqual([0, 0, 1]);
  });
});
