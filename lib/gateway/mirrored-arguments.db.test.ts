/** Arguments that a tool has repeated in headers: what a client without a session says in both places has to agree. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession } from './testing/mcp-client.ts';
import { answerWith, startScriptedUpstream, type ScriptedUpstream } from './testing/scripted-upstream.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
  },
};
const POLICIES = {
  all: 'permit (principal, action, resource);',
  hidden: 'forbid (principal, action, resource == Tool::"mirrored/hidden");',
};

let door: FrontDoor;
let upstream: ScriptedUpstream;
let alice: StatelessClient;

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  upstream = door.before(await startScriptedUpstream());
  const tools = ['act', 'hidden'].map((name) => ({ name, description: name, inputSchema: SCHEMA }));
  upstream.on('tools/list', answerWith(JSON.stringify({ tools })));
  upstream.on('tools/call', answerWith('{"content":[]}'));
  await door.register({ mirrored: { url: upstream.url } });
  alice = await door.statelessFor('alice@acme.example', 'mirrored');
});

afterAll(() => door?.close());

const base64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

describe('an argument that a tool has repeated in a header', () => {
  it.each([
    ['is missing there', { region: 'eu' }, {}],
    ['is another there', { region: 'eu' }, { 'mcp-param-region': 'us' }],
    ['is another there by case', { region: 'eu' }, { 'mcp-param-region': 'EU' }],
    ['is there alone', {}, { 'mcp-param-region': 'eu' }],
    [
      'is encoded there without its padding',
      { region: 'Hello' },
      { 'mcp-param-region': '=?base64?SGVsbG8?=' },
    ],
    [
      'is encoded there with what is no Base64',
      { region: 'Hello' },
      { 'mcp-param-region': '=?base64?SGVs!!G8=?=' },
    ],
    ['is another number there', { count: 42 }, { 'mcp-param-count': '43' }],
    ['is a number there that is written as none', { count: 16 }, { 'mcp-param-count': '0x10' }],
    ['is another truth there', { dry: true }, { 'mcp-param-dry': 'false' }],
  ])('is refused where it %s [mcp-stateless-param-headers]', async (_, args, headers) => {
    const before = upstream.received.length;
    const { status, body } = await alice.call('act', args, { headers });
    expect([status, body.error?.code]).toStrictEqual([400, -32020]);
    expect(upstream.received).toHaveLength(before);
  });

  it.each([
    ['is the same there', { region: 'eu' }, { 'mcp-param-region': 'eu' }],
    ['is encoded there', { region: 'Grüße' }, { 'mcp-param-region': base64('Grüße') }],
    ['looks encoded there by half', { region: '=?base64?eu' }, { 'mcp-param-region': '=?base64?eu' }],
    ['is the same number there', { count: 42 }, { 'mcp-param-count': '42.0' }],
    ['is nowhere', {}, {}],
    ['stands beside headers of no argument', { dry: true }, { 'mcp-param-dry': 'true', 'mcp-param-x': 'y' }],
  ])('passes where it %s', async (_, args, headers) => {
    const { status, body } = await alice.call('act', args, { headers });
    expect([status, body.error]).toStrictEqual([200, undefined]);
  });

  it('says nothing of a tool that the caller may not see', async () => {
    const { body } = await alice.call('hidden', { region: 'eu' });
    expect(body.error).toMatchObject({ code: -32602, message: 'Unknown tool: hidden' });
  });

  it('stands in the body alone where there is a session', async () => {
    const session = await RawSession.open(alice.url, alice.token);
    expect((await session.call('act', { region: 'eu' })).body.result).toBeDefined();
  });
});
