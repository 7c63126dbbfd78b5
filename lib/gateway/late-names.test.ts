import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TenantId } from '#lib/core';
import { LATE_NAME_MS, LATE_NAMES_MAX } from './constants.ts';
import { LastWords } from './last-words.ts';
import { LateNames } from './late-names.ts';

const ACME = 'acme' as TenantId;
const OTHER = 'other' as TenantId;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function waitFor(names: LateNames, tenant = ACME) {
  const abort = vi.fn<() => void>();
  return { abort, done: names.await(tenant, { abort }) };
}

it('a call that has been answered is not aborted, and one that has not soon is, once', () => {
  const names = new LateNames(new LastWords());
  const [answered, silent] = [waitFor(names), waitFor(names)];
  answered.done?.();
  vi.advanceTimersByTime(LATE_NAME_MS);
  silent.done?.();
  expect([answered.abort.mock.calls.length, silent.abort.mock.calls.length]).toStrictEqual([0, 1]);
});

it('no tenant has all places, and each comes free again', () => {
  const names = new LateNames(new LastWords());
  const taken = Array.from({ length: LATE_NAMES_MAX }, () => waitFor(names)).filter(({ done }) => done);
  expect(taken.length).toBeLessThan(LATE_NAMES_MAX);
  expect(waitFor(names).done).toBeUndefined();
  expect(waitFor(names, OTHER).done).toBeDefined();
  taken[0]?.done?.();
  taken[0]?.done?.();
  expect(waitFor(names).done).toBeDefined();
  expect(waitFor(names).done).toBeUndefined();
  vi.advanceTimersByTime(LATE_NAME_MS);
  expect(waitFor(names).done).toBeDefined();
});
