import { describe, expect, it } from 'vitest';
import { compareSets, summarizeChange } from './compare-sets.ts';

describe('the difference between two sets', () => {
  it('is told policy by policy, line by line', () => {
    const before = { gone: 'permit;\n', kept: 'same', text: 'one\ntwo\nthree\n' };
    const after = { come: 'forbid;', kept: 'same', text: 'one\nzwei\nthree\n' };
    expect(compareSets(before, after)).toEqual([
      { policyId: 'come', change: 'added', lines: [{ kind: 'added', text: 'forbid;' }] },
      { policyId: 'gone', change: 'removed', lines: [{ kind: 'removed', text: 'permit;' }] },
      {
        policyId: 'text',
        change: 'changed',
        lines: [
          { kind: 'same', text: 'one' },
          { kind: 'removed', text: 'two' },
          { kind: 'added', text: 'zwei' },
          { kind: 'same', text: 'three' },
        ],
      },
    ]);
  });

  it('is nothing between equal sets', () => {
    expect(compareSets({ a: 'x' }, { a: 'x' })).toEqual([]);
  });

  it('counts policies whose ids mean something to JavaScript like any other', () => {
    expect(summarizeChange({ constructor: 'x' }, { toString: 'y' })).toMatchObject({
      policies: 1,
      added: ['toString'],
      removed: ['constructor'],
    });
  });

  it('counts what it no longer names', () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`policy-${index}-long-name`, 'x']),
    );
    const { added, counts } = summarizeChange({}, many);
    expect(counts.added).toBe(500);
    expect(added.join('').length).toBeLessThanOrEqual(4_000);
  });

  it('of two long texts with nothing in common is found without looking for the least one', () => {
    const text = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word}${index}`).join('\n');
    const started = performance.now();
    const [difference] = compareSets({ a: text('x') }, { a: text('y') });
    expect(difference?.lines).toHaveLength(40_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('looks for the least difference of two sets no longer than of two texts, and still tells every line', () => {
    const text = (word: string) => Array.from({ length: 1_500 }, (_, index) => `${word}${index}`).join('\n');
    const set = (word: string) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`p${at}`, text(word)]));
    const started = performance.now();
    const differences = compareSets(set('x'), { ...set('y'), last: 'a\nb' });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(differences.map(({ lines }) => lines.length)).toEqual([
      2,
      ...Array.from({ length: 40 }, () => 3_000),
    ]);
  });
});
