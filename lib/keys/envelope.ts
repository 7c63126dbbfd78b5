import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import {
  canonicalJson,
  decodeUtf8,
  fromBase64Url,
  isJsonObject,
  type JsonObject,
  type TenantId,
} from '#lib/core';
import {
  COMMITMENT_BYTES,
  ENVELOPE_HEADER_BYTES_MAX,
  IV_BYTES,
  KEY_BYTES,
  SALT_BYTES,
  TAG_BYTES,
} from './constants.ts';
import { EnvelopeError } from './errors.ts';
import { takeRandom } from './random-pool.ts';
import type { Place } from './types.ts';

/** A key that envelopes are made with; `kid` names one version of one key. */
export interface EnvelopeKey {
  readonly kid: string;
  readonly tenant: TenantId;
  readonly key: KeyObject;
}

/** The parts of an envelope: a JWE (`header..iv.ciphertext.tag`) without its base64url. */
export interface EnvelopeParts {
  readonly header: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly ciphertext: Buffer;
}

const LENGTH_BYTES = 4;
const INFO_PREFIX = 'countersign-envelope/v1\0';

/** Seals bytes for one place (FORMATS 5). Header and key derivation bind tenant, purpose, record and key version. */
export function sealEnvelope(key: EnvelopeKey, place: Place, plaintext: Uint8Array): Buffer<ArrayBuffer> {
  const salt = takeRandom(SALT_BYTES);
  const iv = takeRandom(IV_BYTES);
  const purpose = canonicalJson(place.purpose);
  const record = canonicalJson(place.record);
  const { contentKey, commitment } = derive(key, purpose, record, salt);
  const header = headerText(
    key,
    purpose,
    record,
    salt.toString('base64url'),
    commitment.toString('base64url'),
  );
  const headerBytes = Buffer.byteLength(header);
  if (headerBytes > ENVELOPE_HEADER_BYTES_MAX) throw new Error('the record of an envelope is too long');
  const cipher = createCipheriv('aes-256-gcm', contentKey, iv);
  cipher.setAAD(Buffer.from(Buffer.from(header).toString('base64url'), 'latin1'));
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + headerBytes + IV_BYTES + TAG_BYTES + plaintext.length);
  framed.writeUInt32BE(headerBytes, 0);
  let at = LENGTH_BYTES + framed.write(header, LENGTH_BYTES);
  at += iv.copy(framed, at);
  const ciphertextAt = at + TAG_BYTES;
  cipher.update(plaintext).copy(framed, ciphertextAt);
  cipher.final();
  cipher.getAuthTag().copy(framed, at);
  return framed as Buffer<ArrayBuffer>;
}

/**
 * Opens an envelope that must be of this tenant and place, under the key it names.
 * @throws {EnvelopeError} `misplaced`, `unknown-key`, `commitment`, `authentication`, or `malformed`.
 */
export function openEnvelope(
  find: (kid: string) => EnvelopeKey | undefined,
  tenant: TenantId,
  place: Place,
  envelope: Uint8Array,
): Buffer {
  const parts = splitEnvelope(envelope);
  const { kid, salt, commitment } = readHeader(parts.header, tenant, place);
  const key = find(kid);
  if (key === undefined || key.tenant !== tenant) {
    throw new EnvelopeError('unknown-key', 'the key that this envelope names is not there');
  }
  const derived = derive(key, canonicalJson(place.purpose), canonicalJson(place.record), salt);
  if (!timingSafeEqual(derived.commitment, commitment)) {
    throw new EnvelopeError('commitment', 'this envelope was not made with the key that it names');
  }
  return decrypt(derived.contentKey, parts);
}

/** Which key an envelope says it was made with; undefined when it is none. */
export function envelopeKid(envelope: Uint8Array): string | undefined {
  try {
    const kid = parseHeader(splitEnvelope(envelope).header)['kid'];
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

/** Takes framed bytes apart: uint32 header length, header, iv, tag, ciphertext. @throws {EnvelopeError} */
export function splitEnvelope(envelope: Uint8Array): EnvelopeParts {
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength);
  const headerBytes = bytes.length >= LENGTH_BYTES ? bytes.readUInt32BE(0) : Infinity;
  const ivAt = LENGTH_BYTES + headerBytes;
  const tagAt = ivAt + IV_BYTES;
  const ciphertextAt = tagAt + TAG_BYTES;
  if (headerBytes > ENVELOPE_HEADER_BYTES_MAX || ciphertextAt > bytes.length) throw malformed();
  return {
    header: bytes.subarray(LENGTH_BYTES, ivAt),
    iv: bytes.subarray(ivAt, tagAt),
    tag: bytes.subarray(tagAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
  };
}

/** RFC 8785 text, written in its key order. `kid` and tenant are UUIDs and need no escapes. */
function headerText(
  { kid, tenant }: EnvelopeKey,
  purpose: string,
  record: string,
  salt: string,
  commitment: string,
): string {
  return `{"alg":"dir","commitment":"${commitment}","enc":"A256GCM","kid":"${kid}","purpose":${purpose},"record":${record},"salt":"${salt}","tenant":"${tenant}","typ":"countersign-envelope","v":1}`;
}

function derive(
  { kid, tenant, key }: EnvelopeKey,
  purpose: string,
  record: string,
  salt: Uint8Array,
): { contentKey: KeyObject; commitment: Buffer } {
  const info = `${INFO_PREFIX}{"kid":"${kid}","purpose":${purpose},"record":${record},"tenant":"${tenant}"}`;
  const bytes = Buffer.from(hkdfSync('sha256', key, salt, info, KEY_BYTES + COMMITMENT_BYTES));
  // A cipher takes a key object at a fifth of what it takes bytes for.
  const contentKey = createSecretKey(bytes.subarray(0, KEY_BYTES));
  return { contentKey, commitment: bytes.subarray(KEY_BYTES) };
}

function readHeader(
  bytes: Buffer,
  tenant: TenantId,
  place: Place,
): { kid: string; salt: Uint8Array; commitment: Uint8Array } {
  const header = parseHeader(bytes);
  const { kid, salt: saltText, commitment: commitmentText } = header as Record<string, unknown>;
  if (typeof kid !== 'string' || typeof saltText !== 'string' || typeof commitmentText !== 'string')
    throw malformed();
  const expected = {
    alg: 'dir',
    commitment: commitmentText,
    enc: 'A256GCM',
    kid,
    purpose: place.purpose,
    record: place.record,
    salt: saltText,
    tenant,
    typ: 'countersign-envelope',
    v: 1,
  };
  const misplaced = (['tenant', 'purpose', 'record'] as const).some(
    (name) => header[name] !== expected[name],
  );
  if (misplaced)
    throw new EnvelopeError('misplaced', 'this envelope belongs to another tenant, purpose or record');
  // One text for one header: order, escapes, unknown members and versions all show up here.
  if (canonicalJson(expected) !== bytes.toString()) throw malformed();
  const salt = fromBase64Url(saltText);
  const commitment = fromBase64Url(commitmentText);
  if (salt?.length !== SALT_BYTES || commitment?.length !== COMMITMENT_BYTES) throw malformed();
  return { kid, salt, commitment };
}

function parseHeader(bytes: Buffer): JsonObject {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw malformed();
  try {
    const header: unknown = JSON.parse(text);
    if (isJsonObject(header)) return header;
  } catch {
    // Not JSON: said below.
  }
  throw malformed();
}

function decrypt(contentKey: KeyObject, { header, iv, tag, ciphertext }: EnvelopeParts): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', contentKey, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(header.toString('base64url'), 'latin1'));
  decipher.setAuthTag(tag);
  try {
    const plaintext = decipher.update(ciphertext);
    decipher.final();
    return plaintext;
  } catch {
    throw new EnvelopeError('authentication', 'this envelope was altered');
  }
}

function malformed(): EnvelopeError {
  return new EnvelopeError('malformed', 'these bytes are not an envelope');
}
