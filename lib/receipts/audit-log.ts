import { equalBytes, type LogId, type TenantId } from '#lib/core';
import type { SignedPayload } from '#lib/evidence';
import { appendLeaves, EMPTY_RANGE, leafHash, rootOf, type CompactRange } from '#lib/tlog';
import { auditedReceipt, type AuditTally, Finds } from './audit-tally.ts';
import type { AuditedLog, ClockAnomaly } from './audit-types.ts';
import { readCheckpoint } from './checkpoint-text.ts';
import { AUDIT_BATCHES_AT_ONCE } from './constants.ts';
import { sha256 } from './hash.ts';
import { splitHashes } from './log-tree.ts';
import { readPayload } from './parse-leaf.ts';
import type { LogStretch } from './search-range.ts';
import { listAuditBatches, type AuditBatch } from './store-audit.ts';
import { loadHead, type LogRow, type Run } from './store.ts';

export interface LogWalk {
  readonly run: Run;
  readonly tenant: TenantId;
  readonly tally: AuditTally;
  readonly clock: Finds<ClockAnomaly>;
  readonly clockBoundSeconds: number;
  /** Origins of the tenant's logs, to their ids. */
  readonly logs: ReadonlyMap<string, LogId>;
}

/** Reads one log, or the stretch of it that holds the time asked for, from its oldest entry on. */
export async function auditLog(walk: LogWalk, row: LogRow, stretch: LogStretch): Promise<AuditedLog> {
  const { run, tenant } = walk;
  const head = await loadHead(run, tenant, row.id, false);
  const size = head?.size ?? 0n;
  const begin = stretch.above + 1n;
  const audit = new OneLog(walk, row.id, begin);
  let from = begin;
  // The head was read first: what is appended meanwhile is not looked at.
  const below = stretch.below < size ? stretch.below : size;
  for (;;) {
    const page = { tenant, log: row.id, from, below, limit: AUDIT_BATCHES_AT_ONCE };
    const batches = await listAuditBatches(run, page);
    for (const batch of batches) audit.read(batch);
    const last = batches.at(-1);
    if (!last || batches.length < AUDIT_BATCHES_AT_ONCE) break;
    from = last.firstIndex + 1n;
  }
  if (below === size) audit.endAt(size);
  const isWhole = begin === 0n && below === size;
  return {
    id: row.id,
    origin: row.origin,
    size: Number(size),
    looked: audit.looked,
    holes: audit.holes.list(),
    altered: audit.altered.list(),
    tree: isWhole ? audit.compareWith(size, head?.root) : 'not_checked',
    closed: audit.closed,
    ...(audit.opening && (await reopening(walk, audit.opening))),
  };
}

const NO_HASH = new Uint8Array(0);

class OneLog {
  readonly holes = new Finds<{ readonly from: number; readonly to: number }>();
  readonly altered = new Finds<number>();
  looked = 0;
  closed = false;
  /** Entry 0, where it names a log that this one continues. */
  opening: SignedPayload | undefined;
  #range: CompactRange = EMPTY_RANGE;
  #next: bigint;
  #before: AuditBatch | undefined;
  readonly #walk: LogWalk;
  readonly #log: LogId;

  constructor(walk: LogWalk, log: LogId, begin: bigint) {
    this.#walk = walk;
    this.#log = log;
    this.#next = begin;
  }

  read(batch: AuditBatch): void {
    this.#missing(batch.firstIndex);
    const { leaves } = batch;
    const hashes = leaves.map((leaf) => leafHash(sha256, leaf));
    const stored = splitHashes(batch.hashes);
    this.#range = appendLeaves(sha256, this.#range, hashes);
    // Of a row whose leaves can't be read at all its hashes still say how many there were.
    const count = Math.max(leaves.length, stored.length);
    for (let at = 0; at < count; at += 1) {
      const [index, leaf] = [Number(batch.firstIndex) + at, leaves[at]];
      const isAsHashed = equalBytes(hashes[at] ?? NO_HASH, stored[at] ?? NO_HASH);
      // What somebody else wrote there is no receipt of ours, and may be anything.
      const payload = leaf && isAsHashed ? readPayload(leaf) : undefined;
      if (payload) this.#entry(batch, index, payload);
      else this.altered.add(index);
    }
    this.looked += count;
    this.#next = batch.firstIndex + BigInt(count);
    this.#before = batch;
  }

  endAt(size: bigint): void {
    this.#missing(size);
  }

  compareWith(size: bigint, root: Uint8Array | undefined): 'matches' | 'differs' {
    const isSame =
      root !== undefined && this.#range.size === size && equalBytes(rootOf(sha256, this.#range), root);
    return isSame ? 'matches' : 'differs';
  }

  #missing(upTo: bigint): void {
    if (this.#next >= upTo) return;
    // Before the first batch of a stretch of time stands what was not asked for.
    if (this.#before !== undefined || this.#next === 0n)
      this.holes.add({ from: Number(this.#next), to: Number(upTo) - 1 });
  }

  #entry(batch: AuditBatch, index: number, payload: SignedPayload): void {
    const { key } = payload;
    const entry = { log: this.#log, index, replica: batch.replica, payload };
    this.#walk.tally.add(entry);
    if (!this.#walk.tally.holds(payload.iat)) return;
    this.#compareClocks(batch, index, payload);
    if (key?.purpose === 'log' && key.closed === true) this.closed = true;
    if (key && 'previous' in key) this.opening = payload;
  }

  /**
   * The order of the log is PostgreSQL's: an entry was made before its batch was committed, and hardly before the batch
   * in front of it was. One that waited for the log through an outage stands behind, too.
   */
  #compareClocks(batch: AuditBatch, index: number, payload: SignedPayload): void {
    const { clock, clockBoundSeconds: bound } = this.#walk;
    const before = this.#before?.committedAt ?? -Infinity;
    const add = (kind: ClockAnomaly['kind'], seconds: number) =>
      clock.add({ ...auditedReceipt({ log: this.#log, index, payload }), kind, seconds });
    const [ahead, behind] = [payload.iat - batch.committedAt, before - payload.iat];
    if (ahead > bound) add('ahead', ahead);
    else if (behind > bound) add('behind', behind);
    if (BigInt(index) === batch.firstIndex && before - batch.committedAt > bound)
      add('database', before - batch.committedAt);
  }
}

/** What the log that this one continues had, as far as anybody saw, and what of it is here. */
async function reopening(
  { run, tenant, logs }: LogWalk,
  { key, iat }: SignedPayload,
): Promise<Pick<AuditedLog, 'reopened'>> {
  const previous = key && 'previous' in key ? key.previous : undefined;
  if (previous === undefined) return {};
  const left = logs.get(previous.origin);
  const head = left && (await loadHead(run, tenant, left, false));
  const kept = Number(head?.size ?? 0n);
  const seen = Number(readCheckpoint(previous.checkpoint ?? '')?.size ?? 0n);
  return { reopened: { at: iat, previous: previous.origin, seen: Math.max(seen, kept), kept } };
}
