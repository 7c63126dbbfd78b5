import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fromHex, toBase64, toHex, utf8 } from '#lib/core';
import {
  appendLeaf,
  consistencyProof,
  EMPTY_RANGE,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootAt,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  type ReadHash,
} from './index.ts';

/**
 * The tree of eight leaves that Certificate Transparency implementations have been tested with from the beginning, and
 * the roots and proofs published for it.
 */
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
/** index, size, path */
const INCLUSION: readonly [number, number, readonly string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];
/** old size, new size, path */
const CONSISTENCY: readonly [number, number, readonly string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

const h = (bytes: Uint8Array) => new Uint8Array(hash('sha256', bytes, 'buffer'));
const bytes = (hex: string) => fromHex(hex)!;
const hashes = INPUTS.map((input) => leafHash(h, bytes(input)));
const read: ReadHash = (level, index) => {
  const width = 2 ** level;
  const part = hashes.slice(Number(index) * width, (Number(index) + 1) * width);
  return rootOf(
    h,
    part.reduce((range, leaf) => appendLeaf(h, range, leaf), EMPTY_RANGE),
  );
};

describe('RFC 6962 hashing', () => {
  test.each([
    ['the empty tree', emptyRoot(h), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [
      'an empty leaf',
      leafHash(h, utf8('')),
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    ],
    [
      'a leaf',
      leafHash(h, utf8('L123456')),
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    ],
  ])('%s', (_name, actual, expected) => {
    expect(toHex(actual)).toBe(expected);
  });

  test('a node is not the leaf of its children, and their order counts', () => {
    const [left, right] = [hashes[0]!, hashes[1]!];
    const node = toHex(nodeHash(h, left, right));
    expect(node).toBe(ROOTS[1]);
    expect(toHex(leafHash(h, Buffer.concat([left, right])))).not.toBe(node);
    expect(toHex(nodeHash(h, right, left))).not.toBe(node);
  });
});

describe('the reference tree [rfc6962-2.1]', () => {
  test.each(ROOTS.map((root, index) => [index + 1, root] as const))('root of %i leaves', (size, root) => {
    expect(toHex(rootAt(h, BigInt(size), read))).toBe(root);
  });

  test.each(INCLUSION)('inclusion of %i in %i', (index, size, path) => {
    const proof = inclusionProof(h, BigInt(index), BigInt(size), read);
    expect(proof.map(toHex)).toEqual(path);
    const claim = {
      index: BigInt(index),
      size: BigInt(size),
      leafHash: hashes[index]!,
      root: bytes(ROOTS[size - 1]!),
    };
    expect(verifyInclusion(h, { ...claim, proof: path.map(bytes) })).toBe(true);
  });

  test.each(CONSISTENCY)('consistency of %i and %i', (old, size, path) => {
    expect(consistencyProof(h, BigInt(old), BigInt(size), read).map(toHex)).toEqual(path);
    const [oldRoot, newRoot] = [bytes(ROOTS[old - 1]!), bytes(ROOTS[size - 1]!)];
    const claim = { oldSize: BigInt(old), oldRoot, newSize: BigInt(size), newRoot, proof: path.map(bytes) };
    expect(verifyConsistency(h, claim)).toBe(true);
  });
});

/** The classes of wrong proofs that transparency-dev's test data has for each of these, made here from the good ones. */
describe('probes of the reference proofs', () => {
  const random = h(utf8('random'));
  const garbage = [utf8(''), utf8('trailing garbage'), random];

  test.each(INCLUSION)('inclusion of %i in %i', (index, size, path) => {
    const proof = path.map(bytes);
    const root = bytes(ROOTS[size - 1]!);
    const good = { index: BigInt(index), size: BigInt(size), leafHash: hashes[index]!, root, proof };
    const probes = [
      ...[1n, -1n, 2n ** 63n].map((step) => ({ ...good, index: good.index + step })),
      { ...good, index: good.index ^ 2n },
      { ...good, index: good.size },
      { ...good, size: 0n },
      { ...good, size: good.size * 2n },
      ...(size > 1 ? [{ ...good, size: good.size / 2n }] : []),
      { ...good, leafHash: utf8('wrong leaf') },
      { ...good, leafHash: random },
      { ...good, root: utf8('') },
      { ...good, root: random },
      ...garbage.map((extra) => ({ ...good, proof: [...proof, extra] })),
      ...garbage.map((extra) => ({ ...good, proof: [extra, ...proof] })),
      { ...good, proof: [...proof, root] },
      { ...good, proof: [root, ...proof] },
      ...proof.map((_, at) => ({ ...good, proof: proof.toSpliced(at, 1) })),
    ];
    expect(probes.map((probe) => verifyInclusion(h, probe))).toEqual(probes.map(() => false));
  });

  test.each(CONSISTENCY)('consistency of %i and %i', (old, size, path) => {
    const proof = path.map(bytes);
    const [oldRoot, newRoot] = [bytes(ROOTS[old - 1]!), bytes(ROOTS[size - 1]!)];
    const good = { oldSize: BigInt(old), oldRoot, newSize: BigInt(size), newRoot, proof };
    const probes = [
      { ...good, oldSize: 0n },
      { ...good, oldSize: good.newSize + 1n },
      { ...good, oldRoot: utf8('') },
      { ...good, oldRoot: random },
      { ...good, newRoot: random },
      ...(old === size ? [] : [{ ...good, oldRoot: newRoot, newRoot: oldRoot }]),
      ...garbage.map((extra) => ({ ...good, proof: [...proof, extra] })),
      ...garbage.map((extra) => ({ ...good, proof: [extra, ...proof] })),
      { ...good, proof: [...proof, oldRoot] },
      { ...good, proof: [newRoot, ...proof] },
      ...proof.map((_, at) => ({ ...good, proof: proof.toSpliced(at, 1) })),
    ];
    expect(probes.map((probe) => verifyConsistency(h, probe))).toEqual(probes.map(() => false));
  });
});

test('sizes and indexes are uint64, beyond what a number holds', () => {
  const index = 2n ** 63n - 1n;
  const size = 2n ** 63n;
  const proof = Array.from({ length: 63 }, (_, level) => h(utf8(`level ${level}`)));
  const root = proof.reduce((hashSoFar, sibling) => nodeHash(h, sibling, hashSoFar), hashes[0]!);
  const claim = { index, size, leafHash: hashes[0]!, proof, root };
  expect(verifyInclusion(h, claim)).toBe(true);
  expect(verifyInclusion(h, { ...claim, index: index - 1n })).toBe(false);
  expect(verifyInclusion(h, { ...claim, size: size + 2n ** 64n, index: index + 2n ** 64n })).toBe(false);
  expect(toBase64(root)).toHaveLength(44);
});
