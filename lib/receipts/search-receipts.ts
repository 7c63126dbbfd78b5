import type { TenantId } from '#lib/core';
import { SEARCH_BATCHES_AT_ONCE, SEARCH_BATCHES_MAX, SEARCH_PAGE_MAX } from './constants.ts';
import { maySee, receiptsOf } from './find-receipts.ts';
import { pageBatches } from './store-read.ts';
import { listLogs, type LogRow, type Run } from './store.ts';
import { hasTerm, toolValue, valueTerm, type Term } from './terms.ts';
import type { ReceiptFilters, ReceiptPage, ReceiptQuery, ReceiptSummary } from './types.ts';

/** Entries of this log before this index are still to be looked at. */
interface Cursor {
  readonly log: LogRow['id'];
  readonly before: bigint;
}

const END = 2n ** 62n;

/** Receipts, newest first, by keyset. The viewer's rights are part of the search itself. */
export async function searchReceipts(
  run: Run,
  tenant: TenantId,
  query: ReceiptQuery,
  client: string | undefined,
): Promise<ReceiptPage> {
  const { viewer } = query;
  if (!viewer.all && viewer.reference === undefined) return { entries: [] };
  const filters: ReceiptFilters = {
    ...query.filters,
    ...(!viewer.all && viewer.reference !== undefined && { person: viewer.reference }),
  };
  if (!viewer.all && query.filters?.person !== undefined && query.filters.person !== viewer.reference)
    return { entries: [] };
  const logs = (await listLogs(run, tenant)).toReversed();
  const newest = logs[0];
  if (!newest) return { entries: [] };
  const start = parseCursor(query.after) ?? { log: newest.id, before: END };
  const startAt = Math.max(
    0,
    logs.findIndex(({ id }) => id === start.log),
  );
  const limit = Math.max(1, Math.min(query.limit, SEARCH_PAGE_MAX));
  const walk = { run, tenant, term: bestTerm(filters, client), limit };
  const matches = (entry: ReceiptSummary) =>
    maySee(viewer, entry.subject) && isWanted(entry, filters, client);
  return await walkLogs(walk, logs.slice(startAt), start.before, matches);
}

interface Walk {
  readonly run: Run;
  readonly tenant: TenantId;
  readonly term: Term | undefined;
  readonly limit: number;
}

async function walkLogs(
  walk: Walk,
  logs: readonly LogRow[],
  first: bigint,
  matches: (entry: ReceiptSummary) => boolean,
): Promise<ReceiptPage> {
  const entries: ReceiptSummary[] = [];
  let before = first;
  let looked = 0;
  for (const { id: log } of logs) {
    for (;;) {
      const { run, tenant, term } = walk;
      const page = { tenant, log, before, limit: SEARCH_BATCHES_AT_ONCE, ...(term && { term }) };
      const batches = await pageBatches(run, page);
      for (const batch of batches) {
        for (const { summary } of receiptsOf(batch).toReversed()) {
          if (BigInt(summary.index) >= before || !matches(summary)) continue;
          entries.push(summary);
          if (entries.length === walk.limit) return { entries, next: formatCursor(log, summary.index) };
        }
        before = batch.firstIndex;
      }
      looked += batches.length;
      if (batches.length < SEARCH_BATCHES_AT_ONCE) break;
      if (looked >= SEARCH_BATCHES_MAX) return { entries, next: formatCursor(log, Number(before)) };
    }
    before = END;
  }
  return { entries };
}

/** The term that leaves the fewest batches to look at. */
function bestTerm(filters: ReceiptFilters, client: string | undefined): Term | undefined {
  const { person, server, tool, status, effect, kind } = filters;
  if (person !== undefined) return valueTerm('subject', person);
  if (client !== undefined) return valueTerm('client', client);
  if (tool !== undefined && server !== undefined) return valueTerm('tool', toolValue(server, tool));
  if (status !== undefined && hasTerm('status', status)) return valueTerm('status', status);
  if (effect !== undefined && hasTerm('effect', effect)) return valueTerm('effect', effect);
  if (kind !== undefined && hasTerm('kind', kind)) return valueTerm('kind', kind);
  return server === undefined ? undefined : valueTerm('server', server);
}

function isWanted(entry: ReceiptSummary, filters: ReceiptFilters, client: string | undefined): boolean {
  const is = (wanted: string | undefined, value: string | undefined) =>
    wanted === undefined || wanted === value;
  return (
    is(filters.person, entry.subject) &&
    is(client, entry.client) &&
    is(filters.server, entry.server) &&
    is(filters.tool, entry.tool) &&
    is(filters.effect, entry.effect) &&
    is(filters.kind, entry.kind) &&
    is(filters.status, entry.status) &&
    (filters.from === undefined || entry.at >= filters.from) &&
    (filters.to === undefined || entry.at <= filters.to)
  );
}

function formatCursor(log: string, before: number): string {
  return `${log}.${before}`;
}

/** Undefined for what is no cursor of ours: the search then begins at the newest entry. */
function parseCursor(text: string | undefined): Cursor | undefined {
  const [, log, before] = /^([0-9a-f]{16})\.([0-9]{1,18})$/.exec(text ?? '') ?? [];
  if (log === undefined || before === undefined) return undefined;
  return { log: log as LogRow['id'], before: BigInt(before) };
}
