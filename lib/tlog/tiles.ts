import { assert } from '#lib/core';
import { HASH_BYTES, TILE_HEIGHT, TILE_LEVEL_MAX, TILE_WIDTH, UINT64_MAX } from './constants.ts';
import { nodeHash } from './hash-tree.ts';
import type { ReadHash, Sha256, TileAddress, TreeNode } from './types.ts';

const PATH = /^(0|[1-9][0-9]?|entries)\/((?:x[0-9]{3}\/)*)([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Path below `<prefix>/tile/`: `0/x001/234`, `entries/067.p/12`. */
export function tilePath(level: number | 'entries', index: bigint, width: number = TILE_WIDTH): string {
  assert(index >= 0n && width >= 1 && width <= TILE_WIDTH, 'a tile has an index and 1 to 256 hashes');
  const digits = index.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `${level}/${number}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The tile that a path below `<prefix>/tile/` names, or undefined for any other spelling. */
export function parseTilePath(path: string): TileAddress | undefined {
  const [, level, high, low, width] = PATH.exec(path) ?? [];
  if (level === undefined || high === undefined || low === undefined) return undefined;
  const index = BigInt(high.replaceAll(/[x/]/g, '') + low);
  const address: TileAddress = {
    level: level === 'entries' ? level : Number(level),
    index,
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  if (index > UINT64_MAX || (address.level !== 'entries' && address.level > TILE_LEVEL_MAX)) return undefined;
  // The way back refuses what the pattern lets through: widths above 255 and numbers with superfluous groups.
  const isCanonical = address.width <= TILE_WIDTH && tilePath(address.level, index, address.width) === path;
  return isCanonical ? address : undefined;
}

/** Hashes that the tile at `level` and `index` has in a tree of `size` leaves: 256 when full, 0 when there is none. */
export function tileWidth(level: number | 'entries', index: bigint, size: bigint): number {
  const height = level === 'entries' ? 0 : level * TILE_HEIGHT;
  const hashes = (size >> BigInt(height)) - index * BigInt(TILE_WIDTH);
  if (hashes <= 0n) return 0;
  return hashes >= BigInt(TILE_WIDTH) ? TILE_WIDTH : Number(hashes);
}

/** The hash tile from which the node is read. */
export function tileOfNode(node: TreeNode): { readonly level: number; readonly index: bigint } {
  const level = Math.floor(node.level / TILE_HEIGHT);
  // The node covers 2^(node.level - 8·level) hashes of the tile, beginning at this one.
  const first = node.index << BigInt(node.level - level * TILE_HEIGHT);
  return { level, index: first / BigInt(TILE_WIDTH) };
}

/** Reads nodes from tiles; `tile` gives the stored bytes of a full or partial tile and must know every tile asked for. */
export function readFromTiles(h: Sha256, tile: (level: number, index: bigint) => Uint8Array): ReadHash {
  return (level, index) => {
    const address = tileOfNode({ level, index });
    const bytes = tile(address.level, address.index);
    const count = 1 << (level - address.level * TILE_HEIGHT);
    const first = Number((index * BigInt(count)) % BigInt(TILE_WIDTH));
    assert((first + count) * HASH_BYTES <= bytes.length, 'the tile holds the node');
    return foldPerfect(h, bytes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES));
  };
}

function foldPerfect(h: Sha256, hashes: Uint8Array): Uint8Array {
  if (hashes.length === HASH_BYTES) return new Uint8Array(hashes);
  const middle = hashes.length / 2;
  return nodeHash(h, foldPerfect(h, hashes.subarray(0, middle)), foldPerfect(h, hashes.subarray(middle)));
}
