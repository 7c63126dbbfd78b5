import { hash } from 'node:crypto';
import type { Sha256 } from '#lib/tlog';

/** SHA-256 as the tree takes it: one-shot and synchronous. By way of a text, for bytes of its own cost more than the hash. */
export const sha256: Sha256 = (bytes) => Buffer.from(hash('sha256', bytes, 'binary'), 'binary');

/** base64url of SHA-256 over a text's UTF-8 bytes: a disclosure's digest. */
export function digestText(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Lower-case hex of SHA-256 over bytes or a text's UTF-8 bytes. */
export function sha256Hex(value: Uint8Array | string): string {
  return hash('sha256', value, 'hex');
}
