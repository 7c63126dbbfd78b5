/** Agents without sessions in front of a server without sessions: nothing is opened, and each request says all of it again. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStatelessServer, type StatelessFixture } from '../../e2e/fixtures/stateless-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { disclosedIn } from './testing/read-log.ts';
import { stampOf } from './testing/mcp-client.ts';
import { answerWith, DISCOVERED, startScriptedUpstream, TOOL } from './testing/scripted-upstream.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const META = 'io.modelcontextprotocol';

let door: FrontDoor;
let upstream: StatelessFixture;
let url: string;
let token: string;
let alice: StatelessClient;

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startStatelessServer());
  await door.register({ stateless: { url: upstream.url } });
  url = door.resource('stateless');
  token = await door.userToken('stateless', 'alice@acme.example');
  alice = new StatelessClient(url, token);
});

afterAll(() => door?.close());

describe('a request', () => {
  it('reaches the server in words of its own, and is answered in its own', async () => {
    const { body } = await alice.call('echo', { text: 'hello' });
    expect(body.result).toMatchObject({ resultType: 'complete', structuredContent: { text: 'hello' } });
    expect(body.result?._meta).toMatchObject({ [`${META}/serverInfo`]: { name: 'stateless' } });
    expect(upstream.seen('initialize')).toHaveLength(0);
    const { headers, meta } = upstream.seen('tools/call').at(-1)!;
    expect(headers).toMatchObject({ 'mcp-method': 'tools/call', 'mcp-name': 'echo' });
    expect(headers).not.toHaveProperty('mcp-session-id');
    expect(meta).toMatchObject({ [`${META}/clientInfo`]: { name: 'stateless', version: '1' } });
    const receipt = await door.receipt(stampOf(body).id);
    expect(receipt?.summary).toMatchObject({ kind: 'tool_call', status: 'ok' });
    expect(disclosedIn(receipt!)).toHaveProperty('upstream');
  });

  it('tells the level it asks for to the server, and hears nothing where it asks for none', async () => {
    const heard = async (level?: string) => {
      const meta = level === undefined ? {} : { [`${META}/logLevel`]: level };
      const stream = await alice.open('tools/call', { name: 'tell', arguments: {} }, { meta });
      await stream.ended;
      return stream.messages.map(({ method }) => method ?? 'result');
    };
    expect(await heard()).toStrictEqual(['result']);
    expect(upstream.seen('tools/call').at(-1)?.meta).not.toHaveProperty(`${META}/logLevel`);
    expect(await heard('info')).toStrictEqual(['notifications/message', 'result']);
    expect(upstream.seen('tools/call').at(-1)?.meta).toHaveProperty(`${META}/logLevel`, 'info');
  });

  it('that is closed is closed there', async () => {
    const away = new AbortController();
    const meta = { [`${META}/logLevel`]: 'info' };
    const stream = await alice.open('tools/call', { name: 'wait', arguments: {} }, { meta }, away.signal);
    await expect.poll(() => stream.messages.length).toBe(1);
    away.abort();
    await upstream.givenUp;
    expect(upstream.seen('notifications/cancelled')).toHaveLength(0);
  });

  it('for a resource that is not there says which', async () => {
    const { body } = await alice.request('resources/read', { uri: 'stateless://none' });
    expect(body.error).toMatchObject({ code: -32602, data: { uri: 'stateless://none' } });
  });
});

describe('a subscription', () => {
  it('is one of the server’s own, asked for again when more is wanted', async () => {
    const uri = 'stateless://greeting';
    const tools = await alice.listen({ toolsListChanged: true }, { id: 'tools' });
    await expect.poll(() => upstream.seen('subscriptions/listen').length).toBe(1);
    const both = await alice.listen({ toolsListChanged: true, resourceSubscriptions: [uri] }, { id: 'both' });
    await expect.poll(() => upstream.seen('subscriptions/listen').length).toBe(2);
    expect(upstream.seen('subscriptions/listen').at(-1)?.params).toMatchObject({
      notifications: { resourceSubscriptions: [uri] },
    });
    const told = async () => {
      upstream.toolsChanged();
      upstream.resourceUpdated(uri);
      await expect.poll(() => both.methods).toContain('notifications/resources/updated');
    };
    await expect.poll(() => told().then(() => true), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => tools.methods).toContain('notifications/tools/list_changed');
    expect(tools.methods).not.toContain('notifications/resources/updated');
    await Promise.all([tools.close(), both.close()]);
  });
});

describe('the official client', () => {
  it('finds the era through us, and calls', async () => {
    const client = new Client(
      { name: 'modern-agent', version: '2' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    expect(client.getInstructions()).toBe('Knows no sessions.');
    expect((await client.callTool({ name: 'echo', arguments: { text: 'hi' } })).content).toHaveLength(1);
    await client.close();
  });
});

describe('what a client does not offer', () => {
  it('and the server needs is said in the words of the era [mcp-stateless-capability]', async () => {
    const scripted = await startScriptedUpstream();
    const refusal = { code: -32021, message: 'Needs more', data: { requiredCapabilities: { sampling: {} } } };
    scripted.on('server/discover', answerWith(JSON.stringify(DISCOVERED)));
    scripted.on('tools/list', answerWith(JSON.stringify({ resultType: 'complete', tools: [TOOL] })));
    scripted.on('tools/call', ({ message }, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: refusal }));
    });
    await door.register({ needy: { url: scripted.url } });
    const client = await door.statelessFor('alice@acme.example', 'needy');
    const { status, body } = await client.call('act', {}, { id: 8 });
    expect([status, body.id]).toStrictEqual([400, 8]);
    expect(body.error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { sampling: {} } },
    });
    expect((await door.receipt(stampOf(body).id))?.summary).toMatchObject({ status: 'failed' });
    await scripted.stop();
  });
});
