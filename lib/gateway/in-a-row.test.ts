import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InARow } from './in-a-row.ts';

/** What was left to the end of a turn. */
let planned: (() => void)[] = [];

function planByHand(): void {
  planned = [];
  vi.stubGlobal('setImmediate', (run: () => void) => planned.push(run));
}

afterEach(() => vi.unstubAllGlobals());

describe('what comes in one turn', () => {
  it('is done in a row, in its order, and not before the turn is over', () => {
    planByHand();
    const row = new InARow();
    const done: number[] = [];
    for (const number of [1, 2, 3]) row.add(() => done.push(number));
    expect(done).toEqual([]);
    expect(planned).toHaveLength(1);
    planned[0]?.();
    expect(done).toEqual([1, 2, 3]);
  });

  it('does not wait for what comes while it is done', () => {
    planByHand();
    const row = new InARow();
    const done: string[] = [];
    row.add(() => row.add(() => done.push('second')));
    planned[0]?.();
    expect(done).toEqual([]);
    planned[1]?.();
    expect(done).toEqual(['second']);
  });

  it('is done although one of it meets a defect', () => {
    planByHand();
    const row = new InARow();
    const done: string[] = [];
    row.add(() => done.push('before'));
    row.add(() => {
      throw new Error('a defect');
    });
    row.add(() => done.push('after'));
    expect(planned[0]).toThrow('a defect');
    for (const run of planned.slice(1)) run();
    expect(done).toEqual(['before', 'after']);
  });

  it('is done in the context of whoever brought it', async () => {
    const context = new AsyncLocalStorage<string>();
    const row = new InARow();
    const found = await new Promise<(string | undefined)[]>((resolve) => {
      const seen: (string | undefined)[] = [];
      for (const name of ['alice', 'bob'])
        context.run(name, () => row.add(() => seen.push(context.getStore())));
      row.add(() => resolve(seen));
    });
    expect(found).toEqual(['alice', 'bob']);
  });
});
