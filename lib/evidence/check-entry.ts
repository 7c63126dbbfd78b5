import { canonicalJson, toBase64, toHex, utf8, type Json } from '#lib/core';
import { emptyRoot, verifyInclusion, type Checkpoint } from '#lib/tlog';
import { findKeyProblem } from './key-chain.ts';
import { logOrigin } from './parse-trust.ts';
import type { Entry } from './read-bundle.ts';
import type { Recorder } from './recorder.ts';
import type { EvidenceCrypto } from './types.ts';
import type { OpenedReceipt } from './verdict-types.ts';

/** Entries of `keys` are hints: one that can't be checked leaves nothing open, one that is wrong is wrong. */
export function isNeeded(entry: Entry): boolean {
  return entry.at.startsWith('receipts/');
}

/** Encodings, schema and disclosures were judged while opening; here they become checks. */
export function checkForm(entry: Entry, record: Recorder): void {
  const { at, opened } = entry;
  if (opened.ok) {
    record.yes('encoding', 'one text only: strict base64url and RFC 8785', at);
    record.yes('schema', `fits the closed schema of kind ${opened.value.signed.kind}`, at);
    record.yes('disclosures', 'every disclosure belongs to exactly one digest', at);
  } else if (opened.error.unknownVersion) {
    if (isNeeded(entry)) record.notMade(opened.error.check, opened.error.detail, at);
  } else {
    record.no(opened.error.check, opened.error.detail, at);
  }
}

/** The JWT's own signature, by the key whose thumbprint it names. Whether that key counts is `trust`. */
export function checkSignature(
  crypto: EvidenceCrypto,
  entry: Entry,
  keys: ReadonlyMap<string, Uint8Array>,
  record: Recorder,
): boolean {
  if (!entry.opened.ok) return false;
  const { signature } = entry.opened.value;
  if (signature === undefined) return true;
  const key = keys.get(signature.kid);
  if (key === undefined) {
    if (isNeeded(entry)) record.notMade('signature', `the key ${signature.kid} is unknown`, entry.at);
    return false;
  }
  const isGood = crypto.verifyEd25519(key, signature.message, signature.bytes);
  if (isGood) record.yes('signature', `signed by the key ${signature.kid}`, entry.at);
  else record.no('signature', `the key ${signature.kid} did not sign this`, entry.at);
  return isGood;
}

/** Proof, index below size, and the checkpoint's origin is the log that the receipt says it is in. */
export function checkInclusion(
  crypto: EvidenceCrypto,
  entry: Entry,
  checkpoint: Checkpoint | undefined,
  record: Recorder,
): boolean {
  const { at, proof, leafHash, opened } = entry;
  if (proof === undefined) record.no('inclusion', 'the proof is not a tlog-proof', at);
  if (proof === undefined || checkpoint === undefined || leafHash === undefined) return false;
  const { index } = proof;
  const { size, root, origin } = checkpoint;
  if (!verifyInclusion(crypto.sha256, { index, size, root, leafHash, proof: proof.hashes })) {
    record.no('inclusion', `the checkpoint does not hold this receipt at index ${index}`, at);
    return false;
  }
  if (opened.ok && logOrigin(opened.value.signed.iss, opened.value.signed.log.id) !== origin) {
    record.no('inclusion', `the receipt is of another log than ${origin}`, at);
    return false;
  }
  record.yes('inclusion', `entry ${index} of the ${size} that the checkpoint covers`, at);
  return true;
}

/** The head that the receipt names is older than itself, and an empty one is the empty tree. */
export function checkOwnHead(crypto: EvidenceCrypto, entry: Entry, record: Recorder): void {
  if (!entry.opened.ok || entry.proof === undefined) return;
  const { size, root } = entry.opened.value.signed.log;
  const isEmptyRoot = root === toBase64(emptyRoot(crypto.sha256));
  if (BigInt(size) > entry.proof.index)
    record.no('heads', `names a head of ${size} entries, later than itself`, entry.at);
  else if (size === 0 && !isEmptyRoot) record.no('heads', 'names a wrong root for the empty log', entry.at);
  else record.yes('heads', `names the head of ${size} entries, older than itself`, entry.at);
}

/** What a `key` receipt claims, and that entry 0 is one that opens the log. */
export function checkKeyClaim(crypto: EvidenceCrypto, entry: Entry, record: Recorder): boolean {
  if (!entry.opened.ok || entry.proof === undefined) return false;
  const isMisplaced = !isNeeded(entry) && entry.opened.value.signed.kind !== 'key';
  const problem = isMisplaced
    ? 'stands among the keys and names none'
    : findKeyProblem(crypto.sha256, entry.opened.value, entry.proof.index);
  if (problem !== undefined) record.no('keys', problem, entry.at);
  else if (entry.opened.value.signed.kind === 'key') record.yes('keys', 'names a key consistently', entry.at);
  return problem === undefined;
}

/** Every body present has its digest disclosed, and matches it. */
export function checkBodies(crypto: EvidenceCrypto, entry: Entry, record: Recorder): void {
  if (!entry.opened.ok) return;
  for (const [name, body] of Object.entries(entry.body)) {
    const wrong = findBodyProblem(crypto, entry.opened.value, name as BodyName, body as Json);
    if (wrong === undefined) record.yes('bodies', `${name} is what was hashed`, entry.at);
    else record.no('bodies', wrong, entry.at);
  }
}

/** Bodies whose digest is disclosed and that did not come along. */
export function absentBodies(entry: Entry): string[] {
  if (!entry.opened.ok) return [];
  const { payload } = entry.opened.value;
  return BODY_NAMES.filter((name) => typeof payload[name] === 'object' && !Object.hasOwn(entry.body, name));
}

const BODY_NAMES = ['arguments', 'result', 'context', 'values'] as const;
type BodyName = (typeof BODY_NAMES)[number];

function findBodyProblem(
  crypto: EvidenceCrypto,
  receipt: OpenedReceipt,
  name: BodyName,
  body: Json,
): string | undefined {
  const digest = receipt.payload[name];
  if (digest === undefined || typeof digest === 'string') return `${name} has no disclosed digest`;
  const bytes = bytesOf(name, body);
  if (bytes === undefined) return `${name} can't be written as RFC 8785 text`;
  const isSame = bytes.length === digest.bytes && toHex(crypto.sha256(bytes)) === digest.sha256;
  return isSame ? undefined : `${name} is not what was hashed`;
}

function bytesOf(name: BodyName, body: Json): Uint8Array | undefined {
  if (name === 'result') return typeof body === 'string' && body.isWellFormed() ? utf8(body) : undefined;
  try {
    return utf8(canonicalJson(body));
  } catch {
    return undefined;
  }
}
