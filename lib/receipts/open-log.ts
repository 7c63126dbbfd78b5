import { randomBytes } from 'node:crypto';
import { canonicalJson, type Clock, type LogId, type ReplicaId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import { logOrigin, type KeyClaim } from '#lib/evidence';
import type { Keys } from '#lib/keys';
import { emptyRoot, encodeVkey } from '#lib/tlog';
import { newerCheckpoint, readCheckpoint } from './checkpoint-text.ts';
import { sha256 } from './hash.ts';
import { NO_HIGH_WATER, type HighWater } from './high-water.ts';
import type { KeyRing, Signing } from './key-ring.ts';
import { EMPTY_TREE } from './log-tree.ts';
import { makePosition, type LoadedLog } from './log.ts';
import { placeBatch, prepareBatch } from './prepare-batch.ts';
import type { RandomPool } from './random-pool.ts';
import {
  closeLogRow,
  deleteStagedLogKeys,
  insertFirstBatch,
  insertLog,
  lockTenantLogs,
} from './store-open.ts';
import { makeQueued, nobody } from './tenant-log.ts';
import type { LogRow } from './store.ts';
import type { LogOwner, OpenedLog, ReceiptDraft } from './types.ts';

export interface OpenLogDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly random: RandomPool;
  readonly replica: ReplicaId;
  readonly highWater: HighWater;
}

/**
 * Opens a tenant's log in one transaction: keys, head and entry 0, which names them all and is signed by the receipt
 * key that it names. That shows possession; trust comes from outside.
 * @param again closes the open log first, and the new one names it.
 * @returns undefined when a log was open already.
 */
export async function openLog(
  owner: LogOwner,
  deps: OpenLogDeps,
  again: boolean,
): Promise<OpenedLog | undefined> {
  return await deps.database.tenantDb(owner.id).transaction(async (tx) => {
    const open = await lockTenantLogs(tx, owner.id);
    if (open && !again) return undefined;
    const left = open && (await leaveLog(tx, owner, open, deps));
    const previous = left && { origin: left.origin, checkpoint: left.checkpoint };
    const id = randomBytes(8).toString('hex') as LogId;
    const origin = logOrigin(owner.issuer, id);
    const { claim, signing } = await makeKeys(tx, owner, deps, { id, origin }, previous);
    const log = newLog(owner, deps, id, origin, signing);
    const now = deps.clock.now();
    const draft: ReceiptDraft = {
      id: deps.random.receiptId(now),
      at: now,
      kind: 'key',
      actor: { mode: 'system' },
      key: claim,
    };
    const submission = { draft, role: 'other', done: nobody, atMs: now } as const;
    const receipt = makeQueued(log, submission, await deps.ring.loadSealing(draft));
    const { batch, refused } = prepareBatch(log, log.position, [receipt], deps.random);
    if (refused[0]) throw refused[0].error;
    const placement = { replica: deps.replica, needsLease: true, nowMs: now };
    await insertLog(tx, { tenant: owner.id, id, issuer: owner.issuer, origin });
    await insertFirstBatch(tx, placeBatch(log, log.position, batch, placement).row);
    return { id, origin, ...(left && { previous: left }) };
  });
}

type LeftLog = NonNullable<OpenedLog['previous']>;

/**
 * Closes the log that is open. Its successor names the newest checkpoint that is known: after a restore that is the one
 * outside the database, so that what is missing can be seen by everybody.
 */
async function leaveLog(
  tx: TenantTransaction,
  owner: LogOwner,
  open: LogRow,
  { clock, highWater }: OpenLogDeps,
): Promise<LeftLog> {
  const { origin, checkpoint: stored } = await closeLogRow(tx, owner.id, open, clock.now());
  // A rotation that was interrupted announced keys of the old log; the new one has its own.
  await deleteStagedLogKeys(tx, owner.id);
  const checkpoint = newerCheckpoint(stored, await highWater.newest(open.id));
  const sizeOf = (note: string) => Number(readCheckpoint(note)?.size ?? 0n);
  return { id: open.id, origin, checkpoint, size: sizeOf(stored), seen: sizeOf(checkpoint) };
}

/** New keys for a new log, active from this transaction on. */
async function makeKeys(
  tx: TenantTransaction,
  owner: LogOwner,
  { keys, ring }: OpenLogDeps,
  { id, origin }: { readonly id: LogId; readonly origin: string },
  previous: { readonly origin: string; readonly checkpoint: string } | undefined,
): Promise<{ claim: KeyClaim; signing: Signing }> {
  const receiptKey = await keys.createSigningKey(tx, owner.id, 'receipt');
  const logKey = await keys.createSigningKey(tx, owner.id, 'log');
  const signing = await ring.loadSigning(origin, receiptKey.kid, logKey.kid);
  await keys.activateSigningKey(tx, owner.id, receiptKey.kid, { retirePredecessor: true });
  await keys.activateSigningKey(tx, owner.id, logKey.kid, { retirePredecessor: true });
  const claim: KeyClaim = {
    purpose: 'receipt',
    kid: receiptKey.kid,
    jwk: receiptKey.publicJwk,
    log: { id, origin, vkey: encodeVkey(sha256, origin, logKey.publicKey) },
    ...(previous && { previous }),
  };
  return { claim, signing };
}

/** The log before its first entry. */
function newLog(owner: LogOwner, deps: OpenLogDeps, id: LogId, origin: string, signing: Signing): LoadedLog {
  const root = emptyRoot(sha256);
  return {
    tenant: owner.id,
    id,
    origin,
    issuer: canonicalJson(owner.issuer),
    db: deps.database.tenantDb(owner.id),
    ring: deps.ring,
    highWater: NO_HIGH_WATER,
    position: makePosition(id, { size: 0n, root, checkpoint: '', fences: 0 }, EMPTY_TREE, signing),
    open: new Map(),
    closing: 0,
  };
}
