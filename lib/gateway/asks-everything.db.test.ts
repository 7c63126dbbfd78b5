/** The official SDK's client with all its handlers, and a real server that asks it for things. */
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  UrlElicitationRequiredError,
  type CreateMessageRequest,
  type ElicitRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEverythingServer, type EverythingFixture } from '../../e2e/fixtures/everything-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { connect, type Connected } from './testing/mcp-client.ts';

let door: FrontDoor;
let everything: EverythingFixture;
let alice: Connected;
const sampled: CreateMessageRequest['params'][] = [];
const elicited: ElicitRequest['params'][] = [];
let root = 'file:///home/alice';

beforeAll(async () => {
  door = await openFrontDoor({
    policies: {
      use: 'permit (principal, action == Action::"tools/call", resource);',
      asks: `permit (principal, action in
        [Action::"sampling/createMessage", Action::"elicitation/create", Action::"roots/list"], resource);`,
    },
  });
  everything = door.before(await startEverythingServer());
  await door.register({ everything: { url: everything.url, timeoutMs: 10_000 } });
  const token = await door.userToken('everything', 'alice@acme.example');
  const capabilities = {
    sampling: {},
    elicitation: { form: {}, url: {} },
    roots: { listChanged: true },
  };
  alice = await connect(door.resource('everything'), token, capabilities);
  alice.client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
    sampled.push(params);
    return { role: 'assistant', model: 'test-model', content: { type: 'text', text: 'It was dark.' } };
  });
  alice.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    elicited.push(params);
    if (params.mode === 'url') return { action: 'accept' };
    return { action: 'accept', content: { name: 'Alice Cooper', check: true } };
  });
  alice.client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: root, name: 'home' }] }));
}, 120_000);

afterAll(async () => {
  await alice?.client.close();
  await door?.close();
});

async function use(name: string, args: Record<string, unknown> = {}): Promise<string> {
  return JSON.stringify((await alice.client.callTool({ name, arguments: args })).content);
}

describe('the everything server asks', () => {
  it('the client’s model', async () => {
    const said = await use('trigger-sampling-request', { prompt: 'How was the night?', maxTokens: 60 });
    expect(said).toContain('It was dark.');
    expect(sampled.at(-1)?.maxTokens).toBe(60);
    expect(JSON.stringify(sampled.at(-1))).toContain('How was the night?');
  });

  it('a person, by a form', async () => {
    expect(await use('trigger-elicitation-request')).toContain('Alice Cooper');
    expect(elicited.at(-1)).toMatchObject({ message: 'Please provide inputs for the following fields:' });
  });

  it('a person to open a page', async () => {
    const said = await use('trigger-url-elicitation', { url: 'https://example.com/pay' });
    expect(said).toContain('completed the URL elicitation');
    expect(elicited.at(-1)).toMatchObject({ mode: 'url', url: 'https://example.com/pay' });
    expect(elicited.at(-1)?.message).toContain("The server 'everything' asks:");
  });

  it('a person to open a page before it goes on', async () => {
    const args = { url: 'https://example.com/first', errorPath: true };
    const refused = await alice.client.callTool({ name: 'trigger-url-elicitation', arguments: args }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(UrlElicitationRequiredError);
    expect((refused as UrlElicitationRequiredError).elicitations[0]?.url).toBe(
      'https://modelcontextprotocol.io/',
    );
    expect(await use('trigger-url-elicitation', args)).toContain('completed the URL elicitation');
  });

  it('for roots on the session’s own stream, and again when they have changed', async () => {
    expect(await use('get-roots-list')).toContain('file:///home/alice');
    root = 'file:///srv/alice';
    await alice.client.sendRootsListChanged();
    await expect.poll(() => use('get-roots-list'), { timeout: 10_000 }).toContain('file:///srv/alice');
  });

  it('and leaves receipts that an auditor verifies, bodies included', async () => {
    const asked = await door.receipts((summary) =>
      ['sampling', 'elicitation', 'roots'].includes(summary.kind),
    );
    const kinds = new Set(asked.map(({ summary }) => `${summary.kind} ${summary.status}`));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['sampling held', 'sampling ok', 'elicitation ok', 'roots held', 'roots ok']),
    );
    const verdict = await door.verify(asked.map(({ summary }) => summary.id));
    expect(verdict.checks.filter(({ passed }) => passed === 'no')).toStrictEqual([]);
    expect(verdict.verdict).toBe('VALID');
  });
});
