import { describe, expect, it } from 'vitest';
import { ArchiveWriter, decodeArchive } from './archive-plaintext.ts';
import { disclosureTexts, type Disclosures } from './disclosures.ts';
import { createRandomPool } from './random-pool.ts';

const random = createRandomPool();
const ending = (name: string, value: unknown) =>
  Buffer.from(`","${name}",${JSON.stringify(value)}]`).toString('base64url');

function disclosuresOf(endings: readonly string[]): Disclosures {
  return { openings: endings.map(() => random.disclosureOpening()).join(''), endings };
}

function read(plaintext: Uint8Array) {
  return decodeArchive(plaintext).map((entry) =>
    entry.name === 'disclosures' ? { ...entry, disclosures: entry.disclosures() } : entry,
  );
}

const CLAIMS = [ending('email', 'ada@acme.example'), ending('name', 'Ada 😀'), ending('groups', ['a', 'b'])];

describe('the plaintext of an envelope', () => {
  it('gives the disclosures of each leaf back to the byte, and the bodies', () => {
    const writer = new ArchiveWriter();
    const [first, second] = [disclosuresOf(CLAIMS), disclosuresOf([...CLAIMS.slice(1), ending('ip', '::1')])];
    writer.addDisclosures(0, first);
    writer.addBody(0, 'arguments', '{"who":"Ada 😀"}');
    writer.addDisclosures(7, second);
    writer.addBody(7, 'result', Buffer.from([0, 255, 1]));
    expect(read(writer.plaintext())).toEqual([
      { leaf: 0, name: 'disclosures', disclosures: disclosureTexts(first) },
      { leaf: 0, name: 'arguments', bytes: Buffer.from('{"who":"Ada 😀"}') },
      { leaf: 7, name: 'disclosures', disclosures: disclosureTexts(second) },
      { leaf: 7, name: 'result', bytes: Buffer.from([0, 255, 1]) },
    ]);
    const [, name] = JSON.parse(Buffer.from(disclosureTexts(first)[1]!, 'base64url').toString()) as string[];
    expect(name).toBe('name');
  });

  it('holds a claim that many leaves share once, and a salt for each', () => {
    const sizeOf = (leaves: number) => {
      const writer = new ArchiveWriter();
      for (let leaf = 0; leaf < leaves; leaf += 1) writer.addDisclosures(leaf, disclosuresOf(CLAIMS));
      return writer.plaintext().length;
    };
    const [opening, place, head] = [24, 2, 7];
    expect(sizeOf(11) - sizeOf(1)).toBe(10 * (head + CLAIMS.length * (opening + place)));
  });

  it('may be one from before there was a table of claims', () => {
    const texts = disclosureTexts(disclosuresOf(CLAIMS));
    const joined = Buffer.from(texts.join('~'));
    const plain = Buffer.alloc(7 + joined.length);
    plain.writeUInt16BE(3, 0);
    plain.writeUInt32BE(joined.length, 3);
    plain.set(joined, 7);
    expect(read(plain)).toEqual([{ leaf: 3, name: 'disclosures', disclosures: texts }]);
  });
});
