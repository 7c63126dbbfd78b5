import { fromBase64, toBase64 } from '#lib/core';
import { HASH_BYTES } from './constants.ts';

/** Each hash as a line of base64. */
export function formatHashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${toBase64(hash)}\n`).join('');
}

/** Lines that each decode to 32 bytes and re-encode to themselves, or undefined. */
export function parseHashLines(lines: readonly string[]): Uint8Array[] | undefined {
  const hashes: Uint8Array[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) return undefined;
    hashes.push(hash);
  }
  return hashes;
}
