import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceiptId } from '#lib/core';
import { newAttempt, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';
import type {
  LogOwner,
  ReceiptFilters,
  ReceiptPage,
  ReceiptPerson,
  ReceiptQuery,
  Receipts,
  TenantLog,
} from './types.ts';

const START = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;

let now = START;
let scene: Scene;
let receipts: Receipts;
let tenant: LogOwner;
let log: TenantLog;
const [ann, ben] = [newPerson('Ann'), newPerson('Ben')];

beforeAll(async () => {
  scene = await createScene({ now: () => now });
  receipts = scene.receipts();
  tenant = await scene.tenant(receipts);
  log = await receipts.log(tenant.id);
  // Forty calls, a minute each: begun at :00, ended at :30.
  for (let at = 0; at < 40; at += 1) await call(at % 4 === 0 ? ben : ann, START + at * MINUTE);
});
afterAll(async () => await scene.close());

interface Made {
  readonly attempt: ReceiptId;
  readonly outcome: ReceiptId;
}
const calls: Made[] = [];

async function call(person: ReceiptPerson, at: number): Promise<void> {
  now = at;
  const made = newAttempt(person, {
    at,
    id: idAt(at),
    tool: { name: calls.length % 2 === 0 ? 'echo' : 'add' },
  });
  await attempt(log, made);
  const ended = newOutcome(made, { at: at + MINUTE / 2, id: idAt(at + 1) });
  await outcome(log, ended);
  calls.push({ attempt: made.id, outcome: ended.id });
}

let given = 0;
/** A UUIDv7 of this moment. */
function idAt(ms: number): ReceiptId {
  const time = ms.toString(16).padStart(12, '0');
  given += 1;
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${given.toString(16).padStart(12, '0')}` as ReceiptId;
}

const all = { all: true };
const search = (query: Partial<ReceiptQuery>) =>
  receipts.search(tenant.id, { viewer: all, limit: 200, ...query });
const ids = ({ entries }: ReceiptPage) => entries.map(({ id }) => id);
const seconds = (minutes: number) => (START + minutes * MINUTE) / 1000;
const CALLS: ReceiptFilters = { server: 'everything' };

describe('a list of calls', () => {
  it('has one line for each, the outcome', async () => {
    const page = await search({ filters: CALLS, fold: true });
    expect(ids(page)).toEqual(calls.map(({ outcome: id }) => id).toReversed());
    expect(ids(await search({ filters: CALLS }))).toHaveLength(80);
  });

  it('shows an attempt whose outcome is outside of the time asked for, with what came of it', async () => {
    const to = seconds(10) + 10;
    const page = await search({ filters: { ...CALLS, to }, fold: true });
    expect(page.entries[0]).toMatchObject({
      id: calls[10]?.attempt,
      outcome: { id: calls[10]?.outcome, kind: 'tool_call', status: 'ok' },
    });
    expect(page.entries).toHaveLength(11);
  });

  it('shows a call without an outcome, alone when that is asked for', async () => {
    const open = newAttempt(ann, { at: now, id: idAt(now) });
    await attempt(log, open);
    expect(ids(await search({ filters: CALLS, fold: true }))[0]).toBe(open.id);
    expect(ids(await search({ filters: { ...CALLS, status: 'none' } }))).toEqual([open.id]);
    const ended = newOutcome(open, { at: now, id: idAt(now) });
    await outcome(log, ended);
    expect(ids(await search({ filters: { ...CALLS, status: 'none' } }))).toEqual([]);
    calls.push({ attempt: open.id, outcome: ended.id });
  });
});

describe('paging', () => {
  it('goes to the end and back without a gap or a double, also while receipts arrive', async () => {
    for (const fold of [true, false]) {
      const whole = ids(await search({ filters: CALLS, fold }));
      const pages: ReceiptPage[] = [await search({ filters: CALLS, fold, limit: 7 })];
      for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
        pages.push(await search({ filters: CALLS, fold, limit: 7, after: next }));
        if (pages.length === 3) await call(ann, now + MINUTE);
      }
      expect(pages.flatMap(ids)).toEqual(whole);
      expect(pages.slice(0, -1).every(({ entries }) => entries.length === 7)).toBe(true);
      for (let at = pages.length - 1; at > 0; at -= 1) {
        const back = await search({ filters: CALLS, fold, limit: 7, before: pages[at]!.previous! });
        expect(ids(back)).toEqual(ids(pages[at - 1]!));
        expect(back.next).toBe(pages[at - 1]!.next);
      }
      const newer = await search({ filters: CALLS, fold, limit: 7, before: pages[1]!.previous! });
      const newest = await search({ filters: CALLS, fold, limit: 7, before: newer.previous! });
      expect(newest.entries.length).toBe(fold ? 1 : 2);
      expect(newest.previous).toBeUndefined();
    }
  });

  it('begins at the newest for a place that is none', async () => {
    const first = ids(await search({ limit: 3 }));
    for (const place of [
      '',
      'x',
      '../..',
      `${'0'.repeat(16)}.4`,
      `${log.id}.${'9'.repeat(19)}`,
      `${log.id}.-1`,
    ])
      expect(ids(await search({ limit: 3, after: place }))).toEqual(first);
  });
});

describe('filters', () => {
  it('combine', async () => {
    const both = await search({
      filters: { ...CALLS, person: ben.reference, tool: 'echo', kind: 'tool_call' },
    });
    const expected = calls.filter((_, at) => at % 4 === 0 && at < 40).map(({ outcome: id }) => id);
    expect(ids(both)).toEqual(expected.toReversed());
    const none = await search({ filters: { ...CALLS, person: ben.reference, tool: 'add' } });
    expect(none.entries).toEqual([]);
  });

  it('find one receipt by its id, for who may see it', async () => {
    const [made] = calls;
    expect(ids(await search({ filters: { receipt: made!.attempt }, fold: false }))).toEqual([made?.attempt]);
    const viewer = { all: false, reference: ann.reference };
    expect(ids(await search({ viewer, filters: { receipt: made!.attempt } }))).toEqual([]);
  });

  it('of time are exact to the second, on both sides', async () => {
    const page = await search({ filters: { ...CALLS, kind: 'attempt', from: seconds(3), to: seconds(6) } });
    expect(ids(page)).toEqual([6, 5, 4, 3].map((at) => calls[at]?.attempt));
    const between = { ...CALLS, from: seconds(3) + 1, to: seconds(3) + 29 };
    expect((await search({ filters: between })).entries).toEqual([]);
    const later = { from: seconds(60 * 24 * 400) };
    expect((await search({ filters: later })).entries).toEqual([]);
    expect((await search({ filters: { to: seconds(-60 * 24) } })).entries).toEqual([]);
    expect((await search({ filters: { from: Number.MAX_SAFE_INTEGER, to: 0 } })).entries).toEqual([]);
  });

  it('of time find what reached the log hours late', async () => {
    const at = START + 20 * MINUTE;
    const late = newAttempt(ann, { at, id: idAt(at) });
    await attempt(log, late);
    const filters = { ...CALLS, kind: 'attempt', from: seconds(20), to: seconds(20) } as const;
    expect(ids(await search({ filters }))).toEqual([late.id, calls[20]?.attempt]);
  });
});
