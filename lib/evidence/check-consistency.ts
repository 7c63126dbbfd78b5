import { fromBase64, toBase64 } from '#lib/core';
import {
  openNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  verifyConsistency,
  type VerifierKey,
} from '#lib/tlog';
import { addHead } from './check-set.ts';
import type { Recorder } from './recorder.ts';
import type { EvidenceCrypto } from './types.ts';

interface ConsistencyContext {
  readonly crypto: EvidenceCrypto;
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  readonly heads: Map<string, Set<string>>;
  readonly record: Recorder;
}

/**
 * A consistency proof leads from a head that a receipt or checkpoint names to a later checkpoint. Never needed, so one
 * that can't be checked is a note; one that is wrong is a failed check.
 */
export function checkConsistency(context: ConsistencyContext, bodies: readonly string[]): string[] {
  const notes: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const at = `consistency/${index}`;
    const found = judge(context, body);
    if (found.passed === 'yes') context.record.yes('consistency', found.detail, at);
    else if (found.passed === 'no') context.record.no('consistency', found.detail, at);
    else notes.push(`${at}: ${found.detail}`);
  }
  return notes;
}

function judge(context: ConsistencyContext, body: string): { passed: 'yes' | 'no' | 'open'; detail: string } {
  const { crypto, origin, logKeys, heads } = context;
  const request = parseAddCheckpoint(body);
  const note = request === undefined ? undefined : parseNote(request.checkpoint);
  const checkpoint = note?.ok ? parseCheckpoint(note.value.text) : undefined;
  if (!request || !checkpoint) return { passed: 'no', detail: 'it is not an add-checkpoint body' };
  if (checkpoint.origin !== origin) return { passed: 'no', detail: 'its checkpoint is of another log' };
  const opened = openNote(request.checkpoint, logKeys, crypto.verifyEd25519);
  if (!opened.ok && opened.error.kind !== 'no-known-key') {
    return { passed: 'no', detail: "the log's key did not sign its checkpoint" };
  }
  if (opened.ok) addHead(heads, String(checkpoint.size), toBase64(checkpoint.root));
  if (request.oldSize === 0n) return { passed: 'no', detail: 'a proof from size 0 shows nothing' };
  if (request.oldSize > checkpoint.size)
    return { passed: 'no', detail: 'its checkpoint is smaller than the old size' };
  const roots = [...(heads.get(String(request.oldSize)) ?? [])].map((root) => fromBase64(root));
  const [oldRoot] = roots;
  if (!opened.ok || oldRoot === undefined) {
    const missing = opened.ok
      ? `no head of size ${request.oldSize} is named in the bundle`
      : 'its signer is unknown';
    return { passed: 'open', detail: `not checked, ${missing}` };
  }
  const claim = { oldSize: request.oldSize, oldRoot, newSize: checkpoint.size, newRoot: checkpoint.root };
  return verifyConsistency(crypto.sha256, { ...claim, proof: request.proof })
    ? {
        passed: 'yes',
        detail: `the log of ${checkpoint.size} entries continues the one of ${request.oldSize}`,
      }
    : {
        passed: 'no',
        detail: `the log of ${checkpoint.size} entries does not continue the one of ${request.oldSize}`,
      };
}
