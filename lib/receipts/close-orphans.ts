import type { ReceiptId, ReplicaId, SubjectReference } from '#lib/core';
import { BATCH_LEAVES_MAX, RECOVERY_BATCHES } from './constants.ts';
import { deriveOutcome } from './derive-outcome.ts';
import { findClosed } from './find-closed.ts';
import type { LoadedLog } from './log.ts';
import { openArchive, readClaims, type OpenedLeaf } from './open-archive.ts';
import { parseLeaf } from './parse-leaf.ts';
import { listReplicaBatches, loadOpenFrom, type BatchRow } from './store-read.ts';
import { leaveLog, type Run } from './store.ts';
import { parseSummaries, type LeafSummary } from './summary.ts';
import { makeQueued, nobody } from './tenant-log.ts';
import type { ReceiptActor, ReceiptDraft, ReceiptPerson } from './types.ts';
import type { SignedPayload } from '#lib/evidence';
import { withLock, type AppendDeps, type LockedLog } from './with-lock.ts';

interface Orphan {
  readonly batch: BatchRow;
  readonly at: number;
  readonly payload: SignedPayload;
  readonly summary: LeafSummary;
}

/**
 * Closes what a dead replica left open as `unknown`. The replica is fenced already: whatever it had prepared either is
 * in the log when the lock is ours, or never gets there. May be repeated, also after a crash in the middle.
 * @returns how many attempts were closed.
 */
export async function closeOrphans(log: LoadedLog, deps: AppendDeps, dead: ReplicaId): Promise<number> {
  let closed = 0;
  for (;;) {
    const count = await withLock(log, deps, async (locked) => {
      const appended = await appendOrphanOutcomes(locked, log, deps, dead);
      if (appended > 0) return appended;
      await locked.raiseFence();
      await leaveLog(locked.run, log.tenant, log.id, dead);
      return 0;
    });
    if (count === 0) return closed;
    closed += count;
  }
}

/**
 * Closes up to a batch of this replica's open attempts as `unknown`. Nothing of the replica itself may get in after it:
 * it is fenced, or the log is closed in the same transaction.
 * @returns how many; 0 when none is open.
 */
export async function appendOrphanOutcomes(
  locked: LockedLog,
  log: LoadedLog,
  deps: AppendDeps,
  replica: ReplicaId,
): Promise<number> {
  const orphans = await findOrphans(locked.run, log, replica);
  if (orphans.length === 0) return 0;
  const receipts = [];
  const open = archiveOpener(locked.run, log);
  for (const orphan of orphans) {
    const opened = (await open(orphan.batch))(orphan.at);
    const draft = orphanOutcome(deps, orphan, opened);
    const sealing = await log.ring.loadSealing(draft);
    receipts.push(makeQueued(log, { draft, role: 'other', done: nobody, atMs: deps.clock.now() }, sealing));
  }
  const { refused } = await locked.append(receipts);
  if (refused[0]) throw refused[0].error;
  return orphans.length;
}

/** Whether a call of this replica is under way. */
export async function hasOpenAttempts(run: Run, log: LoadedLog, replica: ReplicaId): Promise<boolean> {
  return (await findOrphans(run, log, replica)).length > 0;
}

async function findOrphans(run: Run, log: LoadedLog, dead: ReplicaId): Promise<Orphan[]> {
  const openFrom = await loadOpenFrom(run, log.tenant, log.id, dead);
  const orphans: Orphan[] = [];
  if (openFrom === undefined) return orphans;
  let from = openFrom - BigInt(BATCH_LEAVES_MAX - 1);
  for (;;) {
    const where = { tenant: log.tenant, log: log.id, replica: dead, from, limit: RECOVERY_BATCHES };
    const batches = await listReplicaBatches(run, where);
    const attempts = batches.flatMap((batch) => attemptsOf(batch, openFrom));
    const closed = await findClosed(
      run,
      log.tenant,
      attempts.map(({ payload }) => payload.jti),
    );
    orphans.push(...attempts.filter(({ payload }) => !closed.has(payload.jti)));
    const last = batches.at(-1);
    if (!last || batches.length < RECOVERY_BATCHES || orphans.length >= BATCH_LEAVES_MAX) break;
    from = last.firstIndex + 1n;
  }
  return orphans.slice(0, BATCH_LEAVES_MAX);
}

function attemptsOf(batch: BatchRow, openFrom: bigint): Orphan[] {
  const summaries = parseSummaries(batch.summary);
  return batch.leaves.flatMap((leaf, at) => {
    const summary = summaries[at];
    if (batch.firstIndex + BigInt(at) < openFrom || !summary) return [];
    const { payload } = parseLeaf(leaf);
    return payload.kind === 'attempt' ? [{ batch, at, payload, summary }] : [];
  });
}

/** Orphans of one batch share its archive, and come one after the other. */
function archiveOpener(run: Run, log: LoadedLog): (batch: BatchRow) => ReturnType<typeof openArchive> {
  let last: { readonly batchId: string; readonly opened: ReturnType<typeof openArchive> } | undefined;
  return (batch) => {
    if (last?.batchId !== batch.batchId)
      last = { batchId: batch.batchId, opened: openArchive(run, log.tenant, log.ring, batch) };
    return last.opened;
  };
}

function orphanOutcome(deps: AppendDeps, { payload, summary }: Orphan, opened: OpenedLeaf): ReceiptDraft {
  const now = deps.clock.now();
  const own = { id: deps.random.receiptId(now), at: now, status: 'unknown' } as const;
  return deriveOutcome(draftOf(payload, opened, summary), own);
}

/** An attempt's draft again, from its leaf and what its disclosures still say. */
function draftOf(payload: SignedPayload, opened: OpenedLeaf, summary: LeafSummary): ReceiptDraft {
  const claims = readClaims(opened.disclosures);
  const text = (name: string) => claims.get(name) as string | undefined;
  const list = (name: string) => (claims.get(name) as string[] | undefined) ?? [];
  const { server, tool, decision, credential } = payload;
  const urlSha256 = text('url_sha256');
  const reference = text('reference');
  const given = claims.get('arguments') as { sha256: string; bytes: number } | undefined;
  const [uri, prompt] = [text('uri'), text('prompt')];
  return {
    id: payload.jti as ReceiptId,
    at: payload.iat * 1000,
    kind: 'attempt',
    ...(summary.outcomeKind && { outcomeKind: summary.outcomeKind }),
    actor: actorOf(payload.actor.mode, opened, claims),
    ...(server && { server: { id: server.id, ...(urlSha256 !== undefined && { urlSha256 }) } }),
    ...(tool && { tool: toolOf(tool) }),
    ...(decision && {
      decision: {
        effect: decision.effect,
        policySetSha256: decision.policy_set_sha256,
        policies: list('policies'),
        reasons: list('reasons'),
        obligations: list('obligations'),
        shadow: list('shadow'),
      },
    }),
    ...(credential && {
      credential: { kind: credential.kind, ...(reference !== undefined && { reference }) },
    }),
    ...(uri !== undefined && { uri }),
    ...(prompt !== undefined && { prompt }),
    ...(given && { arguments: given }),
  };
}

function toolOf({
  name,
  definition_sha256,
}: NonNullable<SignedPayload['tool']>): NonNullable<ReceiptDraft['tool']> {
  return { name, ...(definition_sha256 !== undefined && { definitionSha256: definition_sha256 }) };
}

function actorOf(
  mode: ReceiptActor['mode'],
  { person }: OpenedLeaf,
  claims: ReadonlyMap<string, unknown>,
): ReceiptActor {
  const text = (name: string) => claims.get(name) as string | undefined;
  const reference = text('sub') as SubjectReference | undefined;
  const [email, name, ip, clientId] = [text('email'), text('name'), text('ip'), text('client_id')];
  const [workload, session] = [text('workload'), text('session')];
  const known: ReceiptPerson | undefined =
    person === undefined || reference === undefined
      ? undefined
      : {
          id: person,
          reference,
          issuer: text('idp_issuer') ?? '',
          subject: text('idp_subject') ?? '',
          groups: (claims.get('groups') as string[] | undefined) ?? [],
          ...(email !== undefined && { email }),
          ...(name !== undefined && { name }),
        };
  return {
    mode,
    ...(known && { person: known }),
    ...(clientId !== undefined && { clientId }),
    ...(workload !== undefined && { workload }),
    ...(session !== undefined && { session }),
    ...(ip !== undefined && { ip }),
  };
}
