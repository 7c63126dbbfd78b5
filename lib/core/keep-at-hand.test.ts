import { describe, expect, it } from 'vitest';
import { keepAtHand } from './keep-at-hand.ts';

describe('what is kept at hand', () => {
  it('is found again, and handed back to whoever worked it out', () => {
    const kept = new Map<string, number>();
    expect(keepAtHand(kept, 2, 'one', 1)).toBe(1);
    expect(keepAtHand(kept, 2, 'two', 2)).toBe(2);
    expect([...kept]).toEqual([
      ['one', 1],
      ['two', 2],
    ]);
  });

  it('begins anew with what comes when it is full', () => {
    const kept = new Map<string, number>();
    for (const [value, key] of ['one', 'two', 'three'].entries()) keepAtHand(kept, 2, key, value);
    expect([...kept]).toEqual([['three', 2]]);
  });

  it('never grows beyond its bound, however many keys come', () => {
    const kept = new Map<number, number>();
    let largest = 0;
    for (let key = 0; key < 1_000; key += 1) {
      keepAtHand(kept, 16, key, key);
      largest = Math.max(largest, kept.size);
    }
    expect(largest).toBe(16);
  });
});
