import type { PersonId } from '#lib/core';

const PERSON_BYTES = 16;
const LENGTH_BYTES = 4;
const ENTRY_HEAD_BYTES = 7;

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

/** What is sealed of one leaf. `disclosures` are joined by `~`. */
export const ENTRY_TAGS = { disclosures: 0, arguments: 1, result: 2, context: 3, values: 4 } as const;
export type EntryName = keyof typeof ENTRY_TAGS;
const ENTRY_NAMES = Object.keys(ENTRY_TAGS) as EntryName[];

/** One piece of plaintext of a batch's envelope: uint16 leaf, uint8 tag, uint32 length, bytes. */
export interface ArchiveEntry {
  /** Position of the leaf in its batch. */
  readonly leaf: number;
  readonly name: EntryName;
  readonly bytes: Uint8Array;
}

/** Collects what goes into one envelope. */
export class ArchiveWriter {
  readonly #pieces: { leaf: number; tag: number; content: string | Uint8Array; bytes: number }[] = [];
  #total = 0;

  add(leaf: number, name: EntryName, content: string | Uint8Array): void {
    // Disclosures are base64url, in which every character is a byte.
    const isOfBytes = typeof content !== 'string' || name === 'disclosures';
    const bytes = isOfBytes ? content.length : Buffer.byteLength(content);
    this.#pieces.push({ leaf, tag: ENTRY_TAGS[name], content, bytes });
    this.#total += ENTRY_HEAD_BYTES + bytes;
  }

  plaintext(): Buffer {
    const plain = Buffer.allocUnsafe(this.#total);
    let at = 0;
    for (const { leaf, tag, content, bytes } of this.#pieces) {
      plain.writeUInt16BE(leaf, at);
      plain[at + 2] = tag;
      plain.writeUInt32BE(bytes, at + 3);
      if (typeof content === 'string') plain.write(content, at + ENTRY_HEAD_BYTES, encodingOf(tag));
      else plain.set(content, at + ENTRY_HEAD_BYTES);
      at += ENTRY_HEAD_BYTES + bytes;
    }
    return plain;
  }
}

function encodingOf(tag: number): BufferEncoding {
  return tag === ENTRY_TAGS.disclosures ? 'latin1' : 'utf8';
}

export function decodeArchive(plaintext: Uint8Array): ArchiveEntry[] {
  const bytes = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  const entries: ArchiveEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const name = ENTRY_NAMES[bytes[at + 2] ?? 0] ?? 'disclosures';
    const start = at + ENTRY_HEAD_BYTES;
    const length = bytes.readUInt32BE(at + 3);
    entries.push({ leaf: bytes.readUInt16BE(at), name, bytes: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return entries;
}
