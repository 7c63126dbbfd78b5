import { canonicalJson, fromBase64Url, toBase64Url, utf8, type JsonObject } from '#lib/core';
import type { Sha256 } from '#lib/tlog';
import type { EcJwk, Ed25519Jwk } from './types.ts';

/** The JWK of an Ed25519 public key, with the members of RFC 7638 and no others. */
export function ed25519JwkOf(publicKey: Uint8Array): Ed25519Jwk {
  return { crv: 'Ed25519', kty: 'OKP', x: toBase64Url(publicKey) };
}

/** RFC 7638 SHA-256 thumbprint, base64url: a receipt's `kid`. */
export function keyThumbprint(h: Sha256, jwk: Ed25519Jwk | EcJwk): string {
  return toBase64Url(h(utf8(canonicalJson(jwk as unknown as JsonObject))));
}

/** The 32 bytes of an Ed25519 JWK. */
export function publicKeyOf(jwk: Ed25519Jwk): Uint8Array | undefined {
  const bytes = fromBase64Url(jwk.x);
  return bytes?.length === 32 ? bytes : undefined;
}
