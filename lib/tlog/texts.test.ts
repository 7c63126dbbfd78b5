import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toBase64, utf8 } from '#lib/core';
import {
  createNoteSigner,
  decodeEntryBundle,
  encodeEntryBundle,
  encodeVkey,
  formatAddCheckpoint,
  formatCheckpoint,
  formatTlogProof,
  openNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  parseTilePath,
  parseTlogProof,
  parseVkey,
  signNote,
  tilePath,
  tileWidth,
  type VerifyEd25519,
} from './index.ts';

const h = (bytes: Uint8Array) => new Uint8Array(hash('sha256', bytes, 'buffer'));
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const verifyEd25519: VerifyEd25519 = (key, message, signature) =>
  verify(
    null,
    message,
    createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' }),
    signature,
  );

const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
const privateKey = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' });
const publicKey = new Uint8Array(
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI.length),
);
const ORIGIN = 'acme.example.com/log/0123456789abcdef';
const signer = createNoteSigner(
  h,
  ORIGIN,
  publicKey,
  (message) => new Uint8Array(sign(null, message, privateKey)),
);
const vkey = encodeVkey(h, ORIGIN, publicKey);

/** The example of the signed-note specification. */
const PUBLISHED_VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const PUBLISHED_NOTE =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

function keyOf(text: string) {
  const parsed = parseVkey(h, text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe('verifier keys', () => {
  test('the published one is read and written back', () => {
    const key = keyOf(PUBLISHED_VKEY);
    expect(key.name).toBe('example.com/foo');
    expect(key.id).toBe('530d903a');
    expect(encodeVkey(h, key.name, key.publicKey)).toBe(PUBLISHED_VKEY);
  });

  test('are split at the first two plus signs, for base64 has more', () => {
    const withPlus = Array.from({ length: 256 }, (_, byte) =>
      encodeVkey(h, 'a', new Uint8Array(32).fill(byte)),
    );
    expect(withPlus.some((text) => text.split('+').length > 3)).toBe(true);
    for (const text of withPlus) expect(parseVkey(h, text).ok).toBe(true);
  });

  test.each([
    ['no parts', 'example.com'],
    ['two parts', 'example.com/foo+530d903a'],
    ['an empty name', PUBLISHED_VKEY.slice('example.com/foo'.length)],
    ['a name with a space', `a ${PUBLISHED_VKEY}`],
    ['a name with a no-break space', `a\u00a0${PUBLISHED_VKEY}`],
    ['another name', `x${PUBLISHED_VKEY}`],
    ['another key id', PUBLISHED_VKEY.replace('530d903a', '530d903b')],
    ['an upper-case key id', PUBLISHED_VKEY.replace('530d903a', '530D903A')],
    ['another signature type', PUBLISHED_VKEY.replace('+Aeky', '+BOky')],
    ['a short key', 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q=='],
    ['base64 with other trailing bits', PUBLISHED_VKEY.replace(/k$/, 'l')],
    ['white space', `${PUBLISHED_VKEY}\n`],
  ])('%s is refused', (_name, text) => {
    expect(parseVkey(h, text).ok).toBe(false);
  });
});

describe('signed notes', () => {
  test('the published note opens with its key [c2sp-signed-note]', () => {
    const opened = openNote(PUBLISHED_NOTE, [keyOf(PUBLISHED_VKEY)], verifyEd25519);
    expect(opened.ok && opened.value.text).toBe('This is an example message.\n');
  });

  test('one of ours opens, also with signatures of strangers before and after, and text with empty lines', () => {
    const note = signNote('Ognuno sta solo\n\ned è subito sera.\n', [signer]);
    const [head = '', mine = ''] = note.split('\n\n— ');
    const stranger = `— witness.example ${toBase64(new Uint8Array(76))}\n`;
    const crowded = `${head}\n\n${stranger}— ${mine}${stranger}`;
    const opened = openNote(crowded, [keyOf(PUBLISHED_VKEY), keyOf(vkey)], verifyEd25519);
    expect(opened.ok && opened.value.verified.map((key) => key.id)).toEqual([keyOf(vkey).id]);
    expect(opened.ok && opened.value.unknown).toHaveLength(2);
  });

  test('both keys sign during a rotation', () => {
    const other = createNoteSigner(h, 'old.example', publicKey, signer.sign);
    const keys = [keyOf(vkey), keyOf(encodeVkey(h, 'old.example', publicKey))];
    const opened = openNote(signNote('x\n', [signer, other]), keys, verifyEd25519);
    expect(opened.ok && opened.value.verified).toHaveLength(2);
  });

  const note = signNote('text\n', [signer]);
  const line = note.slice(note.indexOf('—'));

  test('unknown signers only: said so, not malformed', () => {
    const opened = openNote(note, [keyOf(PUBLISHED_VKEY)], verifyEd25519);
    expect(!opened.ok && opened.error.kind).toBe('no-known-key');
    expect(openNote(note, [], verifyEd25519).ok).toBe(false);
  });

  test('a known key whose signature fails refuses the whole note, even beside a good one', () => {
    const other = createNoteSigner(h, 'old.example', publicKey, signer.sign);
    const bad = createNoteSigner(h, ORIGIN, publicKey, () => new Uint8Array(64));
    const keys = [keyOf(vkey), keyOf(encodeVkey(h, 'old.example', publicKey))];
    const opened = openNote(signNote('x\n', [other, bad]), keys, verifyEd25519);
    expect(!opened.ok && opened.error.kind).toBe('bad-signature');
    const short = createNoteSigner(h, ORIGIN, publicKey, (message) => signer.sign(message).subarray(1));
    const cut = openNote(signNote('x\n', [short]), [keyOf(vkey)], verifyEd25519);
    expect(!cut.ok && cut.error.kind).toBe('bad-signature');
    const changed = openNote(note.replace('text', 'next'), [keyOf(vkey)], verifyEd25519);
    expect(!changed.ok && changed.error.kind).toBe('bad-signature');
  });

  test.each([
    ['the empty text', ''],
    ['no signature', 'text\n\n'],
    ['no empty line', `text\n${line}`],
    ['no last newline', note.slice(0, -1)],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['two spaces', note.replace('— ', '—  ')],
    ['a third field', note.replace(/\n$/, ' x\n')],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['a tab', note.replace('text', 'te\txt')],
    ['a lone surrogate', note.replace('text', '\ud800')],
    ['a plus in the key name', note.replace(ORIGIN, 'a+b')],
    ['unpadded base64', note.replace('=', '')],
    ['base64 with a space', note.replace('=', ' =')],
    ['a signature of no bytes', `text\n\n— a ${toBase64(new Uint8Array(4))}\n`],
    ['the same key twice', note + line],
    ['65 signatures', `text\n\n${`— a ${toBase64(new Uint8Array(8))}\n`.repeat(65)}`],
    ['a text without end', `${'x'.repeat(300_000)}\n\n${line}`],
  ])('%s is malformed', (_name, text) => {
    const opened = openNote(text, [keyOf(vkey)], verifyEd25519);
    expect(!opened.ok && opened.error.kind).toBe('malformed');
  });

  test('16 signatures are read, as signed-note demands', () => {
    expect(parseNote(`text\n\n${`— a ${toBase64(new Uint8Array(5000))}\n`.repeat(16)}`).ok).toBe(true);
  });
});

describe('checkpoints', () => {
  const root = h(utf8('root'));
  const text = formatCheckpoint({ origin: ORIGIN, size: 20852163n, root });

  test('round-trip, up to the last uint64', () => {
    expect(text).toBe(`${ORIGIN}\n20852163\n${toBase64(root)}\n`);
    expect(parseCheckpoint(text)).toEqual({ origin: ORIGIN, size: 20852163n, root });
    expect(parseCheckpoint(text.replace('20852163', '0'))?.size).toBe(0n);
    expect(parseCheckpoint(text.replace('20852163', '18446744073709551615'))?.size).toBe(2n ** 64n - 1n);
  });

  test.each([
    ['2^64', text.replace('20852163', '18446744073709551616')],
    ['a leading zero', text.replace('20852163', '020852163')],
    ['a sign', text.replace('20852163', '+20852163')],
    ['other digits', text.replace('20852163', '２０８５２１６３')],
    ['an empty origin', text.replace(ORIGIN, '')],
    ['an extension line', `${text}extension\n`],
    ['an empty extension line', `${text}\n`],
    ['no last newline', text.slice(0, -1)],
    ['a short root', text.replace(toBase64(root), toBase64(root.slice(1)))],
    ['base64url', text.replace(toBase64(root), '-'.repeat(43) + '=')],
    [
      'a root with other trailing bits',
      text.replace(/(.)=\n$/, (_, last: string) => `${last === 'A' ? 'B' : 'B'}=\n`),
    ],
  ])('%s is refused', (_name, bad) => {
    expect(parseCheckpoint(bad)).toBeUndefined();
  });
});

describe('tlog-proof and add-checkpoint texts', () => {
  const hashes = [h(utf8('a')), h(utf8('b'))];
  const checkpoint = signNote(formatCheckpoint({ origin: ORIGIN, size: 4n, root: hashes[0]! }), [signer]);
  const proof = formatTlogProof({ index: 2n, hashes, checkpoint });
  const body = formatAddCheckpoint({ oldSize: 2n, proof: hashes, checkpoint });

  test('round-trip', () => {
    expect(parseTlogProof(proof)).toEqual({ index: 2n, hashes, checkpoint });
    const extra = utf8('more');
    expect(parseTlogProof(formatTlogProof({ extra, index: 0n, hashes: [], checkpoint }))).toEqual({
      extra,
      index: 0n,
      hashes: [],
      checkpoint,
    });
    expect(parseAddCheckpoint(body)).toEqual({ oldSize: 2n, proof: hashes, checkpoint });
  });

  test.each([
    ['nothing', ''],
    ['another version', proof.replace('@v1', '@v2')],
    ['a blank first line', `\n${proof}`],
    ['a carriage return', proof.replace('\n', '\r\n')],
    ['no index', proof.replace('index 2\n', '')],
    ['an index with a leading zero', proof.replace('index 2', 'index 02')],
    ['an index of 2^64', proof.replace('index 2', 'index 18446744073709551616')],
    ['two spaces', proof.replace('index 2', 'index  2')],
    ['extra after the index', proof.replace('index 2\n', 'index 2\nextra bW9yZQ==\n')],
    ['extra twice', proof.replace('index 2\n', 'extra bW9yZQ==\nextra bW9yZQ==\nindex 2\n')],
    ['extra that is not base64', proof.replace('index 2\n', 'extra bW9yZQ\nindex 2\n')],
    ['a short hash', proof.replace(toBase64(hashes[1]!), toBase64(hashes[1]!.slice(1)))],
    ['an unpadded hash', proof.replace(toBase64(hashes[1]!), toBase64(hashes[1]!).slice(0, -1))],
    ['65 hashes', formatTlogProof({ index: 2n, hashes: Array(65).fill(hashes[0]), checkpoint })],
  ])('a proof with %s is refused', (_name, text) => {
    expect(parseTlogProof(text)).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['no old size', body.replace('old 2\n', '')],
    ['a leading zero', body.replace('old 2', 'old 02')],
    ['a short hash', body.replace(toBase64(hashes[1]!), toBase64(hashes[1]!.slice(1)))],
    ['64 hashes', formatAddCheckpoint({ oldSize: 2n, proof: Array(64).fill(hashes[0]), checkpoint })],
  ])('an add-checkpoint body with %s is refused', (_name, text) => {
    expect(parseAddCheckpoint(text)).toBeUndefined();
  });
});

describe('tiles and entry bundles', () => {
  test.each([
    [0, 0n, 256, '0/000'],
    [1, 1_234_067n, 256, '1/x001/x234/067'],
    ['entries', 999n, 17, 'entries/999.p/17'],
    [63, 1000n, 1, '63/x001/000.p/1'],
  ] as const)('%s %s %s is %s', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, index, width });
  });

  test.each([
    '64/000',
    '00/000',
    '0/0',
    '0/0000',
    '0/x000/001',
    '0/001/002',
    '0/x001/x002',
    '0/000.p/0',
    '0/000.p/256',
    '0/000.p/300',
    '0/000.p/01',
    '0/000/',
    '/0/000',
    '-1/000',
    'Entries/000',
    `0/${'x018/x446/x744/x073/x709/x551'}/616`,
    `0/${'x001/'.repeat(40)}000`,
  ])('the path %s is refused', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  test('the published example of 70,000 entries has these tiles', () => {
    const size = 70_000n;
    expect(tileWidth(0, 272n, size)).toBe(256);
    expect(tileWidth(0, 273n, size)).toBe(112);
    expect(tileWidth('entries', 273n, size)).toBe(112);
    expect(tileWidth(0, 274n, size)).toBe(0);
    expect(tileWidth(1, 0n, size)).toBe(256);
    expect(tileWidth(1, 1n, size)).toBe(17);
    expect(tileWidth(2, 0n, size)).toBe(1);
    expect(tileWidth(1, 0n, 256n)).toBe(1);
  });

  test('bundles round-trip, and cut ones are refused', () => {
    const leaves = [utf8(''), utf8('one'), new Uint8Array(65_535).fill(3)];
    const bundle = encodeEntryBundle(leaves);
    expect(bundle.subarray(0, 7)).toEqual(Uint8Array.of(0, 0, 0, 3, 111, 110, 101));
    expect(decodeEntryBundle(bundle)).toEqual(leaves);
    expect(decodeEntryBundle(bundle.subarray(0, -1))).toBeUndefined();
    expect(decodeEntryBundle(Uint8Array.of(0))).toBeUndefined();
    expect(decodeEntryBundle(new Uint8Array())).toEqual([]);
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow('65,535');
  });
});
