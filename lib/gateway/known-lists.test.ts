import { describe, expect, it } from 'vitest';
import { utf8, type JsonObject } from '#lib/core';
import { hashDefinition, type PinnedServer } from '#lib/registry';
import { KnownLists, type ListSource } from './known-lists.ts';

const ACT = { name: 'act', inputSchema: { type: 'object' } };
const SEND = { name: 'send', inputSchema: { type: 'object' } };

function serverWith(...definitions: readonly { readonly name: string }[]): PinnedServer {
  const tools = definitions.map((definition) => {
    const { text, sha256 } = hashDefinition(definition as JsonObject);
    return [
      definition.name,
      { kind: 'tool', name: definition.name, definitionSha256: sha256, definition, text },
    ];
  });
  return { id: 'ledger', urlSha256: '0', tools: new Map(tools as never) } as unknown as PinnedServer;
}

const sourceOf = (server: PinnedServer): ListSource => ({
  server,
  kind: 'tool',
  member: 'tools',
  name: 'name',
});

function read(lists: KnownLists, server: PinnedServer, result: JsonObject) {
  const bytes = utf8(JSON.stringify(result));
  return lists.read(sourceOf(server), bytes, result, result['tools'] as readonly JsonObject[]);
}

describe('a list that was read before', () => {
  const result = { tools: [ACT, SEND], nextCursor: 'more' };
  const bytes = utf8(JSON.stringify(result));

  it('is known by its very bytes', () => {
    const lists = new KnownLists();
    const server = serverWith(ACT, SEND);
    const list = read(lists, server, result);
    expect(lists.find(sourceOf(server), bytes)).toBe(list);
    expect(lists.find(sourceOf(server), utf8(JSON.stringify({ tools: [ACT] })))).toBeUndefined();
    expect(list.rest).toStrictEqual({ nextCursor: 'more' });
  });

  it('has to be compared anew once the pins have changed', () => {
    const lists = new KnownLists();
    read(lists, serverWith(ACT, SEND), result);
    expect(lists.find(sourceOf(serverWith(ACT)), bytes)).toBeUndefined();
  });
});

describe('what a list shows', () => {
  const namesOf = (server: PinnedServer, tools: readonly unknown[]) =>
    read(new KnownLists(), server, { tools } as JsonObject).things.map(({ pinned }) => pinned.name);

  it.each([
    ['what is as pinned', [ACT, SEND], ['act', 'send']],
    ['nothing that was changed since', [{ ...ACT, description: 'another' }, SEND], ['send']],
    ['nothing that is not pinned', [ACT, { name: 'new' }], ['act']],
    ['nothing without a name, and nothing that is no object', [{}, 7, null, [ACT]], []],
    ['nothing that can not even be hashed', [{ ...ACT, description: '\ud800' }], []],
  ])('is %s', (_, tools, names) => {
    expect(namesOf(serverWith(ACT, SEND), tools)).toStrictEqual(names);
  });
});
