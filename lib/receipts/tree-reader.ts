import { assert, type LogId, type TenantId } from '#lib/core';
import {
  HASH_BYTES,
  readFromTiles,
  TILE_HEIGHT,
  TILE_WIDTH,
  tileOfNode,
  tileWidth,
  type ReadHash,
  type TreeNode,
} from '#lib/tlog';
import { sha256 } from './hash.ts';
import { loadFullTile, loadLeafHashes, loadTileRoots } from './store-read.ts';
import type { Run } from './store.ts';

export interface TreeAddress {
  readonly tenant: TenantId;
  readonly log: LogId;
  /** Leaves of the tree that is read; the log may be longer by now. */
  readonly size: bigint;
}

/** The hashes of a tile as the tree of this size has them; `width` of them at most. Undefined: there is no such tile. */
export async function loadTileHashes(
  run: Run,
  { tenant, log, size }: TreeAddress,
  level: number,
  index: bigint,
): Promise<Uint8Array | undefined> {
  const width = tileWidth(level, index, size);
  if (width === 0) return undefined;
  if (width === TILE_WIDTH) return await loadFullTile(run, { tenant, log, level, index });
  const from = index * BigInt(TILE_WIDTH);
  const stretch = { tenant, log, from, to: from + BigInt(width) };
  const hashes =
    level === 0 ? await loadLeafHashes(run, stretch) : await loadTileRoots(run, stretch, level - 1);
  assert(hashes.length === width * HASH_BYTES, `tile ${level}/${index} of log ${log} is stored`);
  return hashes;
}

/** Loads the tiles that these nodes live in, and reads from them without waiting. */
export async function loadNodes(run: Run, tree: TreeAddress, nodes: readonly TreeNode[]): Promise<ReadHash> {
  const tiles = new Map<string, Uint8Array>();
  for (const node of nodes) {
    const { level, index } = tileOfNode(node);
    const key = `${level}/${index}`;
    if (tiles.has(key)) continue;
    const hashes = await loadTileHashes(run, tree, level, index);
    assert(hashes, `tile ${key} of log ${tree.log} is stored`);
    tiles.set(key, hashes);
  }
  return readFromTiles(sha256, (level, index) => {
    const hashes = tiles.get(`${level}/${index}`);
    assert(hashes, `tile ${level}/${index} was loaded`);
    return hashes;
  });
}

/** The perfect subtrees that make up the first `size` leaves: what `rootAt` reads. */
export function rootNodes(size: bigint): TreeNode[] {
  const nodes: TreeNode[] = [];
  let from = 0n;
  for (let level = size.toString(2).length - 1; level >= 0; level -= 1) {
    const leaves = 1n << BigInt(level);
    if ((size & leaves) === 0n) continue;
    nodes.push({ level, index: from / leaves });
    from += leaves;
  }
  return nodes;
}

/** The hashes of every tile that is not full yet, per level: what appending needs beside the frontier. */
export async function loadEdges(run: Run, tree: TreeAddress): Promise<Uint8Array[]> {
  const edges: Uint8Array[] = [];
  for (let level = 0; tree.size >> BigInt(TILE_HEIGHT * level) > 0n; level += 1) {
    const hashes = tree.size >> BigInt(TILE_HEIGHT * level);
    const isFull = hashes % BigInt(TILE_WIDTH) === 0n;
    const edge = isFull
      ? new Uint8Array(0)
      : await loadTileHashes(run, tree, level, hashes / BigInt(TILE_WIDTH));
    edges.push(edge ?? new Uint8Array(0));
  }
  return edges;
}
