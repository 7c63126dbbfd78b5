import { hash } from 'node:crypto';

/** Lower-case hex SHA-256 of a text's UTF-8 bytes, or of bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

export function digestText(text: string): {
  readonly sha256: string;
  readonly bytes: number;
  readonly text: string;
} {
  return { sha256: sha256Hex(text), bytes: Buffer.byteLength(text), text };
}
