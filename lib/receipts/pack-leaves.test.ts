import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntryBundle } from '#lib/tlog';
import { packLeaves, unpackLeaves } from './pack-leaves.ts';

const prefixed = (leaf: string) => Buffer.from(`\0${leaf}`);
const textsOf = (stored: Uint8Array) => unpackLeaves(stored).map((leaf) => Buffer.from(leaf).toString());
const part = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

const attempts = fc.json({ maxDepth: 2 }).map((text) => `{"leaf":${text}}`);
const jwts = fc
  .tuple(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.uint8Array({ minLength: 1, maxLength: 4_000 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
  )
  .map((parts) => parts.map(part).join('.'));

describe('leaves that are packed', () => {
  it('are unpacked to the byte, attempts and JWTs of every length', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(attempts, jwts), { maxLength: 20 }), (leaves) => {
        expect(textsOf(packLeaves(leaves.map(prefixed)))).toEqual(leaves);
      }),
    );
  });

  it('take less than two thirds, for receipts have much in common', () => {
    const payload = () =>
      JSON.stringify({
        _sd: Array.from({ length: 24 }, () => part(randomBytes(32))),
        iss: 'https://acme.example/t/acme',
        tool: { definition_sha256: 'b00e5aae2fc97eaa5ef6f036109eab5109a1f76e555263e62aa4e72ddb334ba8' },
      });
    const leaves = Array.from({ length: 32 }, () =>
      prefixed(
        [part(Buffer.from('{"alg":"Ed25519"}')), part(Buffer.from(payload())), part(randomBytes(64))].join(
          '.',
        ),
      ),
    );
    const bytes = leaves.reduce((sum, leaf) => sum + leaf.length, 0);
    expect(packLeaves(leaves).length).toBeLessThan((bytes * 2) / 3);
  });
});

describe('leaves of a row', () => {
  it('from before they were packed are read as the entry bundle that they are', () => {
    const leaves = ['{"v":1}', 'e30.e30.AAAA'];
    expect(textsOf(encodeEntryBundle(leaves.map((leaf) => Buffer.from(leaf))))).toEqual(leaves);
  });

  it.each([
    ['a frame that ends too early', (packed: Buffer) => packed.subarray(0, -3)],
    ['a frame of something else', () => zstdCompressSync(Buffer.from([0xff, 0xff, 1]))],
    ['a frame that would fill the memory', () => zstdCompressSync(Buffer.alloc(64 * 1024 * 1024))],
    ['no frame at all', () => Buffer.from('{"v":1}')],
  ])('are none where it holds %s', (_what, spoil) => {
    expect(unpackLeaves(spoil(packLeaves([prefixed('{"v":1}')])))).toEqual([]);
  });
});
