import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { EvidenceCrypto } from './types.ts';

/** Pure JavaScript: works in every browser and runtime, some hundred signatures a second. */
export const pureCrypto: EvidenceCrypto = {
  sha256,
  verifyEd25519(publicKey, message, signature) {
    try {
      // RFC 8032 as OpenSSL reads it; the default (ZIP 215) accepts encodings that the server refuses.
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
};
