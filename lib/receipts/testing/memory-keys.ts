import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { KeyId, PersonId } from '#lib/core';
import { ed25519JwkOf, keyThumbprint } from '#lib/evidence';
import type { Keys, PublicSigningKey, Sealer, Signer, SigningPurpose } from '#lib/keys';
import { sha256 } from '../hash.ts';

/** Keys of one test, in memory, shared by its replicas. */
export function memoryKeys(): Keys & { destroyed: Set<string> } {
  const signers = new Map<string, Signer & { state: string }>();
  const persons = new Map<string, Buffer>();
  const destroyed = new Set<string>();
  const archive = randomBytes(32);
  const sealerOf = (kid: string, key: Buffer): Sealer => ({
    kid,
    seal: (place, plaintext) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(JSON.stringify(place)));
      const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    open: (place, envelope) => {
      const bytes = Buffer.from(envelope);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(JSON.stringify(place)));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    },
  });
  const make = (purpose: SigningPurpose): PublicSigningKey => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const jwk = ed25519JwkOf(raw);
    const kid = keyThumbprint(sha256, jwk) as KeyId;
    const signer = {
      kid,
      purpose,
      publicJwk: jwk,
      publicKey: raw,
      state: 'inactive',
      sign: signWith(privateKey),
    };
    signers.set(kid, signer);
    return { kid, purpose, publicJwk: jwk, publicKey: raw, state: 'inactive' };
  };
  const unused = () => {
    throw new Error('not used by receipts');
  };
  return {
    destroyed,
    sealer: (async (_tenant: string, under: 'data' | 'archive' | { person: PersonId }) => {
      if (typeof under === 'string') return sealerOf(under, archive);
      if (destroyed.has(under.person)) return undefined;
      let key = persons.get(under.person);
      if (!key) persons.set(under.person, (key = randomBytes(32)));
      return sealerOf(under.person, key);
    }) as Keys['sealer'],
    lookup: async (_tenant, kind, text) => createHmac('sha256', archive).update(`${kind}\n${text}`).digest(),
    createSigningKey: async (_tx, _tenant, purpose) => make(purpose),
    activateSigningKey: async (_tx, _tenant, kid) => {
      const found = signers.get(kid);
      if (found) found.state = 'active';
    },
    signerByKid: async (_tenant, kid) => {
      const found = signers.get(kid);
      if (!found) throw new Error(`no key ${kid}`);
      return found;
    },
    destroyPersonKey: async (_tx, _tenant, person) => {
      persons.delete(person);
      destroyed.add(person);
    },
    createPersonKey: async () => undefined,
    createTenantKeys: async () => undefined,
    check: unused,
    rotateDataKey: unused,
    seal: unused,
    open: unused,
    tryOpen: unused,
    signer: unused,
    cachedSigner: unused,
    publicKeys: unused,
    inactiveKeys: unused,
    start: async () => undefined,
    close: () => undefined,
  };
}

function signWith(key: KeyObject): (message: Uint8Array) => Uint8Array {
  return (message) => sign(null, message, key);
}
