import type { ReceiptId, TenantId } from '#lib/core';
import { listAnnouncedKeys } from './announced-keys.ts';
import { auditLog } from './audit-log.ts';
import { AuditTally, Finds, type OpenAttempt } from './audit-tally.ts';
import type { AuditedReceipt, AuditRange, ClockAnomaly, LogAudit } from './audit-types.ts';
import { AUDIT_IDS_AT_ONCE } from './constants.ts';
import { countOutcomes } from './find-closed.ts';
import { findReceipts } from './find-receipts.ts';
import type { KeyRing } from './key-ring.ts';
import { stretchesOfTime } from './search-range.ts';
import { listLiving } from './store-audit.ts';
import { listLogs, type Run } from './store.ts';
import { readWaiverChanges } from './waiver-changes.ts';

export interface AuditSource {
  readonly run: Run;
  readonly tenant: TenantId;
  readonly ring: KeyRing;
}

const ALL = { all: true } as const;

/** Reads the logs of a tenant from end to end, or those of a time, and says what is not there. */
export async function auditLogs(source: AuditSource, range: AuditRange): Promise<LogAudit> {
  const { run, tenant } = source;
  const rows = await listLogs(run, tenant);
  const newestFirst = rows.map(({ id }) => id).toReversed();
  const stretches = await stretchesOfTime(run, tenant, newestFirst, range);
  const tally = new AuditTally(range);
  const clock = new Finds<ClockAnomaly>();
  const origins = new Map(rows.map(({ id, origin }) => [origin, id]));
  const walk = { run, tenant, tally, clock, clockBoundSeconds: range.clockBoundSeconds, logs: origins };
  const logs = [];
  for (const row of rows) {
    const stretch = stretches.find(({ log }) => log === row.id);
    if (stretch) logs.push(await auditLog(walk, row, stretch));
  }
  const keys = await listAnnouncedKeys(run, tenant);
  return {
    logs,
    attempts: tally.attempts,
    outcomes: tally.outcomes(),
    ...(await sortOpen(source, tally.open)),
    ...(await sortUnmatched(source, tally.unmatched)),
    unknown: tally.unknown.list(),
    late: tally.late.list(),
    waivedCalls: tally.waivedCalls(),
    ...(await readWaiverChanges(source, tally.serverChanges)),
    clock: clock.list(),
    keyChanges: keys.filter(({ at }) => tally.holds(at)),
    refusals: tally.refusals(),
  };
}

/** An outcome may stand behind what was read; what is left is under way, or nobody will ever report it. */
async function sortOpen(
  { run, tenant }: AuditSource,
  open: ReadonlyMap<ReceiptId, OpenAttempt>,
): Promise<Pick<LogAudit, 'underWay' | 'unclosed'>> {
  const underWay = new Finds<AuditedReceipt>();
  const unclosed = new Finds<AuditedReceipt>();
  const living = await listLiving(run, [...new Set([...open.values()].map(({ replica }) => replica))]);
  for (const ids of chunks([...open.keys()])) {
    const closed = await countOutcomes(run, tenant, ids);
    for (const id of ids) {
      const attempt = open.get(id);
      if (attempt === undefined || closed.has(id)) continue;
      const { replica, ...receipt } = attempt;
      (living.has(replica) ? underWay : unclosed).add(receipt);
    }
  }
  return { underWay: underWay.list(), unclosed: unclosed.list() };
}

async function sortUnmatched(
  { run, tenant }: AuditSource,
  unmatched: ReadonlyMap<ReceiptId, AuditedReceipt>,
): Promise<Pick<LogAudit, 'unattached' | 'doubled'>> {
  const unattached = new Finds<AuditedReceipt>();
  const doubled = new Finds<ReceiptId>();
  for (const ids of chunks([...unmatched.keys()])) {
    const attempts = await findReceipts(run, tenant, ids, ALL);
    const outcomes = await countOutcomes(run, tenant, ids);
    for (const id of ids) {
      const outcome = unmatched.get(id);
      if (outcome && attempts.get(id)?.payload.kind !== 'attempt') unattached.add(outcome);
      if ((outcomes.get(id) ?? 0) > 1) doubled.add(id);
    }
  }
  return { unattached: unattached.list(), doubled: doubled.list() };
}

function* chunks<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += AUDIT_IDS_AT_ONCE) yield all.slice(at, at + AUDIT_IDS_AT_ONCE);
}
