import type { ReceiptId, TenantId } from '#lib/core';
import { OUTCOME_KINDS } from '#lib/evidence';
import { maySee, receiptsOf } from './find-receipts.ts';
import { fits, type Wanted } from './search-filters.ts';
import { listBatchesOf } from './store-read.ts';
import type { Run } from './store.ts';
import { idTerms } from './terms.ts';
import type { ReceiptSummary } from './types.ts';

/** Outcomes by the attempt that they close. */
export type Outcomes = Map<ReceiptId, ReceiptSummary>;

/** Remembers the outcomes among these entries. */
export function noteOutcomes(outcomes: Outcomes, entries: readonly ReceiptSummary[]): void {
  for (const entry of entries) {
    if (entry.attempt !== undefined && OUTCOME_KINDS.includes(entry.kind)) outcomes.set(entry.attempt, entry);
  }
}

/** The outcomes of these attempts, wherever in the tenant's logs they stand. */
export async function loadOutcomes(
  run: Run,
  tenant: TenantId,
  attempts: readonly ReceiptId[],
  outcomes: Outcomes = new Map(),
): Promise<Outcomes> {
  const open = attempts.filter((id) => !outcomes.has(id));
  if (open.length === 0) return outcomes;
  const batches = await listBatchesOf(run, tenant, idTerms('closes', open));
  for (const batch of batches)
    noteOutcomes(
      outcomes,
      receiptsOf(batch).map(({ summary }) => summary),
    );
  return outcomes;
}

/**
 * One line a call. An attempt goes where its outcome is a line itself; where that does not fit what is looked for (the
 * call ended after the time asked for, say) the attempt stays and says what came of it.
 */
export function foldAttempts(
  wanted: Wanted,
  outcomes: Outcomes,
  entries: readonly ReceiptSummary[],
): ReceiptSummary[] {
  return entries.flatMap((entry) => {
    const outcome = entry.kind === 'attempt' ? outcomes.get(entry.id) : undefined;
    if (outcome === undefined) return [entry];
    if (wanted.filters.status === 'none' || fits(wanted, outcome)) return [];
    if (outcome.status === undefined || !maySee(wanted.viewer, outcome.subject)) return [entry];
    return [{ ...entry, outcome: { id: outcome.id, kind: outcome.kind, status: outcome.status } }];
  });
}
