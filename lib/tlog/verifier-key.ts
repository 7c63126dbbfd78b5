import { assert, concatBytes, err, fromBase64, ok, toBase64, toHex, utf8, type Result } from '#lib/core';
import type { NoteSigner, Sha256, VerifierKey } from './types.ts';

const ED25519 = 0x01;
const PUBLIC_KEY_BYTES = 32;

/** A note key's name: not empty, no Unicode space, no plus. */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+]/u.test(name);
}

/** First four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ public key), as 8 hex digits. */
export function keyId(h: Sha256, name: string, publicKey: Uint8Array): string {
  return toHex(h(concatBytes(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).subarray(0, 4));
}

/** `<name>+<key id>+<base64 of 0x01 and public key>` */
export function encodeVkey(h: Sha256, name: string, publicKey: Uint8Array): string {
  assert(
    isKeyName(name) && publicKey.length === PUBLIC_KEY_BYTES,
    'a vkey has a proper name and a 32-byte key',
  );
  return `${name}+${keyId(h, name, publicKey)}+${toBase64(concatBytes(Uint8Array.of(ED25519), publicKey))}`;
}

/** Reads an Ed25519 vkey; split at its first two `+`, because base64 may contain more. The error says what is wrong. */
export function parseVkey(h: Sha256, text: string): Result<VerifierKey, string> {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) return err('a vkey has three parts joined by +');
  const name = text.slice(0, first);
  const id = text.slice(first + 1, second);
  const material = fromBase64(text.slice(second + 1));
  if (!isKeyName(name)) return err('the name of a vkey is not empty and has no spaces');
  if (material === undefined) return err('the key of a vkey is padded standard base64');
  if (material[0] !== ED25519 || material.length !== 1 + PUBLIC_KEY_BYTES)
    return err('the vkey is not of type Ed25519');
  const publicKey = material.slice(1);
  if (keyId(h, name, publicKey) !== id)
    return err(`the key id of the vkey should be ${keyId(h, name, publicKey)}`);
  return ok({ name, id, publicKey });
}

/** Signs notes under `name` with the private half of `publicKey`. */
export function createNoteSigner(
  h: Sha256,
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
): NoteSigner {
  assert(
    isKeyName(name) && publicKey.length === PUBLIC_KEY_BYTES,
    'a note signer has a proper name and a 32-byte key',
  );
  return { name, id: keyId(h, name, publicKey), sign };
}
