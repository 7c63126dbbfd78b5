import type { TenantId } from '#lib/core';
import {
  BATCH_LEAVES_MAX,
  SEARCH_BATCHES_AT_ONCE,
  SEARCH_BATCHES_AT_ONCE_MAX,
  SEARCH_LEAVES_AT_ONCE,
  SEARCH_LEAVES_MAX,
} from './constants.ts';
import { receiptsOf } from './find-receipts.ts';
import { foldAttempts, loadOutcomes, noteOutcomes, type Outcomes } from './fold-attempts.ts';
import type { Place } from './search-cursor.ts';
import { fits, type Wanted } from './search-filters.ts';
import type { LogStretch } from './search-range.ts';
import { stretchOfBatches } from './store-search.ts';
import type { Run } from './store.ts';
import type { Term } from './terms.ts';
import type { ReceiptSummary } from './types.ts';

export interface Walk {
  readonly run: Run;
  readonly tenant: TenantId;
  readonly wanted: Wanted;
  readonly terms: readonly Term[];
  readonly direction: 'older' | 'newer';
  readonly limit: number;
}

export interface Walked {
  /** In the order of the walk. */
  readonly entries: readonly ReceiptSummary[];
  /** Where the walk stopped, when it did not come to the end of the logs. */
  readonly stoppedAt?: Place;
}

/**
 * Goes through the stretches in their order, from `start` on, until there are `limit` entries, a bounded number of leaves
 * was looked at, or nothing is left.
 */
export async function walkLogs(
  walk: Walk,
  stretches: readonly LogStretch[],
  start: Place | undefined,
): Promise<Walked> {
  const { run, tenant, direction, limit, terms } = walk;
  const isOlder = direction === 'older';
  const entries: ReceiptSummary[] = [];
  const outcomes: Outcomes = new Map();
  let looked = 0;
  let atOnce = SEARCH_BATCHES_AT_ONCE;
  for (const stretch of stretches) {
    let { above, below } = withinPlace(stretch, start, isOlder);
    for (;;) {
      const page = { tenant, log: stretch.log, above, below, limit: atOnce, terms };
      const batches = await stretchOfBatches(run, direction, page);
      const leaves = batches.flatMap((batch) => {
        const found = receiptsOf(batch).map(({ summary }) => summary);
        return isOlder ? found.toReversed() : found;
      });
      entries.push(...(await pick(walk, outcomes, leaves, start)));
      if (entries.length >= limit) return { entries: entries.slice(0, limit), ...stopAt(entries[limit - 1]) };
      const last = batches.at(-1);
      if (!last || batches.length < atOnce) break;
      if (isOlder) below = last.firstIndex;
      else above = last.firstIndex;
      looked += leaves.length;
      if (looked >= SEARCH_LEAVES_MAX) return { entries, ...stopAt(leaves.at(-1)) };
      atOnce = batchesFor(atOnce, leaves.length);
    }
  }
  return { entries };
}

/** The stretch from the place on. A batch that begins before the place may reach beyond it. */
function withinPlace(
  { log, above, below }: LogStretch,
  place: Place | undefined,
  isOlder: boolean,
): { above: bigint; below: bigint } {
  if (place?.log !== log) return { above, below };
  if (isOlder) return { above, below: place.index < below ? place.index : below };
  const reaching = place.index - BigInt(BATCH_LEAVES_MAX);
  return { above: reaching > above ? reaching : above, below };
}

async function pick(
  { run, tenant, wanted, direction }: Walk,
  outcomes: Outcomes,
  leaves: readonly ReceiptSummary[],
  start: Place | undefined,
): Promise<ReceiptSummary[]> {
  const isBeyond = ({ log, index }: ReceiptSummary) =>
    start?.log !== log || (direction === 'older' ? index < start.index : index > start.index);
  const found = leaves.filter((entry) => isBeyond(entry) && fits(wanted, entry));
  if (!wanted.fold) return found;
  noteOutcomes(outcomes, leaves);
  const attempts = found.filter(({ kind }) => kind === 'attempt').map(({ id }) => id);
  await loadOutcomes(run, tenant, attempts, outcomes);
  return foldAttempts(wanted, outcomes, found);
}

function stopAt(entry: ReceiptSummary | undefined): { stoppedAt?: Place } {
  return entry === undefined ? {} : { stoppedAt: { log: entry.log, index: BigInt(entry.index) } };
}

/** Where batches are small, more of them are read at once. */
function batchesFor(batches: number, leaves: number): number {
  const wanted = Math.ceil((batches * SEARCH_LEAVES_AT_ONCE) / Math.max(1, leaves));
  return Math.min(Math.max(wanted, SEARCH_BATCHES_AT_ONCE), SEARCH_BATCHES_AT_ONCE_MAX);
}
