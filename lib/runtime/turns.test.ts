import { describe, expect, it } from 'vitest';
import { type Turn, Turns } from './turns.ts';

/** Time and its ticks stand still until the test moves them. */
function scene() {
  let now = 0;
  let tick: (() => void) | undefined;
  const begun: string[] = [];
  const turns = new Turns({
    workMax: 4,
    ownMin: 1,
    lapseMs: 20,
    lookMs: 10,
    recentMs: 1_000,
    now: () => now,
    every: (_, run) => {
      tick = run;
      return () => {
        tick = undefined;
      };
    },
  });
  return {
    begun,
    begin: (party: string, name = party): Turn => turns.begin(party, () => void begun.push(name)),
    end: (turn: Turn) => turns.end(turn),
    pause: (turn: Turn) => turns.pause(turn),
    resume: (turn: Turn) => turns.resume(turn),
    pass: (ms: number) => {
      now += ms;
      tick?.();
    },
    isSharing: () => tick !== undefined,
  };
}

describe('turns', () => {
  it('are nobody’s business while one party comes alone', () => {
    const { begun, begin, isSharing } = scene();
    for (let count = 0; count < 100; count += 1) begin('flood');
    expect(begun).toHaveLength(100);
    expect(isSharing()).toBe(false);
  });

  it('make a flood wait in a line of its own, and begin at once for whoever comes besides', () => {
    const { begun, begin } = scene();
    begin('flood');
    begin('other', 'first');
    for (let count = 0; count < 50; count += 1) begin('flood');
    begun.length = 0;
    begin('third');
    expect(begun).toEqual(['third']);
  });

  it('are taken one of each line', () => {
    const { begun, begin, end } = scene();
    begin('other');
    const working = ['a1', 'a2', 'a3', 'a4'].map((name) => begin('a', name));
    begin('a', 'a5');
    begin('a', 'a6');
    begin('b', 'b1');
    begin('b', 'b2');
    begun.length = 0;
    for (const turn of working) end(turn);
    expect(begun).toEqual(['a5', 'b2', 'a6']);
  });

  it('are given up by whoever goes away while waiting', () => {
    const { begun, begin, end } = scene();
    begin('other');
    const working = ['a1', 'a2', 'a3', 'a4'].map((name) => begin('a', name));
    end(begin('a', 'gone'));
    begin('a', 'stays');
    begun.length = 0;
    for (const turn of working) end(turn);
    expect(begun).toEqual(['stays']);
  });

  it('go to others while one waits for somebody else, who goes on without waiting again', () => {
    const { begun, begin, pause, resume, end } = scene();
    begin('other');
    const working = ['a1', 'a2', 'a3', 'a4'].map((name) => begin('a', name));
    begin('a', 'a5');
    begin('a', 'a6');
    begun.length = 0;
    const [first, second] = working;
    pause(first!);
    expect(begun).toEqual(['a5']);
    resume(first!);
    // Five are in work now: the next one to leave lets nobody in.
    end(second!);
    expect(begun).toEqual(['a5']);
    end(first!);
    expect(begun).toEqual(['a5', 'a6']);
    pause(first!);
    resume(first!);
    expect(begun).toEqual(['a5', 'a6']);
  });

  it('lapse for a request that waits for somebody else, and are not given back twice', () => {
    const { begun, begin, end, pass } = scene();
    begin('other');
    const slow = ['a1', 'a2', 'a3', 'a4'].map((name) => begin('a', name));
    for (let count = 5; count <= 12; count += 1) begin('a', `a${count}`);
    pass(25);
    expect(begun).toHaveLength(9);
    for (const turn of slow) end(turn);
    expect(begun).toHaveLength(9);
  });

  it('end with the sharing: what waits begins, and nothing is counted any more', () => {
    const { begun, begin, end, pass, isSharing } = scene();
    begin('other');
    const working = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map((name) => begin('a', name));
    pass(10);
    expect(isSharing()).toBe(true);
    pass(2_000);
    expect(isSharing()).toBe(false);
    expect(begun).toHaveLength(7);
    for (const turn of working) end(turn);
    begin('a', 'a7');
    expect(begun.at(-1)).toBe('a7');
  });
});
