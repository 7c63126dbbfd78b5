import { randomUUID } from 'node:crypto';
import { concatBytes, type ReplicaId } from '#lib/core';
import type { Sealer } from '#lib/keys';
import { formatCheckpoint, signNote } from '#lib/tlog';
import { ArchiveWriter } from './archive-plaintext.ts';
import { closedAttempt } from './closed-attempt.ts';
import { composeReceipt, type ComposedReceipt, type ReceiptFrame, type Sign } from './compose-receipt.ts';
import { isBody } from './disclose.ts';
import { encodeParts, type SealedPart, type SealedUnder } from './frames.ts';
import { sha256 } from './hash.ts';
import { archiveRecord, PURPOSE, type Signing } from './key-ring.ts';
import { encodeTree, extendTree } from './log-tree.ts';
import { makePosition, type LoadedLog, type Position } from './log.ts';
import { packLeaves } from './pack-leaves.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import type { RandomPool } from './random-pool.ts';
import type { AppendRow } from './store.ts';
import { leafSummary } from './summary.ts';
import { receiptTerms, type Term } from './terms.ts';

/** Leaves that are built, signed and sealed, and not yet tied to a place in the log. */
export interface PreparedBatch {
  readonly receipts: readonly QueuedReceipt[];
  readonly receiptKid: string;
  readonly batchId: string;
  /** Packed, as the row stores them. */
  readonly leaves: Uint8Array;
  readonly leafHashes: readonly Uint8Array[];
  readonly archive: Uint8Array;
  readonly summary: string;
  readonly terms: readonly Term[];
}

export interface Preparation {
  readonly batch: PreparedBatch;
  /** Receipts that can't be built: defects of their callers, which must not hold up the others. */
  readonly refused: readonly { readonly receipt: QueuedReceipt; readonly error: Error }[];
}

/** Builds the leaves of a batch under the key in force, and seals what is private. */
export function prepareBatch(
  log: LoadedLog,
  position: Position,
  queued: readonly QueuedReceipt[],
  random: RandomPool,
): Preparation {
  const { signing } = position;
  const frame = frameOf(log, signing, (message) => ({ take: () => signing.sign(message) }));
  const receipts: QueuedReceipt[] = [];
  const composed: ComposedReceipt[] = [];
  const refused: { receipt: QueuedReceipt; error: Error }[] = [];
  for (const receipt of queued) {
    try {
      composed.push(leafAhead(receipt, signing) ?? composeReceipt(receipt.draft, frame, random));
      receipts.push(receipt);
    } catch (error) {
      refused.push({ receipt, error: error as Error });
    }
  }
  const batchId = randomUUID();
  const archive = sealArchive(log, batchId, receipts, composed);
  const summary = `[${receipts.map(({ draft, sealing }) => leafSummary(draft, sealing.client)).join(',')}]`;
  const terms = receiptTerms(receipts);
  const leaves = takeLeaves(composed);
  const batch: PreparedBatch = {
    receipts,
    receiptKid: signing.receiptKid,
    batchId,
    leaves: packLeaves(leaves),
    leafHashes: leaves.map((leaf) => sha256(leaf)),
    archive,
    summary,
    terms,
  };
  return { batch, refused };
}

/** Last of all, for signatures may be on their way until now; and from the newest back, for who makes them begins with the oldest. */
function takeLeaves(composed: readonly ComposedReceipt[]): Buffer[] {
  return composed
    .toReversed()
    .map((made) => made.takeLeaf())
    .reverse();
}

function frameOf(log: LoadedLog, { header }: Signing, sign: Sign): ReceiptFrame {
  // Always the head that was read back, also when the lock shows a newer one: it may still be rolled back.
  return { issuer: log.issuer, log: log.position.text, header, sign };
}

/**
 * Builds a leaf that will wait for its batch, so that another thread signs it meanwhile. An attempt has no signature, and
 * is built with its batch: many in a row take less than each by itself. What can't be built is left to its batch, which
 * refuses it.
 */
export function composeAhead(log: LoadedLog, receipt: QueuedReceipt, random: RandomPool): void {
  const { draft } = receipt;
  const { signing } = log.position;
  try {
    const leaf = composeReceipt(draft, frameOf(log, signing, signing.signAhead), random);
    receipt.composed = { draft, kid: signing.receiptKid, leaf };
  } catch {
    // It meets the same defect again in its batch, where there is somebody to tell.
  }
}

/** The leaf that was built ahead, unless the draft or the key in force has changed since. */
function leafAhead({ draft, composed }: QueuedReceipt, signing: Signing): ComposedReceipt | undefined {
  return composed?.draft === draft && composed.kid === signing.receiptKid ? composed.leaf : undefined;
}

type WriterOf = (under: SealedUnder, sealer: Sealer | undefined) => ArchiveWriter | undefined;

/** One envelope per person of the batch, and one for what is about nobody. */
function sealArchive(
  log: LoadedLog,
  batchId: string,
  receipts: readonly QueuedReceipt[],
  composed: readonly ComposedReceipt[],
): Uint8Array {
  const writers = new Map<SealedUnder, { readonly sealer: Sealer; readonly writer: ArchiveWriter }>();
  const writerOf: WriterOf = (under, sealer) => {
    if (!sealer) return undefined;
    let found = writers.get(under);
    if (!found) writers.set(under, (found = { sealer, writer: new ArchiveWriter() }));
    return found.writer;
  };
  composed.forEach((leaf, at) => {
    const receipt = receipts[at];
    if (receipt) addLeaf(receipt, leaf, at, writerOf);
  });
  const parts: SealedPart[] = [];
  for (const [under, { sealer, writer }] of writers) {
    const record = archiveRecord(log.id, batchId, under);
    parts.push({ under, envelope: sealer.seal({ purpose: PURPOSE, record }, writer.plaintext()) });
  }
  return encodeParts(parts);
}

function addLeaf(
  { draft, sealing }: QueuedReceipt,
  leaf: ComposedReceipt,
  at: number,
  writerOf: WriterOf,
): void {
  const { context, values, result, arguments: given } = draft;
  if (leaf.disclosuresAbout.openings !== '')
    writerOf(draft.about?.id, sealing.about)?.addDisclosures(at, leaf.disclosuresAbout);
  const writer = writerOf(draft.actor.person?.id, sealing.own);
  if (leaf.disclosures.openings !== '') writer?.addDisclosures(at, leaf.disclosures);
  // An outcome's are sealed with its attempt. What a server asks meanwhile names the attempt, and has its own.
  if (given?.text !== undefined && closedAttempt(draft) === undefined)
    writer?.addBody(at, 'arguments', given.text);
  if (result?.bytes !== undefined) writer?.addBody(at, 'result', result.bytes);
  if (context !== undefined && isBody(context)) writer?.addBody(at, 'context', context);
  if (values !== undefined && isBody(values)) writer?.addBody(at, 'values', values);
}

export interface Placement {
  readonly replica: ReplicaId;
  readonly needsLease: boolean;
  readonly nowMs: number;
  /** A `key` receipt at the end of this batch puts other keys in force. */
  readonly successor?: Signing;
}

export interface PlacedBatch {
  readonly row: AppendRow;
  /** The head once the row is committed. */
  readonly position: Position;
}

/** Ties a prepared batch to the end of the log: indexes, tree, and a checkpoint that nobody sees before the commit. */
export function placeBatch(
  log: LoadedLog,
  position: Position,
  batch: PreparedBatch,
  placement: Placement,
): PlacedBatch {
  const { size: oldSize, fences } = position;
  const signing = placement.successor ?? position.signing;
  const { tree, root, filled } = extendTree(position.tree, batch.leafHashes);
  const { size } = tree.range;
  const inForce = signing.logSigners.filter(({ untilMs }) => untilMs > placement.nowMs);
  const checkpoint = signNote(
    formatCheckpoint({ origin: log.origin, size, root }),
    inForce.map(({ signer }) => signer),
  );
  const row: AppendRow = {
    tenant: log.tenant,
    log: log.id,
    oldSize,
    fences,
    replica: placement.replica,
    needsLease: placement.needsLease,
    size,
    root,
    frontier: encodeTree(tree),
    checkpoint,
    receiptKid: signing.receiptKid,
    logKids: signing.logKids,
    count: batch.leafHashes.length,
    batchId: batch.batchId,
    openFrom: openFrom(log, batch, oldSize),
    leaves: batch.leaves,
    hashes: concatBytes(...batch.leafHashes),
    archive: batch.archive,
    summary: batch.summary,
    terms: batch.terms,
    tiles: filled,
  };
  return { row, position: makePosition(log.id, { size, root, checkpoint, fences }, tree, signing) };
}

/** Index of the oldest attempt of this process that is open once this batch is committed. */
function openFrom(log: LoadedLog, { batchId, receipts }: PreparedBatch, firstIndex: bigint): bigint {
  for (const { attempt, draft } of receipts) {
    if (attempt !== undefined && closedAttempt(draft) !== undefined) attempt.closedIn = batchId;
  }
  for (const { index, closedIn } of log.open.values()) if (closedIn !== batchId) return index;
  return firstIndex;
}
