import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  appendLeaf,
  consistencyProof,
  decodeFrontier,
  EMPTY_RANGE,
  encodeFrontier,
  inclusionProof,
  leafHash,
  nodeHash,
  readFromTiles,
  rootAt,
  rootOf,
  tileWidth,
  verifyConsistency,
  verifyInclusion,
  type CompactRange,
  type ConsistencyClaim,
  type InclusionClaim,
  type ReadHash,
} from './index.ts';

const hashes = new Map<string, Uint8Array>();
/** Looking one up is faster than making it again, and the same nodes are hashed a million times. */
const h = (bytes: Uint8Array) => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const known = hashes.get(text);
  if (known) return known;
  const made = new Uint8Array(hash('sha256', bytes, 'buffer'));
  hashes.set(text, made);
  return made;
};
const SIZE_MAX = 300;

/** A second implementation, as RFC 6962 §2.1 writes it down: the whole tree from its leaves, recursively. */
const leaves = Array.from({ length: SIZE_MAX }, (_, index) =>
  leafHash(h, new TextEncoder().encode(`leaf ${index}`)),
);
const memo = new Map<string, Uint8Array>();
function merkleTreeHash(from: number, to: number): Uint8Array {
  const key = `${from}-${to}`;
  const known = memo.get(key);
  if (known) return known;
  const result =
    to - from === 0
      ? h(new Uint8Array())
      : to - from === 1
        ? leaves[from]!
        : nodeHash(
            h,
            merkleTreeHash(from, from + split(to - from)),
            merkleTreeHash(from + split(to - from), to),
          );
  memo.set(key, result);
  return result;
}
function split(count: number): number {
  let k = 1;
  while (2 * k < count) k *= 2;
  return k;
}

const read: ReadHash = (level, index) => {
  const width = 2 ** level;
  return merkleTreeHash(Number(index) * width, (Number(index) + 1) * width);
};
const ranges: CompactRange[] = [EMPTY_RANGE];
const nodes = new Map<string, Uint8Array>();
for (const leaf of leaves) {
  ranges.push(
    appendLeaf(h, ranges.at(-1)!, leaf, (level, index, value) => void nodes.set(`${level}/${index}`, value)),
  );
}
const root = (size: number) => merkleTreeHash(0, size);

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

describe('the compact range', () => {
  test('has the recursive root at every size, and its frontier round-trips', () => {
    ranges.forEach((range, size) => {
      expect(rootOf(h, range)).toEqual(root(size));
      expect(rootAt(h, BigInt(size), read)).toEqual(root(size));
      expect(decodeFrontier(range.size, encodeFrontier(range))).toEqual(range);
      expect(decodeFrontier(range.size + 1n, encodeFrontier(range)) === undefined).toBe(
        size % 2 === 0 || size % 4 === 3,
      );
    });
  });

  test('reports every perfect subtree exactly as the recursive definition has it', () => {
    for (const [key, value] of nodes) {
      const [level, index] = key.split('/').map(Number);
      expect(value).toEqual(read(level!, BigInt(index!)));
    }
    expect(nodes.size).toBe(2 * SIZE_MAX - [...SIZE_MAX.toString(2)].filter((bit) => bit === '1').length);
  });
});

describe('inclusion', () => {
  test('every index of every size verifies', () => {
    const failures: string[] = [];
    for (let size = 1; size <= SIZE_MAX; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(h, BigInt(index), BigInt(size), read);
        const claim = {
          index: BigInt(index),
          size: BigInt(size),
          leafHash: leaves[index]!,
          proof,
          root: root(size),
        };
        if (!verifyInclusion(h, claim)) failures.push(`index ${index} of ${size}`);
      }
    }
    expect(failures).toEqual([]);
  });

  test('under a checkpoint (size and root), a proof of up to 33 leaves holds for its own index and size only', () => {
    const failures: string[] = [];
    for (let size = 1; size <= 33; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(h, BigInt(index), BigInt(size), read);
        for (let otherSize = 0; otherSize <= 34; otherSize += 1) {
          for (let other = -1; other <= 34; other += 1) {
            const claim = { index: BigInt(other), size: BigInt(otherSize), leafHash: leaves[index]!, proof };
            const isTrue = other === index && otherSize === size;
            if (verifyInclusion(h, { ...claim, root: root(otherSize) }) !== isTrue) {
              failures.push(`index ${index} of ${size} as ${other} of ${otherSize}`);
            }
          }
        }
      }
    }
    expect(failures).toEqual([]);
  });

  test('every single flipped bit fails', () => {
    fc.assert(
      fc.property(inclusionCase(), fc.nat(), (claim, pick) => {
        expect(verifyInclusion(h, claim)).toBe(true);
        for (const mutant of inclusionMutants(claim, pick)) expect(verifyInclusion(h, mutant)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});

describe('consistency', () => {
  test('every pair of sizes verifies', () => {
    const failures: string[] = [];
    for (let size = 1; size <= SIZE_MAX; size += 1) {
      for (let old = 1; old <= size; old += 1) {
        const proof = consistencyProof(h, BigInt(old), BigInt(size), read);
        const claim = {
          oldSize: BigInt(old),
          oldRoot: root(old),
          newSize: BigInt(size),
          newRoot: root(size),
          proof,
        };
        if (!verifyConsistency(h, claim)) failures.push(`${old} to ${size}`);
      }
    }
    expect(failures).toEqual([]);
  });

  test('size 0 is refused, whatever the proof', () => {
    const claim = { oldSize: 0n, oldRoot: root(0), newSize: 7n, newRoot: root(7) };
    expect(verifyConsistency(h, { ...claim, proof: [] })).toBe(false);
    expect(verifyConsistency(h, { ...claim, proof: [root(7)] })).toBe(false);
    expect(verifyConsistency(h, { ...claim, newSize: 0n, newRoot: root(0), proof: [] })).toBe(false);
  });

  test('every single flipped bit fails', () => {
    fc.assert(
      fc.property(consistencyCase(), fc.nat(), (claim, pick) => {
        expect(verifyConsistency(h, claim)).toBe(true);
        for (const mutant of consistencyMutants(claim, pick))
          expect(verifyConsistency(h, mutant)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});

describe('proofs read from tiles', () => {
  const size = BigInt(SIZE_MAX);
  const tiles = new Map<string, Uint8Array>();
  for (const level of [0, 1]) {
    for (let index = 0n; tileWidth(level, index, size) > 0; index += 1n) {
      const width = tileWidth(level, index, size);
      const hashes = Array.from({ length: width }, (_, at) =>
        nodes.get(`${level * 8}/${index * 256n + BigInt(at)}`)!,
      );
      tiles.set(`${level}/${index}`, Buffer.concat(hashes));
    }
  }
  const readTiles = readFromTiles(h, (level, index) => tiles.get(`${level}/${index}`)!);

  test('are the same as from the whole tree', () => {
    for (let index = 0n; index < size; index += 1n) {
      expect(inclusionProof(h, index, size, readTiles)).toEqual(inclusionProof(h, index, size, read));
    }
    for (let old = 1n; old <= size; old += 1n) {
      expect(consistencyProof(h, old, size, readTiles)).toEqual(consistencyProof(h, old, size, read));
    }
  });
});

function inclusionCase(): fc.Arbitrary<InclusionClaim> {
  return fc.integer({ min: 1, max: SIZE_MAX }).chain((size) =>
    fc.nat(size - 1).map((index) => ({
      index: BigInt(index),
      size: BigInt(size),
      leafHash: leaves[index]!,
      root: root(size),
      proof: inclusionProof(h, BigInt(index), BigInt(size), read),
    })),
  );
}

function* inclusionMutants(claim: InclusionClaim, pick: number): Generator<InclusionClaim> {
  for (let bit = 0; bit < 256; bit += 1) {
    yield { ...claim, root: flip(claim.root, bit) };
    yield { ...claim, leafHash: flip(claim.leafHash, bit) };
    for (const proof of flippedProofs(claim.proof, bit)) yield { ...claim, proof };
  }
  for (let bit = 0n; bit < 64n; bit += 1n) {
    yield { ...claim, index: claim.index ^ (1n << bit) };
  }
  yield { ...claim, index: claim.index + (1n << 64n) };
  yield { ...claim, index: -claim.index - 1n };
  yield { ...claim, size: claim.size + (1n << 64n) };
  for (const proof of reshaped(claim.proof, pick)) yield { ...claim, proof };
}

function consistencyCase(): fc.Arbitrary<ConsistencyClaim> {
  return fc.integer({ min: 1, max: SIZE_MAX }).chain((size) =>
    fc.integer({ min: 1, max: size }).map((old) => ({
      oldSize: BigInt(old),
      oldRoot: root(old),
      newSize: BigInt(size),
      newRoot: root(size),
      proof: consistencyProof(h, BigInt(old), BigInt(size), read),
    })),
  );
}

function* consistencyMutants(claim: ConsistencyClaim, pick: number): Generator<ConsistencyClaim> {
  for (let bit = 0; bit < 256; bit += 1) {
    yield { ...claim, oldRoot: flip(claim.oldRoot, bit) };
    yield { ...claim, newRoot: flip(claim.newRoot, bit) };
    for (const proof of flippedProofs(claim.proof, bit)) yield { ...claim, proof };
  }
  yield { ...claim, oldSize: claim.oldSize + (1n << 64n), newSize: claim.newSize + (1n << 64n) };
  yield { ...claim, oldSize: claim.newSize + 1n };
  yield { ...claim, oldSize: -claim.oldSize };
  for (const proof of reshaped(claim.proof, pick)) yield { ...claim, proof };
}

function* flippedProofs(proof: readonly Uint8Array[], bit: number): Generator<Uint8Array[]> {
  for (let at = 0; at < proof.length; at += 1) yield proof.with(at, flip(proof[at]!, bit));
}

/** Longer, shorter, reordered paths, and hashes that are not 32 bytes. */
function* reshaped(proof: readonly Uint8Array[], pick: number): Generator<Uint8Array[]> {
  const at = proof.length === 0 ? 0 : pick % proof.length;
  yield proof.toSpliced(at, 0, leaves[0]!);
  yield [...proof, leaves[0]!];
  if (proof.length === 0) return;
  yield proof.toSpliced(at, 1);
  yield proof.with(at, proof[at]!.subarray(1));
  yield proof.with(at, Buffer.concat([proof[at]!, Buffer.alloc(1)]));
  if (proof.length > 1) yield proof.toReversed();
}
