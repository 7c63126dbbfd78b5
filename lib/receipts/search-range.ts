import type { LogId, TenantId } from '#lib/core';
import {
  SEARCH_CLOCK_SKEW_MS,
  SEARCH_ID_LEAD_MS,
  SEARCH_INDEX_END,
  SEARCH_RANGE_IDS_MAX,
} from './constants.ts';
import { spreadOfIds, type Spread } from './store-search.ts';
import type { Run } from './store.ts';

/** A stretch of one log, by the index of batches' first entries; both ends are left out. */
export interface LogStretch {
  readonly log: LogId;
  readonly above: bigint;
  readonly below: bigint;
}

const MS_MAX = 2 ** 48 - 1;

/** The first or last UUIDv7 (RFC 9562 §5.7) of this millisecond. */
function idAt(ms: number, fill: '0' | 'f'): string {
  const time = Math.min(Math.max(0, ms), MS_MAX).toString(16).padStart(12, '0');
  const f = (digits: number) => fill.repeat(digits);
  return `${time.slice(0, 8)}-${time.slice(8)}-${f(4)}-${f(4)}-${f(12)}`;
}

/**
 * Where in the logs (newest first) receipts of this time stand, from an index and not by walking there. A receipt that
 * reached the log late, after an outage, stands later than others of its time: its id is looked at like theirs.
 */
export async function stretchesOfTime(
  run: Run,
  tenant: TenantId,
  logs: readonly LogId[],
  time: { readonly from?: number | undefined; readonly to?: number | undefined },
): Promise<LogStretch[]> {
  const whole = logs.map((log) => ({ log, above: -1n, below: SEARCH_INDEX_END }));
  if (time.from === undefined && time.to === undefined) return whole;
  const ids = {
    from: time.from === undefined ? idAt(0, '0') : idAt(time.from * 1_000 - SEARCH_ID_LEAD_MS, '0'),
    to: time.to === undefined ? idAt(MS_MAX, 'f') : idAt(time.to * 1_000 + 999 + SEARCH_CLOCK_SKEW_MS, 'f'),
    most: SEARCH_RANGE_IDS_MAX,
  };
  const oldest =
    time.from === undefined ? undefined : await spreadOfIds(run, tenant, { ...ids, end: 'oldest' });
  const newest =
    time.to === undefined ? undefined : await spreadOfIds(run, tenant, { ...ids, end: 'newest' });
  return whole.flatMap(({ log, above, below }, place) => {
    const low = oldest && lowEnd(oldest, logs, place);
    const high = newest && highEnd(newest, logs, place);
    if (low === 'nothing' || high === 'nothing') return [];
    return [{ log, above: low ?? above, below: high ?? below }];
  });
}

/** Undefined: the log is newer than everything that was read, so all of it may be of this time. */
function lowEnd(
  oldest: readonly Spread[],
  logs: readonly LogId[],
  place: number,
): bigint | 'nothing' | undefined {
  const own = oldest.find(({ log }) => log === logs[place]);
  if (own) return own.lowest - 1n;
  const isWhole = (oldest[0]?.seen ?? 0) < SEARCH_RANGE_IDS_MAX;
  const oldestSeen = Math.max(...oldest.map(({ log }) => logs.indexOf(log)));
  return isWhole || place > oldestSeen ? 'nothing' : undefined;
}

/** Undefined: the log is older than everything that was read. */
function highEnd(
  newest: readonly Spread[],
  logs: readonly LogId[],
  place: number,
): bigint | 'nothing' | undefined {
  const own = newest.find(({ log }) => log === logs[place]);
  if (own) return own.highest + 1n;
  const isWhole = (newest[0]?.seen ?? 0) < SEARCH_RANGE_IDS_MAX;
  const newestSeen = Math.min(...newest.map(({ log }) => logs.indexOf(log)));
  return isWhole || place < newestSeen ? 'nothing' : undefined;
}
