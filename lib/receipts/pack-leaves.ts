import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { RECEIPT_BYTES_MAX } from '#lib/evidence';
import { decodeEntryBundle } from '#lib/tlog';
import { BATCH_LEAVES_MAX } from './constants.ts';

/**
 * Leaves as a row stores them: a Zstandard frame (RFC 8878) of an entry bundle, in which a JWT stands as an entry bundle of
 * its own, of its header, payload and signature decoded: base64url hides from a compressor what receipts have in common.
 * Leaves hold nothing secret, so their compressed length may tell what they say. What is sealed is not compressed.
 */
const LENGTH_BYTES = 2;
/** The lengths of a JWT's record and of its parts, less its two dots. */
const JWT_EXTRA_BYTES = 3 * LENGTH_BYTES - 2;
/** How an attempt's text begins, and no bundle of a JWT's parts: its header is not that long. */
const OPENING_BRACE = 0x7b;
/** RFC 8878 §3.1.1. An entry bundle with these first bytes would have a leaf that begins with `/`, and none does. */
const FRAME_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** A row that somebody else wrote must not fill the memory. */
const UNPACKED_BYTES_MAX = BATCH_LEAVES_MAX * (LENGTH_BYTES + RECEIPT_BYTES_MAX + JWT_EXTRA_BYTES);
/** Most of a leaf is digests: higher levels take longer and gain nothing. */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** `prefixedLeaves`: each with the byte 0x00 before it, as the tree hashes it. */
export function packLeaves(prefixedLeaves: readonly Buffer[]): Buffer {
  let total = 0;
  for (const leaf of prefixedLeaves) total += LENGTH_BYTES + leaf.length + JWT_EXTRA_BYTES;
  const bundle = Buffer.allocUnsafe(total);
  let at = 0;
  for (const leaf of prefixedLeaves) {
    const start = at + LENGTH_BYTES;
    at =
      leaf[1] === OPENING_BRACE
        ? start + leaf.copy(bundle, start, 1)
        : writeJwt(bundle, start, leaf.toString('latin1', 1));
    bundle.writeUInt16BE(at - start, start - LENGTH_BYTES);
  }
  return zstdCompressSync(bundle.subarray(0, at), FAST);
}

function writeJwt(bundle: Buffer, start: number, jwt: string): number {
  let at = start;
  for (const part of jwt.split('.')) {
    const length = bundle.write(part, at + LENGTH_BYTES, 'base64url');
    bundle.writeUInt16BE(length, at);
    at += LENGTH_BYTES + length;
  }
  return at;
}

/** The leaves of a row, also of one from before they were packed; none where the bytes are neither. */
export function unpackLeaves(stored: Uint8Array): readonly Uint8Array[] {
  if (!FRAME_MAGIC.equals(stored.subarray(0, FRAME_MAGIC.length))) return decodeEntryBundle(stored) ?? [];
  const bundle = inflate(stored);
  return (bundle && decodeEntryBundle(bundle)?.map(leafOf)) ?? [];
}

function inflate(stored: Uint8Array): Buffer | undefined {
  try {
    return zstdDecompressSync(stored, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    return undefined;
  }
}

/** What is no record of ours gives other bytes than the tree has, and is found out by them. */
function leafOf(record: Uint8Array): Uint8Array {
  if (record[0] === OPENING_BRACE) return record;
  const parts = decodeEntryBundle(record) ?? [];
  return Buffer.from(parts.map((part) => Buffer.from(part).toString('base64url')).join('.'), 'latin1');
}
