import type { TenantId } from '#lib/core';
import { SEARCH_PAGE_MAX, SEARCH_TERM_ROWS_MAX } from './constants.ts';
import { formatPlace, parsePlace, type Place } from './search-cursor.ts';
import { termsOf, wantedBy } from './search-filters.ts';
import { stretchesOfTime } from './search-range.ts';
import { walkLogs, type Walked } from './search-walk.ts';
import { countTerms } from './store-search.ts';
import { listLogs, type Run } from './store.ts';
import type { Term } from './terms.ts';
import type { ReceiptPage, ReceiptQuery } from './types.ts';

const NOTHING: ReceiptPage = { entries: [] };

/** Receipts, newest first, by keyset in both directions. The viewer's rights are part of the search itself. */
export async function searchReceipts(
  run: Run,
  tenant: TenantId,
  query: ReceiptQuery,
  client: string | undefined,
): Promise<ReceiptPage> {
  const wanted = wantedBy(query.viewer, query.filters ?? {}, client, query.fold ?? false);
  const terms = wanted && (await rarestFirst(run, tenant, termsOf(wanted)));
  if (wanted === undefined || terms === undefined) return NOTHING;
  const newestFirst = (await listLogs(run, tenant)).map(({ id }) => id).toReversed();
  const direction = query.before === undefined ? 'older' : 'newer';
  const place = parsePlace(query.before ?? query.after);
  const start = place && newestFirst.includes(place.log) ? place : undefined;
  const inOrder = direction === 'older' ? newestFirst : newestFirst.toReversed();
  const ahead = start === undefined ? inOrder : inOrder.slice(inOrder.indexOf(start.log));
  const stretches = await stretchesOfTime(run, tenant, newestFirst, wanted.filters);
  const limit = Math.max(1, Math.min(query.limit, SEARCH_PAGE_MAX));
  const walked = await walkLogs(
    // One more than asked for tells whether there are more.
    { run, tenant, wanted, terms, direction, limit: limit + 1 },
    ahead.flatMap((log) => stretches.find((stretch) => stretch.log === log) ?? []),
    start,
  );
  return pageOf(direction, walked, limit, start);
}

/** The term that leaves the fewest batches to look at stands first. Undefined: one of them is nowhere. */
async function rarestFirst(
  run: Run,
  tenant: TenantId,
  terms: readonly Term[],
): Promise<readonly Term[] | undefined> {
  if (terms.length < 2) return terms;
  const counts = await countTerms(run, tenant, terms, SEARCH_TERM_ROWS_MAX);
  if (counts.includes(0)) return undefined;
  return terms
    .map((term, at) => ({ term, found: counts[at] ?? 0 }))
    .toSorted((left, right) => left.found - right.found)
    .map(({ term }) => term);
}

/** The entries of a page, newest first, and the places on both sides of it. */
function pageOf(
  direction: 'older' | 'newer',
  { entries, stoppedAt }: Walked,
  limit: number,
  start: Place | undefined,
): ReceiptPage {
  const kept = entries.slice(0, limit);
  const last = kept.at(-1);
  const onward = entries.length > limit && last ? { log: last.log, index: BigInt(last.index) } : stoppedAt;
  if (direction === 'older') {
    const [first] = kept;
    const back = first ? formatPlace(first) : start && formatPlace({ ...start, index: dec(start.index) });
    return {
      entries: kept,
      ...(onward && { next: formatPlace(onward) }),
      ...(start && back !== undefined && { previous: back }),
    };
  }
  const back = last === undefined ? start && { ...start, index: start.index + 1n } : kept[0];
  return {
    entries: kept.toReversed(),
    ...(back && { next: formatPlace(back) }),
    ...(onward && { previous: formatPlace(onward) }),
  };
}

function dec(index: bigint): bigint {
  return index > 0n ? index - 1n : 0n;
}
