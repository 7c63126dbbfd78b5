import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '#lib/core';
import { SECRET_BYTES } from './constants.ts';

/** A value that only its holder knows: 43 base64url characters. */
export function createSecret(): string {
  return toBase64Url(randomBytes(SECRET_BYTES));
}

/** What is stored of it; undefined for text that `createSecret` can't have made. */
export function hashSecret(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || fromBase64Url(text)?.length !== SECRET_BYTES) return undefined;
  return hash('sha256', text, 'buffer');
}

export function equalSecretHashes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

const SALT_BYTES = 16;

/** A fresh token each time (its salt differs), so that a compressed page tells nothing about it. */
export function createMaskedToken(key: Uint8Array): string {
  const salt = randomBytes(SALT_BYTES);
  return toBase64Url(Buffer.concat([salt, macOf(key, salt)]));
}

export function verifyMaskedToken(key: Uint8Array, token: string): boolean {
  const bytes = fromBase64Url(token);
  if (bytes?.length !== SALT_BYTES + SECRET_BYTES) return false;
  return timingSafeEqual(macOf(key, bytes.subarray(0, SALT_BYTES)), bytes.subarray(SALT_BYTES));
}

function macOf(key: Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update('countersign-csrf/v1').update(salt).digest();
}
