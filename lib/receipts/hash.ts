import { hash } from 'node:crypto';
import type { Sha256 } from '#lib/tlog';

/** SHA-256 as the tree takes it: one-shot and synchronous. */
export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');

/** base64url of SHA-256 over a text's UTF-8 bytes: a disclosure's digest. */
export function digestText(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Lower-case hex of SHA-256 over bytes or a text's UTF-8 bytes. */
export function sha256Hex(value: Uint8Array | string): string {
  return hash('sha256', value, 'hex');
}
