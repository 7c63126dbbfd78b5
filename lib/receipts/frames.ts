import type { PersonId } from '#lib/core';

const PERSON_BYTES = 16;
const LENGTH_BYTES = 4;

/** Whose key seals: a person's, or undefined for the tenant's archive key. */
export type SealedUnder = PersonId | undefined;

export interface SealedPart {
  readonly under: SealedUnder;
  readonly envelope: Uint8Array;
}

/** Envelopes of several persons in one column: 16-byte person id (zeros for nobody), uint32 length, envelope. */
export function encodeParts(parts: readonly SealedPart[]): Buffer {
  const total = parts.reduce((bytes, part) => bytes + PERSON_BYTES + LENGTH_BYTES + part.envelope.length, 0);
  const framed = Buffer.alloc(total);
  let at = 0;
  for (const { under, envelope } of parts) {
    if (under !== undefined) framed.write(under.replaceAll('-', ''), at, 'hex');
    framed.writeUInt32BE(envelope.length, at + PERSON_BYTES);
    framed.set(envelope, at + PERSON_BYTES + LENGTH_BYTES);
    at += PERSON_BYTES + LENGTH_BYTES + envelope.length;
  }
  return framed;
}

export function decodeParts(framed: Uint8Array): SealedPart[] {
  const bytes = Buffer.from(framed.buffer, framed.byteOffset, framed.byteLength);
  const parts: SealedPart[] = [];
  for (let at = 0; at < bytes.length;) {
    const hex = bytes.toString('hex', at, at + PERSON_BYTES);
    const length = bytes.readUInt32BE(at + PERSON_BYTES);
    const start = at + PERSON_BYTES + LENGTH_BYTES;
    const under = /^0+$/.test(hex)
      ? undefined
      : (hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as PersonId);
    parts.push({ under, envelope: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return parts;
}
