import {
  assert,
  canonicalJson,
  equalBytes,
  toBase64,
  type LogId,
  type ReceiptId,
  type TenantId,
} from '#lib/core';
import type { TenantDb } from '#lib/db';
import { rootOf } from '#lib/tlog';
import { assertSignedHead } from './assert-signed-head.ts';
import { logText } from './compose-receipt.ts';
import { HighWaterError, NoLog } from './errors.ts';
import { sha256 } from './hash.ts';
import type { HighWater } from './high-water.ts';
import type { KeyRing, Signing } from './key-ring.ts';
import { decodeTree, extendTree, splitHashes, type LogTree } from './log-tree.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import type { Stretch } from './store-read.ts';
import { loadHead, type HeadRow, type LogRow, type Run } from './store.ts';
import { loadEdges } from './tree-reader.ts';
import type { CommittedHead } from './types.ts';

/** A head that was read back as committed, with what is needed to append to it. */
export interface Position {
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly tree: LogTree;
  readonly checkpoint: string;
  readonly fences: number;
  readonly signing: Signing;
  readonly head: CommittedHead;
  /** `head` as the receipts carry it. */
  readonly text: string;
}

/** One open log in this process. The sequencer alone changes `position` and `open`. */
export interface LoadedLog {
  readonly tenant: TenantId;
  readonly id: LogId;
  readonly origin: string;
  /** `iss`, as JSON. */
  readonly issuer: string;
  readonly db: TenantDb;
  readonly ring: KeyRing;
  readonly highWater: HighWater;
  position: Position;
  /** Attempts of this process without a committed outcome, oldest first. */
  readonly open: Map<ReceiptId, OpenAttempt>;
  /** How many of them have an outcome on its way. */
  closing: number;
}

/** An attempt of this process without a committed outcome. */
export interface OpenAttempt {
  readonly index: bigint;
  /** Its outcome is on its way. */
  isClosing: boolean;
  /** The batch that was last built with its outcome. */
  closedIn?: string;
}

/** The outcome that was on its way is in the log, or will never be. */
export function endClosing(log: LoadedLog, attempt: OpenAttempt | undefined): void {
  if (attempt?.isClosing !== true) return;
  attempt.isClosing = false;
  log.closing -= 1;
}

/** An attempt in the log is open until its outcome is there too. */
export function noteAppended(
  log: LoadedLog,
  { draft, role, closes, attempt }: QueuedReceipt,
  index: number,
): void {
  if (role === 'attempt') log.open.set(draft.id, { index: BigInt(index), isClosing: false });
  if (draft.attempt === undefined || !closes) return;
  log.open.delete(draft.attempt);
  endClosing(log, attempt);
}

export interface LogDeps {
  readonly tenant: TenantId;
  readonly db: TenantDb;
  readonly ring: KeyRing;
  readonly highWater: HighWater;
}

/** Reads a log's head, and refuses one that is behind what this machine has seen. */
export async function openLoadedLog(
  { tenant, db, ring, highWater }: LogDeps,
  row: LogRow,
): Promise<LoadedLog> {
  const run: Run = (text, values) => db.sql(text, values);
  const seen = await highWater.recall(row.id);
  const head = await loadHead(run, tenant, row.id, false);
  if (!head) throw new NoLog(tenant);
  const edges = await loadEdges(run, { tenant, log: row.id, size: head.size });
  const tree = decodeTree(head.size, head.frontier, edges);
  assert(
    equalBytes(rootOf(sha256, tree.range), head.root),
    `the stored tree of log ${row.id} has the stored root`,
  );
  const { size, root, checkpoint } = head;
  await seen.check(run, { tenant, log: row.id, size, root, checkpoint });
  const signing = await ring.loadSigning(row.origin, head.receiptKid, head.logKids);
  assertSignedHead(row, head, signing);
  return {
    tenant,
    id: row.id,
    origin: row.origin,
    issuer: canonicalJson(row.issuer),
    db,
    ring,
    highWater,
    position: makePosition(row.id, head, tree, signing),
    open: new Map(),
    closing: 0,
  };
}

/** The log with what others have appended since, checked against what this process has seen. @throws {HighWaterError} {UnsignedHead} */
export async function catchUp(
  log: LoadedLog,
  head: HeadRow,
  loadHashes: (stretch: Stretch) => Promise<Uint8Array>,
): Promise<Position> {
  const { position } = log;
  const signing = await currentSigning(log, head);
  if (head.size === position.size && equalBytes(head.root, position.root))
    return { ...position, fences: head.fences, signing };
  const behind = () => {
    const found = { size: Number(head.size), root: toBase64(head.root) };
    return new HighWaterError(log.id, position.head, found);
  };
  if (head.size <= position.size) throw behind();
  const stretch = { tenant: log.tenant, log: log.id, from: position.size, to: head.size };
  const { tree, root } = extendTree(position.tree, splitHashes(await loadHashes(stretch)));
  if (tree.range.size !== head.size || !equalBytes(root, head.root)) throw behind();
  assertSignedHead(log, head, signing);
  return makePosition(log.id, head, tree, signing);
}

export function makePosition(
  id: LogId,
  row: Pick<HeadRow, 'size' | 'root' | 'checkpoint' | 'fences'>,
  tree: LogTree,
  signing: Signing,
): Position {
  const head: CommittedHead = { id, size: Number(row.size), root: toBase64(row.root) };
  const { size, root, checkpoint, fences } = row;
  return { size, root, checkpoint, fences, tree, signing, head, text: logText(head) };
}

async function currentSigning(log: LoadedLog, head: HeadRow): Promise<Signing> {
  const { signing } = log.position;
  if (signing.receiptKid === head.receiptKid && signing.logKids === head.logKids) return signing;
  return await log.ring.loadSigning(log.origin, head.receiptKid, head.logKids);
}
