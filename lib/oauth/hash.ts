import { hash } from 'node:crypto';

/** SHA-256 of an identifier: what is stored and looked up instead of it. */
export function hashOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', text, 'buffer'));
}

export function hexHashOf(text: string): string {
  return hash('sha256', text, 'hex');
}
