import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign as signBytes,
  type KeyObject,
} from 'node:crypto';
import { canonicalJson, fromBase64Url, type KeyId } from '#lib/core';
import type { SigningThread } from './sign-ahead.ts';
import type { Ed25519PublicJwk, PublicSigningKey, Signer, SigningPurpose } from './types.ts';

const PUBLIC_KEY_BYTES = 32;
/** PKCS#8 (RFC 8410 §7) of an Ed25519 key, up to the 32 bytes of its seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 pair that was just made: the seed is for sealing only, once. */
export interface FreshSigningKey {
  readonly signer: Signer;
  readonly seed: Buffer;
}

export function makeSigningKey(purpose: SigningPurpose, thread: SigningThread): FreshSigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return { seed, signer: createSigner(purpose, privateKey, thread) };
}

/** The signer of a stored key. @throws when the seed is not that of the key that the row names. */
export function signerOfSeed(
  row: { readonly kid: KeyId; readonly purpose: SigningPurpose },
  seed: Uint8Array,
  thread: SigningThread,
): Signer {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const signer = createSigner(row.purpose, privateKey, thread);
  if (signer.kid !== row.kid) throw new Error(`the signing key ${row.kid} does not fit its sealed part`);
  return signer;
}

export function publicKeyOf(
  row: Pick<PublicSigningKey, 'kid' | 'purpose' | 'publicJwk' | 'state'>,
): PublicSigningKey {
  const { kid, purpose, publicJwk, state } = row;
  return { kid, purpose, publicJwk: pickJwk(publicJwk), publicKey: rawPublicKey(publicJwk), state };
}

/** RFC 7638 §3 with the members that RFC 8037 §2 names. */
export function thumbprint({ kty, crv, x }: Ed25519PublicJwk): KeyId {
  return hash('sha256', canonicalJson({ kty, crv, x }), 'base64url') as KeyId;
}

function createSigner(purpose: SigningPurpose, privateKey: KeyObject, thread: SigningThread): Signer {
  const exported = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicJwk = pickJwk({ kty: 'OKP', crv: 'Ed25519', x: exported.x ?? '' });
  return Object.freeze({
    kid: thumbprint(publicJwk),
    purpose,
    publicJwk,
    publicKey: rawPublicKey(publicJwk),
    sign: (message: Uint8Array) => signBytes(null, message, privateKey),
    signAhead: (message: Uint8Array) => thread.ahead(message, privateKey),
  });
}

function pickJwk({ x }: Ed25519PublicJwk): Ed25519PublicJwk {
  return Object.freeze({ kty: 'OKP', crv: 'Ed25519', x });
}

function rawPublicKey({ x }: Ed25519PublicJwk): Uint8Array {
  const bytes = fromBase64Url(x);
  if (bytes?.length !== PUBLIC_KEY_BYTES) throw new Error('a stored public key is damaged');
  return bytes;
}
