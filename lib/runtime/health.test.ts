import { expect, it } from 'vitest';
import { shareFor } from './health.ts';

it('asks once for all who ask at the same time, and anew afterwards', async () => {
  let now = 1_000;
  let asked = 0;
  const ask = shareFor(500, { now: () => now }, async () => (asked += 1));
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  now += 499;
  expect(await ask()).toBe(1);
  now += 1;
  expect(await ask()).toBe(2);
  // A clock that was set back must not keep an old answer alive.
  now -= 3_600_000;
  expect(await ask()).toBe(3);
});
