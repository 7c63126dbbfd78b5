import { describe, expect, it } from 'vitest';
import type { PinnedServer } from '#lib/registry';
import { describeTools } from './describe-tools.ts';

const definitions = {
  read: { definition: { title: 'Read', description: 'Reads one.' } },
  odd: { definition: { title: 7, description: ['Reads', 'one'] } },
  changed: { definition: { title: 'Changed' }, drift: 'ab12' },
};
const server = { tools: new Map(Object.entries(definitions)) } as unknown as PinnedServer;

describe('the tools on a consent page', () => {
  it('are those that policy names, in the words that were approved, as far as they are words', () => {
    expect(describeTools(server, ['odd', 'read'])).toEqual([
      { name: 'odd' },
      { name: 'read', title: 'Read', description: 'Reads one.' },
    ]);
  });

  it('leave out what has changed since it was approved, and what is not approved any more', () => {
    expect(describeTools(server, ['changed', 'gone'])).toEqual([]);
  });
});
