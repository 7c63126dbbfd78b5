import { describe, expect, it } from 'vitest';
import { filtersOf, readListQuery, receiptQuery } from './receipt-query.ts';

const wordsOf = (query: object) =>
  (receiptQuery.safeParse(query).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('the query of the receipt list', () => {
  it('takes a moment as seconds and as a form writes it, in UTC', () => {
    expect(receiptQuery.parse({ from: '2026-01-31T09:30', to: '1769851860' })).toMatchObject({
      from: 1_769_851_800,
      to: 1_769_851_860,
    });
    expect(receiptQuery.parse({ from: '2026-01-31T09:30:15Z' }).from).toBe(1_769_851_815);
  });

  it('takes an empty field for no filter', () => {
    expect(filtersOf(receiptQuery.parse({ server: '', kind: '', from: '' }))).toEqual({});
  });

  it.each([
    [{ person: "' or 1=1 --" }, 'person: a reference to a person: 22 characters'],
    [{ effect: 'maybe' }, 'effect: one of allow, deny, hold'],
    [{ tool: 'x\u202Egnp' }, 'tool: no control or direction characters'],
    [{ server: 'a\u0000' }, 'server: no control or direction characters'],
    [{ agent: 'x'.repeat(301) }, 'agent: at most 300 characters'],
    [{ from: 'yesterday' }, 'from: seconds since the epoch, or 2026-01-31T09:30 (UTC)'],
    [{ to: '-1' }, 'to: seconds since the epoch, or 2026-01-31T09:30 (UTC)'],
    [{ from: '1e3' }, 'from: seconds since the epoch, or 2026-01-31T09:30 (UTC)'],
    [{ from: '20', to: '10' }, 'to: ends before it begins'],
    [{ receipt: '1' }, 'receipt: a receipt id is a lower-case UUID'],
    [{ after: '../1' }, 'after: a place that a page of the list has given'],
    [{ after: `${'0'.repeat(16)}.1`, before: `${'0'.repeat(16)}.1` }, 'before: either after or before'],
    [{ limit: '0' }, 'limit: at least 1'],
    [{ limit: '1000000' }, 'limit: at most 200'],
  ])('refuses %j with words', (query, words) => {
    expect(wordsOf(query)).toContain(words);
  });

  it('refuses a list where one value is meant, and a filter that is none', () => {
    expect(wordsOf({ server: ['a', 'b'] })).toHaveLength(1);
    expect(wordsOf({ sever: 'a' })).toHaveLength(1);
  });
});

describe('a kept address', () => {
  it('shows what is understood, and names the rest', () => {
    const { query, ignored } = readListQuery({
      server: 'ledger',
      effect: 'maybe',
      foo: '1',
      kind: ['a', 'b'],
    });
    expect(filtersOf(query)).toEqual({ server: 'ledger' });
    expect(ignored.toSorted()).toEqual(['effect', 'foo', 'kind']);
  });
});
