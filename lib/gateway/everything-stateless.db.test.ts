/** The official client of the stateless era in front of a real server that knows sessions alone, with Countersign in between. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEverythingServer, type EverythingFixture } from '../../e2e/fixtures/everything-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { stampOf } from './testing/mcp-client.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const POLICIES = {
  all: 'permit (principal, action, resource);',
  echo: `@reason("Not this.") forbid (principal, action == Action::"tools/call",
    resource == Tool::"everything/echo") when { context.arguments.message == "forbidden" };`,
  env: 'forbid (principal, action, resource == Tool::"everything/get-env");',
};

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const WHILE_IT_WORKS = { timeout: 10_000, interval: 250 };

type Negotiation = 'auto' | 'legacy' | { readonly pin: string };

let door: FrontDoor;
let everything: EverythingFixture;
let alice: Client;
let url: string;
let token: string;

async function connect(mode: Negotiation): Promise<Client> {
  const client = new Client({ name: 'modern-agent', version: '2' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  everything = door.before(await startEverythingServer());
  await door.register({ everything: { url: everything.url, timeoutMs: 10_000 } });
  url = door.resource('everything');
  token = await door.userToken('everything', 'alice@acme.example');
  alice = await connect('auto');
});

afterAll(async () => {
  await alice?.close();
  await door?.close();
});

describe('the everything server, to a client without sessions', () => {
  it.each(['auto', { pin: '2026-07-28' }] as const)('is of its era, negotiated by %j', async (mode) => {
    const client = await connect(mode);
    expect(client.getProtocolEra()).toBe('modern');
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect(client.getServerVersion()?.name).toContain('everything');
    await client.close();
  });

  it('is as ever to the same client where it asks for sessions', async () => {
    const client = await connect('legacy');
    expect(client.getProtocolEra()).toBe('legacy');
    expect(JSON.stringify(await client.callTool({ name: 'get-sum', arguments: { a: 2, b: 3 } }))).toContain(
      '5',
    );
    await client.close();
  });

  it('is listed as policy permits', async () => {
    const names = (await alice.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-structured-content']));
    expect(names).not.toContain('get-env');
    expect((await alice.listPrompts()).prompts.length).toBeGreaterThan(2);
    expect((await alice.listResources()).resources.length).toBeGreaterThan(2);
    expect((await alice.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(1);
  });

  it('answers calls, each with its receipt', async () => {
    const sum = await alice.callTool({ name: 'get-sum', arguments: { a: 2, b: 40 } });
    expect(JSON.stringify(sum.content)).toContain('42');
    const { id } = stampOf({ result: sum as never });
    expect((await door.receipt(id))?.summary).toMatchObject({ kind: 'tool_call', status: 'ok' });
  });

  it('is not asked what policy forbids', async () => {
    const denied = await alice.callTool({ name: 'echo', arguments: { message: 'forbidden' } });
    expect(denied.isError).toBe(true);
    expect(JSON.stringify(denied.content)).toContain('Not this.');
    await expect(alice.callTool({ name: 'get-env', arguments: {} })).rejects.toThrow('Unknown tool');
  });

  it('reports progress inside a call', async () => {
    const seen: number[] = [];
    const request = { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } };
    const result = await alice.callTool(request, { onprogress: ({ progress }) => seen.push(progress) });
    expect(JSON.stringify(result.content)).toContain('completed');
    expect(seen).toStrictEqual([1, 2, 3, 4]);
  });

  it('has resources, prompts and completions', async () => {
    const text = await alice.readResource({ uri: 'demo://resource/dynamic/text/1' });
    expect(text.contents).toHaveLength(1);
    const prompt = await alice.getPrompt({ name: 'args-prompt', arguments: { city: 'Bern' } });
    expect(prompt.messages).toHaveLength(1);
    const completed = await alice.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    expect(completed.completion.values).toContain('Engineering');
  });

  it('hears that a call was cancelled', async () => {
    const stop = new AbortController();
    const request = { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 2 } };
    const before = (await door.summaries()).length;
    const call = alice.callTool(request, { signal: stop.signal });
    await expect.poll(async () => (await door.summaries()).length).toBeGreaterThan(before);
    stop.abort('enough');
    await expect(call).rejects.toThrow();
    await expect
      .poll(async () => (await door.summaries()).map((summary) => summary.status), { timeout: 5_000 })
      .toContain('cancelled');
  });

  it('tells of resources that were subscribed to', async () => {
    const updated: string[] = [];
    alice.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void updated.push(params.uri),
    );
    const uri = 'demo://resource/dynamic/text/1';
    const subscription = await alice.listen({ resourceSubscriptions: [uri], toolsListChanged: true });
    await alice.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    await expect.poll(() => updated, { timeout: 10_000 }).toContain(uri);
    await alice.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    await subscription.close();
  });

  it('makes tasks of the calls of one tool, which ask what they need to know', async () => {
    const client = new StatelessClient(url, token);
    const extensions = { 'io.modelcontextprotocol/tasks': {} };
    const able = { meta: { [CAPABILITIES]: { extensions, elicitation: { form: {} } } } };
    const look = async (taskId: string) => (await client.request('tasks/get', { taskId }, able)).body.result;
    const made = await client.call('simulate-research-query', { topic: 'rain', ambiguous: true }, able);
    expect(made.body.result).toMatchObject({ resultType: 'task', status: 'working' });
    const id = String(made.body.result?.['taskId']);
    await expect.poll(async () => (await look(id))?.['status'], WHILE_IT_WORKS).toBe('input_required');
    const asked = Object.keys((await look(id))?.['inputRequests'] ?? {});
    expect(asked).toHaveLength(1);
    const inputResponses = { [asked[0]!]: { action: 'accept', content: { interpretation: 'technical' } } };
    await client.request('tasks/update', { taskId: id, inputResponses }, able);
    await expect.poll(async () => (await look(id))?.['status'], WHILE_IT_WORKS).toBe('completed');
    expect(JSON.stringify((await look(id))?.['result'])).toContain('rain');
  });

  it('leaves receipts that an auditor verifies, bodies included', async () => {
    const ids = (await door.summaries()).map((summary) => summary.id);
    const verdict = await door.verify(ids.slice(-40));
    expect(verdict.checks.filter(({ passed }) => passed === 'no')).toStrictEqual([]);
    expect(verdict.verdict).toBe('VALID');
  });
});
