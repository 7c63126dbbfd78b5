import { expect, it } from 'vitest';
import { createRecordCache } from './record-cache.ts';

function setUp() {
  let now = 1_000;
  const cache = createRecordCache<{ v: number }>({ max: 2, ttlMs: 100, clock: { now: () => now } });
  return { cache, pass: (ms: number) => (now += ms) };
}

it('holds what was loaded, and that there is nothing, until its time is over', async () => {
  const { cache, pass } = setUp();
  expect(cache.peek('a')).toBeUndefined();
  await cache.load('a', async () => ({ v: 1 }));
  await cache.load('b', async () => undefined);
  expect(cache.peek('a')).toEqual({ v: 1 });
  expect(cache.peek('b')).toBeNull();
  pass(101);
  expect(cache.peek('a')).toBeUndefined();
  expect(await cache.load('b', async () => ({ v: 2 }))).toEqual({ v: 2 });
});

it('loads once for all who wait', async () => {
  const { cache } = setUp();
  let loads = 0;
  const load = async () => await cache.load('a', async () => ({ v: (loads += 1) }));
  expect(await Promise.all([load(), load()])).toEqual([{ v: 1 }, { v: 1 }]);
});

it('never keeps what was read before a change', async () => {
  const { cache } = setUp();
  let answer: (value: { v: number }) => void = () => undefined;
  const early = cache.load(
    'a',
    async () => await new Promise<{ v: number }>((resolve) => (answer = resolve)),
  );
  cache.drop('a');
  const late = cache.load('a', async () => ({ v: 2 }));
  answer({ v: 1 });
  expect(await early).toEqual({ v: 1 });
  expect(await late).toEqual({ v: 2 });
  expect(await cache.load('a', async () => ({ v: 3 }))).toEqual({ v: 2 });
});

it('is bounded, forgets on command, and keeps no failure', async () => {
  const { cache } = setUp();
  for (const key of ['a', 'b', 'c']) await cache.load(key, async () => ({ v: 1 }));
  expect(cache.peek('a')).toBeUndefined();
  cache.clear();
  expect(cache.peek('c')).toBeUndefined();
  await expect(cache.load('d', async () => await Promise.reject(new Error('no database')))).rejects.toThrow();
  expect(await cache.load('d', async () => ({ v: 4 }))).toEqual({ v: 4 });
});
