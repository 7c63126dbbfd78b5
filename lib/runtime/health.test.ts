import { expect, it } from 'vitest';
import { shareFor, turnOf } from './health.ts';

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

it('looks at a bounded number of tenants each time, and at every one in turn', () => {
  const tenants = Array.from({ length: 40 }, (_, index) => index);
  const seen = new Set<number>();
  for (let looked = 0; looked < 48; looked += 16) {
    const turn = turnOf(tenants, looked, 16);
    expect(turn).toHaveLength(16);
    for (const tenant of turn) seen.add(tenant);
  }
  expect(seen.size).toBe(40);
  expect(turnOf([1, 2], 5, 16)).toEqual([1, 2]);
});
