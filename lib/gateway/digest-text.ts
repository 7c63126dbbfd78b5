import { hash } from 'node:crypto';
import type { ValueDigest } from './upstream-types.ts';

/** Lower-case hex SHA-256 of a text's UTF-8 bytes, or of bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Of a value by its bytes. */
export function digestOf(value: Uint8Array): ValueDigest {
  return { sha256: sha256Hex(value), bytes: value.length };
}

export function digestText(text: string): {
  readonly sha256: string;
  readonly bytes: number;
  readonly text: string;
} {
  return { sha256: sha256Hex(text), bytes: Buffer.byteLength(text), text };
}
