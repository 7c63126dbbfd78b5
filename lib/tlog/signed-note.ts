import {
  assert,
  concatBytes,
  err,
  fromBase64,
  fromHex,
  ok,
  toBase64,
  toHex,
  utf8,
  type Result,
} from '#lib/core';
import { NOTE_CHARS_MAX, NOTE_SIGNATURES_MAX } from './constants.ts';
import { isKeyName } from './verifier-key.ts';
import type {
  NoteProblem,
  NoteSignature,
  NoteSigner,
  OpenedNote,
  UnverifiedNote,
  VerifierKey,
  VerifyEd25519,
} from './types.ts';

// ASCII control characters other than newline, and text that UTF-8 can't carry.
const FORBIDDEN =
  /[\u0000-\u0009\u000b-\u001f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/; // oxlint-disable-line no-control-regex
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([^ ]+)$/;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

/** A C2SP signed note over `text`, which ends in a newline, with one signature line per signer. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  assert(
    text.endsWith('\n') && !FORBIDDEN.test(text),
    "a note's text ends in a newline and has no control characters",
  );
  assert(signers.length > 0, 'a note has at least one signature');
  const message = utf8(text);
  const lines = signers.map((signer) => {
    const id = fromHex(signer.id);
    assert(id?.length === KEY_ID_BYTES, 'a key id is 8 hex digits');
    return `\u2014 ${signer.name} ${toBase64(concatBytes(id, signer.sign(message)))}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Takes a note apart without trusting it. */
export function parseNote(note: string): Result<UnverifiedNote, NoteProblem> {
  if (note.length > NOTE_CHARS_MAX) return malformed(`a note has at most ${NOTE_CHARS_MAX} characters`);
  if (FORBIDDEN.test(note)) return malformed('a note has no control characters but newline');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n'))
    return malformed('a note is text, an empty line and signature lines');
  const lines = note.slice(split + 2, -1).split('\n');
  if (split + 2 >= note.length) return malformed('a note has at least one signature');
  if (lines.length > NOTE_SIGNATURES_MAX)
    return malformed(`a note has at most ${NOTE_SIGNATURES_MAX} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (signature === undefined)
      return malformed('a signature line is an em dash, a key name and padded base64');
    signatures.push(signature);
  }
  return ok({ text: note.slice(0, split + 1), signatures });
}

/**
 * The note's text, if a known key signed it. Signatures of unknown keys are ignored; a known key's failing signature
 * refuses the whole note, as signed-note recommends; so does a known key that signed twice.
 */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
  verify: VerifyEd25519,
): Result<OpenedNote, NoteProblem> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const message = utf8(parsed.value.text);
  const verified: VerifierKey[] = [];
  const unknown: NoteSignature[] = [];
  for (const signature of parsed.value.signatures) {
    const key = keys.find((known) => known.name === signature.name && known.id === signature.keyId);
    if (key === undefined) unknown.push(signature);
    else if (verified.includes(key)) return malformed(`${key.name} signed twice`);
    else if (isSignedBy(key, message, signature, verify)) verified.push(key);
    else return err({ kind: 'bad-signature', name: signature.name, keyId: signature.keyId });
  }
  if (verified.length === 0) return err({ kind: 'no-known-key', signatures: parsed.value.signatures });
  return ok({ text: parsed.value.text, verified, unknown });
}

function isSignedBy(
  key: VerifierKey,
  message: Uint8Array,
  { signature }: NoteSignature,
  verify: VerifyEd25519,
): boolean {
  return signature.length === SIGNATURE_BYTES && verify(key.publicKey, message, signature);
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return undefined;
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, keyId: toHex(bytes.subarray(0, KEY_ID_BYTES)), signature: bytes.slice(KEY_ID_BYTES) };
}

function malformed(reason: string): Result<never, NoteProblem> {
  return err({ kind: 'malformed', reason });
}
