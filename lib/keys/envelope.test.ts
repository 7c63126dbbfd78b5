import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { assert, property, uint8Array } from 'fast-check';
import { compactDecrypt, flattenedDecrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { canonicalJson, utf8, type TenantId } from '#lib/core';
import { openEnvelope, sealEnvelope, splitEnvelope, type EnvelopeKey } from './envelope.ts';
import { EnvelopeError } from './errors.ts';

const TENANT = '0b9f3a52-6f7c-4d5a-9c0e-111111111111' as TenantId;
const OTHER = '0b9f3a52-6f7c-4d5a-9c0e-222222222222' as TenantId;
const PLACE = { purpose: 'secret', record: 'a "record"/ü' };

function makeKey(tenant = TENANT, kid = 'f3a1a7a0-0000-4000-8000-000000000001') {
  const bytes = randomBytes(32);
  const key: EnvelopeKey = { kid, tenant, key: createSecretKey(bytes) };
  return { key, bytes };
}

function open(key: EnvelopeKey, envelope: Uint8Array, tenant = TENANT, place = PLACE): Uint8Array {
  return openEnvelope((kid) => (kid === key.kid ? key : undefined), tenant, place, envelope);
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof EnvelopeError ? error.kind : String(error);
  }
  return 'opened';
}

describe('an envelope', () => {
  it('opens to what was sealed, of any length', () => {
    const { key } = makeKey();
    assert(
      property(uint8Array({ maxLength: 5_000 }), (plaintext) => {
        expect(Uint8Array.from(open(key, sealEnvelope(key, PLACE, plaintext)))).toEqual(plaintext);
      }),
    );
  });

  it('is a JWE that other software opens, with key and commitment derived as documented', async () => {
    const { key, bytes } = makeKey();
    const { header, iv, ciphertext, tag } = splitEnvelope(sealEnvelope(key, PLACE, utf8('plaintext')));
    const parsed = JSON.parse(header.toString());
    const { kid, tenant, purpose, record, salt, commitment } = parsed;
    expect(header.toString()).toBe(canonicalJson(parsed));
    expect(parsed).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      typ: 'countersign-envelope',
      v: 1,
      kid: key.kid,
      tenant: TENANT,
      ...PLACE,
      salt,
      commitment,
    });

    const info = Buffer.concat([
      Buffer.from('countersign-envelope/v1'),
      Buffer.of(0),
      Buffer.from(canonicalJson({ kid, tenant, purpose, record })),
    ]);
    const derived = Buffer.from(hkdfSync('sha256', bytes, Buffer.from(salt, 'base64url'), info, 64));
    expect(derived.subarray(32).toString('base64url')).toBe(commitment);

    const contentKey = derived.subarray(0, 32);
    const texts = [header, iv, ciphertext, tag].map((part) => part.toString('base64url'));
    const [protectedText = '', ivText = '', ciphertextText = '', tagText = ''] = texts;
    const compact = await compactDecrypt(
      `${protectedText}..${ivText}.${ciphertextText}.${tagText}`,
      contentKey,
    );
    expect(Buffer.from(compact.plaintext).toString()).toBe('plaintext');
    const flattened = await flattenedDecrypt(
      { protected: protectedText, iv: ivText, ciphertext: ciphertextText, tag: tagText },
      contentKey,
    );
    expect(Buffer.from(flattened.plaintext).toString()).toBe('plaintext');
  });

  it('is another each time', () => {
    const { key } = makeKey();
    const seen = new Set(
      Array.from({ length: 1_000 }, () => sealEnvelope(key, PLACE, utf8('same')).toString('hex')),
    );
    const parts = [...seen].map((hex) => splitEnvelope(Buffer.from(hex, 'hex')));
    expect(new Set(parts.map(({ iv }) => iv.toString('hex'))).size).toBe(1_000);
    expect(new Set(parts.map(({ header }) => JSON.parse(header.toString()).salt)).size).toBe(1_000);
  });
});

describe('an envelope that was moved', () => {
  it.each([
    ['tenant', OTHER, PLACE],
    ['purpose', TENANT, { ...PLACE, purpose: 'other' }],
    ['record', TENANT, { ...PLACE, record: 'other' }],
  ])('to another %s does not open', (_what, tenant, place) => {
    const { key } = makeKey();
    const envelope = sealEnvelope(key, PLACE, utf8('x'));
    expect(refusal(() => open(key, envelope, tenant, place))).toBe('misplaced');
  });

  it('does not open when its header is rewritten to fit the new place', () => {
    const { key } = makeKey();
    const parts = splitEnvelope(sealEnvelope(key, PLACE, utf8('x')));
    const header = Buffer.from(canonicalJson({ ...JSON.parse(parts.header.toString()), record: 'other' }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length);
    const forged = Buffer.concat([length, header, parts.iv, parts.tag, parts.ciphertext]);
    expect(refusal(() => open(key, forged, TENANT, { ...PLACE, record: 'other' }))).toBe('commitment');
  });
});

describe('an envelope that was altered', () => {
  it('does not open, whichever bit was flipped', () => {
    const { key } = makeKey();
    const envelope = sealEnvelope(key, PLACE, utf8('some plaintext'));
    for (let bit = 0; bit < envelope.length * 8; bit += 1) {
      const flipped = Buffer.from(envelope);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(
        refusal(() => open(key, flipped)),
        `bit ${bit}`,
      ).not.toBe('opened');
    }
  });

  it('does not open when it was cut or lengthened', () => {
    const { key } = makeKey();
    const envelope = sealEnvelope(key, PLACE, utf8('some plaintext'));
    for (let length = 0; length < envelope.length; length += 1) {
      expect(refusal(() => open(key, envelope.subarray(0, length)))).not.toBe('opened');
    }
    expect(refusal(() => open(key, Buffer.concat([envelope, Buffer.of(0)])))).toBe('authentication');
  });

  it('does not open with another spelling of the same header', () => {
    const { key } = makeKey();
    const parts = splitEnvelope(sealEnvelope(key, PLACE, utf8('x')));
    const text = parts.header.toString();
    for (const spelling of [
      ` ${text}`,
      text.replace('"v":1', '"v":1.0'),
      text.replace('"v":1', '"v":1,"x":0'),
    ]) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(spelling));
      const forged = Buffer.concat([length, Buffer.from(spelling), parts.iv, parts.tag, parts.ciphertext]);
      expect(refusal(() => open(key, forged))).toBe('malformed');
    }
  });
});

describe('an envelope under another key', () => {
  it('does not open with a key of another version', () => {
    const envelope = sealEnvelope(makeKey().key, PLACE, utf8('x'));
    const other = makeKey(TENANT, 'f3a1a7a0-0000-4000-8000-000000000002').key;
    expect(refusal(() => open(other, envelope))).toBe('unknown-key');
  });

  it('does not open with other bytes under the same name: the commitment tells before anything is decrypted', () => {
    const envelope = sealEnvelope(makeKey().key, PLACE, utf8('x'));
    expect(refusal(() => open(makeKey().key, envelope))).toBe('commitment');
  });
});
