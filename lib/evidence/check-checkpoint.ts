import { openNote, parseCheckpoint, parseNote, type Checkpoint, type VerifierKey } from '#lib/tlog';
import type { Entry } from './read-bundle.ts';
import type { Recorder } from './recorder.ts';
import type { EvidenceCrypto } from './types.ts';

/** The one checkpoint that all proofs of a bundle use. */
export interface SharedCheckpoint {
  readonly text: string;
  readonly checkpoint: Checkpoint;
}

/** The checkpoint that all proofs carry, read but not yet verified; a bundle with two, or with a bad one, fails. */
export function readSharedCheckpoint(
  entries: readonly Entry[],
  record: Recorder,
): SharedCheckpoint | undefined {
  const texts = new Set(entries.flatMap((entry) => (entry.proof ? [entry.proof.checkpoint] : [])));
  const [text] = texts;
  if (text === undefined) return undefined;
  if (texts.size > 1) {
    record.no('checkpoint', 'the proofs use more than one checkpoint');
    return undefined;
  }
  const note = parseNote(text);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : undefined;
  if (checkpoint === undefined) {
    record.no('checkpoint', 'it is not a signed note of origin, size and root without extension lines');
    return undefined;
  }
  return { text, checkpoint };
}

/**
 * Whether one of `keys` signed the checkpoint, and with it the attempts, which have no signature of their own. Other
 * signers (witnesses, say) come back as notes.
 */
export function checkCheckpoint(
  crypto: EvidenceCrypto,
  shared: SharedCheckpoint,
  receipts: readonly Entry[],
  keys: readonly VerifierKey[],
  record: Recorder,
): { readonly notes: readonly string[] } {
  const { origin, size } = shared.checkpoint;
  const ofLog = keys.filter((key) => key.name === origin);
  const opened = openNote(shared.text, ofLog, crypto.verifyEd25519);
  if (opened.ok) {
    const ids = opened.value.verified.map((key) => key.id).join(', ');
    record.yes('checkpoint', `the log key ${ids} of ${origin} signed its ${size} entries`);
    for (const { at, opened: receipt } of receipts) {
      if (receipt.ok && receipt.value.signature === undefined)
        record.yes('signature', 'signed by the checkpoint', at);
    }
    const others = opened.value.unknown.map(({ name, keyId }) => `${name}+${keyId}`);
    return {
      notes: others.map((other) => `the checkpoint is also signed by ${other}, which was not checked`),
    };
  }
  if (opened.error.kind === 'no-known-key') {
    const signers = opened.error.signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
    record.notMade('checkpoint', `no known key of ${origin} signed it (signers: ${signers})`);
  } else {
    const { error } = opened;
    record.no(
      'checkpoint',
      error.kind === 'malformed' ? error.reason : `the key ${error.keyId} did not sign it`,
    );
  }
  return { notes: [] };
}
