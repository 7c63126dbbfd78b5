import { describe, expect, it } from 'vitest';
import { BatchPace } from './batch-pace.ts';

/** A pace whose last batch took the database `answerMs`; `later` lets time pass. */
function paceAfter(answerMs: number): { readonly pace: BatchPace; readonly later: (ms: number) => void } {
  let now = 0;
  const pace = new BatchPace(() => now);
  const later = (ms: number) => {
    now += ms;
  };
  pace.sent();
  later(answerMs);
  pace.answered();
  return { pace, later };
}

describe('a batch with company', () => {
  it('goes at once when gathering it took a third of what the database takes', () => {
    const { pace, later } = paceAfter(3);
    pace.gathers();
    later(1);
    expect(pace.isDue()).toBe(true);
  });

  it('waits for the rest of the turn where the database is slow', () => {
    const { pace, later } = paceAfter(30);
    pace.gathers();
    later(1);
    expect(pace.isDue()).toBe(false);
  });

  it('counts from when the database was free for it', () => {
    const { pace, later } = paceAfter(6);
    pace.gathers();
    later(5);
    pace.gathers();
    later(1);
    expect(pace.isDue()).toBe(false);
    later(1);
    expect(pace.isDue()).toBe(true);
  });
});
