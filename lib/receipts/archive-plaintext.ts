import { OPENING_BYTES, type Disclosures } from './disclosures.ts';

/**
 * What an envelope of the archive seals: of the leaves of a batch, all that is about one person. Entries of uint16 leaf,
 * uint8 tag, uint32 length and bytes. The first is a table of the claims' endings, each once, for most of them are the
 * same from call to call; a disclosure is then its own opening and a place in that table. Nothing is compressed beyond
 * that: a length may tell that two claims are equal, and never what resembles something that an agent made up.
 */
const HEAD_BYTES = 7;
const LENGTH_BYTES = 4;
const PLACE_BYTES = 2;

/** `joined` is how disclosures were written before there was a table: base64url, joined by `~`. */
const TAGS = {
  joined: 0,
  arguments: 1,
  result: 2,
  context: 3,
  values: 4,
  endings: 5,
  disclosures: 6,
} as const;

/** What is archived whole, beside its digest in the receipt. */
export type BodyName = 'arguments' | 'result' | 'context' | 'values';
const BODY_NAMES: readonly (BodyName | undefined)[] = [undefined, 'arguments', 'result', 'context', 'values'];

interface Piece {
  /** Position of the leaf in its batch. */
  readonly leaf: number;
  readonly tag: number;
  readonly content: string | Uint8Array | Placed;
  readonly bytes: number;
}

interface Placed {
  readonly openings: string;
  readonly places: readonly number[];
}

/** Collects what goes into one envelope. */
export class ArchiveWriter {
  readonly #pieces: Piece[] = [];
  readonly #places = new Map<string, number>();
  #total = 0;
  #tableBytes = 0;

  addBody(leaf: number, name: BodyName, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
    this.#add({ leaf, tag: TAGS[name], content, bytes });
  }

  addDisclosures(leaf: number, { openings, endings }: Disclosures): void {
    const places = endings.map((ending) => this.#placeOf(ending));
    const bytes = places.length * (OPENING_BYTES + PLACE_BYTES);
    this.#add({ leaf, tag: TAGS.disclosures, content: { openings, places }, bytes });
  }

  plaintext(): Buffer {
    const plain = Buffer.allocUnsafe(HEAD_BYTES + this.#tableBytes + this.#total);
    let at = writeHead(plain, 0, { leaf: 0, tag: TAGS.endings, bytes: this.#tableBytes });
    for (const ending of this.#places.keys()) {
      const bytes = plain.write(ending, at + LENGTH_BYTES, 'base64url');
      at = plain.writeUInt32BE(bytes, at) + bytes;
    }
    for (const piece of this.#pieces) {
      at = writeHead(plain, at, piece);
      writeContent(plain, at, piece.content);
      at += piece.bytes;
    }
    return plain;
  }

  #add(piece: Piece): void {
    this.#pieces.push(piece);
    this.#total += HEAD_BYTES + piece.bytes;
  }

  #placeOf(ending: string): number {
    const known = this.#places.get(ending);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(ending, place);
    this.#tableBytes += LENGTH_BYTES + Math.floor((ending.length * 3) / 4);
    return place;
  }
}

function writeHead(plain: Buffer, at: number, { leaf, tag, bytes }: Omit<Piece, 'content'>): number {
  plain.writeUInt16BE(leaf, at);
  plain[at + 2] = tag;
  return plain.writeUInt32BE(bytes, at + 3);
}

function writeContent(plain: Buffer, at: number, content: Piece['content']): void {
  if (typeof content === 'string') return void plain.write(content, at);
  if (content instanceof Uint8Array) return plain.set(content, at);
  let next = at + plain.write(content.openings, at, 'base64url');
  for (const place of content.places) next = plain.writeUInt16BE(place, next);
}

/** What was sealed of one leaf. */
export type ArchiveEntry =
  /** Put together when they are asked for: who reads one leaf has opened its whole batch. */
  | { readonly leaf: number; readonly name: 'disclosures'; readonly disclosures: () => readonly string[] }
  | { readonly leaf: number; readonly name: BodyName; readonly bytes: Uint8Array };

/** Reads what `ArchiveWriter` wrote, and what was written before there was a table. */
export function decodeArchive(plaintext: Uint8Array): ArchiveEntry[] {
  const plain = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  const entries: ArchiveEntry[] = [];
  let table: readonly Buffer[] = [];
  for (let at = 0; at < plain.length;) {
    const [leaf, tag] = [plain.readUInt16BE(at), plain.readUInt8(at + 2)];
    const start = at + HEAD_BYTES;
    at = start + plain.readUInt32BE(at + 3);
    const bytes = plain.subarray(start, at);
    const name = BODY_NAMES[tag];
    if (name !== undefined) entries.push({ leaf, name, bytes });
    else if (tag === TAGS.endings) table = readTable(bytes);
    else entries.push({ leaf, name: 'disclosures', disclosures: disclosuresOf(tag, bytes, table) });
  }
  return entries;
}

function readTable(bytes: Buffer): Buffer[] {
  const table: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32BE(at);
    table.push(bytes.subarray(start, at));
  }
  return table;
}

function disclosuresOf(tag: number, bytes: Buffer, table: readonly Buffer[]): () => string[] {
  if (tag === TAGS.joined) return () => bytes.toString('latin1').split('~');
  return () => {
    const count = bytes.length / (OPENING_BYTES + PLACE_BYTES);
    return Array.from({ length: count }, (_, at) => {
      const opening = bytes.subarray(at * OPENING_BYTES, (at + 1) * OPENING_BYTES);
      const ending = table[bytes.readUInt16BE(count * OPENING_BYTES + at * PLACE_BYTES)];
      return Buffer.concat([opening, ending ?? Buffer.alloc(0)]).toString('base64url');
    });
  };
}
