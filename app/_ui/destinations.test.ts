import { describe, expect, it } from 'vitest';
import { destinationsFor } from './destinations.ts';

const ID = '01a1fbfe-c739-748f-b376-def88613feb6';
const KNOWN = {
  pages: [
    { label: 'My agents', href: 'https://acme.example/connections' },
    { label: 'Receipts', href: 'https://acme.example/receipts' },
  ],
  servers: [{ id: 'ledger', title: 'General ledger' }],
  canonicalUrl: 'https://acme.example',
  words: { pages: 'Pages', servers: 'Servers', receipt: 'Receipt', openReceipt: 'Open receipt' },
};
const hrefs = (typed: string) =>
  destinationsFor(typed, KNOWN).flatMap(({ items }) => items.map(({ href }) => href));

describe('destinationsFor', () => {
  it('shows pages and servers before anything is typed', () => {
    expect(hrefs('')).toEqual([
      'https://acme.example/connections',
      'https://acme.example/receipts',
      'https://acme.example/servers/ledger',
    ]);
  });

  it('finds a server by its id or by its title, whatever the case', () => {
    expect(hrefs(' LEDG')).toEqual(['https://acme.example/servers/ledger']);
    expect(hrefs('general')).toEqual(['https://acme.example/servers/ledger']);
  });

  it('leads from a receipt’s id to the receipt', () => {
    expect(hrefs(` ${ID.toUpperCase()} `)).toEqual([`https://acme.example/receipts/${ID}`]);
  });

  it('makes no address of what is no id', () => {
    for (const typed of [`${ID}/../keys`, 'javascript:alert(1)', `${ID}0`, '//evil.example']) {
      expect(hrefs(typed)).toEqual([]);
    }
  });

  it('keeps a server’s id inside its segment of the address', () => {
    const known = { ...KNOWN, servers: [{ id: '../keys', title: 'x' }] };
    expect(destinationsFor('x', known)[0]?.items[0]?.href).toBe('https://acme.example/servers/..%2Fkeys');
  });
});
