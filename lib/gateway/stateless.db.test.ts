/** An agent of the session era in front of a server of the stateless era: a real one, and one that lies. */
import { createHash } from 'node:crypto';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStatelessServer, type StatelessFixture } from '../../e2e/fixtures/stateless-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { disclosedIn } from './testing/read-log.ts';
import { connect, RawSession, stampOf, type Connected } from './testing/mcp-client.ts';

const META = 'io.modelcontextprotocol';

let door: FrontDoor;
let upstream: StatelessFixture;
let alice: Connected;
let raw: RawSession;

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startStatelessServer());
  await door.register({ stateless: { url: upstream.url } });
  alice = await connect(door.resource('stateless'), await door.userToken('stateless', 'alice@acme.example'));
  raw = await door.open('stateless');
}, 120_000);

afterAll(async () => {
  await alice?.client.close();
  await door?.close();
});

describe('a server of the stateless era', () => {
  it('is read for an admin to pin, who learns which revision it speaks', async () => {
    const server = door.modules.registry.cached(door.tenant.id, 'stateless' as never);
    const found = await door.gateway().readDefinitions(door.tenant, server!);
    expect(found).toMatchObject({
      ok: true,
      value: { protocolVersion: '2026-07-28', serverInfo: { name: 'stateless' } },
    });
    expect(upstream.seen('initialize')).toHaveLength(0);
  });

  it('answers initialize through us as if it knew sessions', () => {
    expect(alice.client.getServerVersion()?.name).toBe('stateless');
    expect(alice.client.getInstructions()).toBe('Knows no sessions.');
    expect(alice.client.getServerCapabilities()).toHaveProperty('tools');
    expect(upstream.journal.every(({ headers }) => headers['mcp-session-id'] === undefined)).toBe(true);
    expect(upstream.journal.every(({ httpMethod }) => httpMethod === 'POST')).toBe(true);
  });

  it('[mcp-2026-meta] hears with each request who asks and in which revision, and nothing of it from the agent itself', async () => {
    const meta = {
      [`${META}/clientInfo`]: { name: 'forged', version: '9' },
      [`${META}/logLevel`]: 'debug',
      own: 1,
    };
    await raw.call('echo', { text: 'x' }, meta);
    const { meta: seen } = upstream.seen('tools/call').at(-1)!;
    expect(seen).toMatchObject({
      [`${META}/protocolVersion`]: '2026-07-28',
      [`${META}/clientCapabilities`]: {},
      [`${META}/clientInfo`]: { name: 'raw', version: '1' },
      own: 1,
    });
    expect(seen).not.toHaveProperty([`${META}/logLevel`]);
    expect(seen).toHaveProperty(['dev.countersign/attempt']);
  });

  it('[mcp-2026-headers] gets the headers that repeat the body', async () => {
    await raw.call('echo', { text: 'x' });
    expect(upstream.seen('tools/call').at(-1)!.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
    });
    await raw.request('resources/read', { uri: 'stateless://greeting' });
    expect(upstream.seen('resources/read').at(-1)!.headers).toMatchObject({
      'mcp-name': 'stateless://greeting',
    });
    await raw.request('prompts/get', { name: 'introduce', arguments: { who: 'Ada' } });
    expect(upstream.seen('prompts/get').at(-1)!.headers).toMatchObject({ 'mcp-name': 'introduce' });
  });

  it('[mcp-2026-x-mcp-header] gets annotated arguments as headers, made from the body alone', async () => {
    const answer = await raw.call('place', { region: 'eu', order: { units: 42 }, note: 'n' });
    expect(answer.body.result?.content?.[0]?.text).toContain('"units":42');
    const { headers } = upstream.seen('tools/call').at(-1)!;
    expect(headers).toMatchObject({ 'mcp-param-region': 'eu', 'mcp-param-units': '42' });
    expect(headers).not.toHaveProperty('mcp-param-note');
    await raw.call('place', { order: {} });
    expect(upstream.seen('tools/call').at(-1)!.headers).not.toHaveProperty('mcp-param-region');
  });

  it.each([
    ['a line break', 'eu\r\nX-Admin: 1'],
    ['another script', 'Zürich – 東京'],
    ['white space around it', ' eu '],
    ['the base64 form itself', '=?base64?ZXU=?='],
    ['nothing', ''],
  ])('can be told %s in a header, which adds no header', async (_what, region) => {
    const answer = await raw.call('place', { region });
    expect(JSON.parse(answer.body.result?.content?.[0]?.text ?? '{}')).toStrictEqual({ region });
    const { headers } = upstream.seen('tools/call').at(-1)!;
    expect(headers['mcp-param-region']).toBe(`=?base64?${Buffer.from(region).toString('base64')}?=`);
    expect(headers).not.toHaveProperty('x-admin');
  });

  it('is not asked at all where an argument is too long for a header', async () => {
    const before = upstream.seen('tools/call').length;
    const answer = await raw.call('place', { region: 'x'.repeat(10_000) });
    expect(answer.body.error?.message).toContain('longer than 4096 characters');
    expect(upstream.seen('tools/call')).toHaveLength(before);
    expect(await door.receiptOf(answer)).toMatchObject({ summary: { status: 'failed' } });
  });

  it('[mcp-2026-translate] answers in the words of the session era, and the receipt knows what was received', async () => {
    const answer = await raw.call('echo', { text: 'x' });
    expect(answer.body.result).not.toHaveProperty('resultType');
    expect(answer.body.result).toMatchObject({ structuredContent: { ttlMs: 5 } });
    expect(answer.text).not.toContain('serverInfo');
    const outcome = await door.receiptOf(answer);
    const { upstream: received, result } = disclosedIn(outcome!) as {
      upstream: { sha256: string };
      result: { sha256: string; bytes: number };
    };
    expect(received.sha256).not.toBe(result.sha256);
    const stamp = JSON.stringify({ 'dev.countersign/receipt': stampOf(answer.body) }).slice(1, -1);
    const value = /"result":(.*)\}$/s.exec(answer.text)?.[1]?.replace(`"_meta":{${stamp}},`, '') ?? '';
    expect(createHash('sha256').update(value).digest('hex')).toBe(result.sha256);
    const listed = await raw.request('tools/list');
    expect(listed.body.result).not.toHaveProperty('ttlMs');
    expect(listed.body.result).not.toHaveProperty('cacheScope');
  });

  it('says that a resource is not there as the session era says it', async () => {
    const answer = await raw.request('resources/read', { uri: 'stateless://nothing' });
    expect(answer.body.error).toMatchObject({ code: -32002, data: { uri: 'stateless://nothing' } });
  });

  it('does not ask what the agent could not answer', async () => {
    const answer = await raw.call('ask');
    expect(answer.body.error?.message).toContain('needs an agent that offers it elicitation');
    expect(await door.receiptOf(answer)).toMatchObject({ summary: { status: 'failed' } });
  });

  it('[mcp-2026-input] asks the agent in the words of a session, and goes on with the answer and its own state', async () => {
    const token = await door.agentToken('stateless');
    const session = await RawSession.open(door.resource('stateless'), token, { elicitation: { form: {} } });
    const stream = await session.stream('tools/call', { name: 'ask', arguments: {} });
    const question = await stream.nextOf('elicitation/create');
    expect(question.params).toMatchObject({ message: 'Your name?' });
    const reply = { action: 'accept', content: { name: 'Ada' } };
    await session.respond(question.id, { result: reply });
    const answer = await stream.answer();
    expect(answer.result?.content?.[0]?.text).toBe(`asked ${JSON.stringify(reply)}`);
    const [first, second] = upstream.seen('tools/call').slice(-2);
    expect(second?.params).toMatchObject({ inputResponses: { name: reply }, requestState: 'asked null' });
    expect(second?.meta['dev.countersign/attempt']).toBe(first?.meta['dev.countersign/attempt']);
    const attempt = String(first?.meta['dev.countersign/attempt']);
    const all = await door.receipts((summary) => summary.attempt === attempt);
    expect(all.map(({ summary }) => [summary.kind, summary.status])).toStrictEqual([
      ['elicitation', 'held'],
      ['elicitation', 'ok'],
      ['tool_call', 'ok'],
    ]);
  });

  it('[mcp-2026-input] is not answered by whoever was not asked', async () => {
    const token = await door.agentToken('stateless');
    const session = await RawSession.open(door.resource('stateless'), token, { elicitation: { form: {} } });
    const stream = await session.stream('tools/call', { name: 'ask', arguments: {} });
    const question = await stream.nextOf('elicitation/create');
    const stranger = await door.open('stateless');
    const forged = { result: { action: 'accept', content: { name: 'Mallory' } } };
    await stranger.respond(question.id, forged);
    await session.respond(question.id, { result: { action: 'decline' } });
    expect((await stream.answer()).result?.content?.[0]?.text).toBe('asked {"action":"decline"}');
    expect((await session.respond(question.id, forged)).status).toBe(400);
  });

  it('is told with each request how much the agent wants to hear', async () => {
    const { client } = alice;
    const heard: unknown[] = [];
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void heard.push(params.data),
    );
    await client.callTool({ name: 'tell', arguments: {} });
    expect(heard).toStrictEqual([]);
    await client.setLoggingLevel('info');
    await client.callTool({ name: 'tell', arguments: {} });
    expect(heard).toStrictEqual(['told']);
    expect(upstream.seen('logging/setLevel')).toHaveLength(0);
    const wrong = await raw.request('logging/setLevel', { level: 'loud' });
    expect(wrong.body.error?.code).toBe(-32602);
  });

  it('[mcp-2026-cancel] learns of a cancelled call by its closed stream alone', async () => {
    const pending = raw.request('tools/call', { name: 'wait', arguments: {} }, 'long');
    await waitFor(() => upstream.seen('tools/call').some(({ params }) => params['name'] === 'wait'));
    await raw.notify('notifications/cancelled', { requestId: 'long' });
    await upstream.givenUp;
    await pending;
    expect(upstream.seen('notifications/cancelled')).toHaveLength(0);
  });

  it("[mcp-2026-listen] tells of its changes on the session's stream, and of a resource once that was subscribed to", async () => {
    const session = await door.open('stateless');
    const stream = await session.listen();
    await waitFor(() => upstream.seen('subscriptions/listen').length > 0);
    upstream.toolsChanged();
    expect(await stream.next()).toStrictEqual({
      jsonrpc: '2.0',
      method: 'notifications/tools/list_changed',
      params: {},
    });
    upstream.resourceUpdated('stateless://greeting');
    const before = upstream.seen('subscriptions/listen').length;
    const answer = await session.request('resources/subscribe', { uri: 'stateless://greeting' });
    expect(answer.body.result).toBeDefined();
    expect(await door.receiptOf(answer)).toMatchObject({
      summary: { kind: 'resource_read', status: 'ok' },
    });
    await waitFor(() => upstream.seen('subscriptions/listen').length > before);
    upstream.resourceUpdated('stateless://greeting');
    expect(await stream.next()).toMatchObject({
      method: 'notifications/resources/updated',
      params: { uri: 'stateless://greeting' },
    });
    await session.request('resources/unsubscribe', { uri: 'stateless://greeting' });
    await waitFor(() => upstream.seen('subscriptions/listen').length > before + 1);
    expect(upstream.seen('subscriptions/listen').at(-1)?.params['notifications']).toMatchObject({
      resourceSubscriptions: [],
    });
    expect(upstream.seen('resources/subscribe')).toHaveLength(0);
    await stream.close();
  });

  it('needs no session of its own after a restart of ours', async () => {
    const session = await door.open('stateless');
    await door.restartGateway();
    expect((await session.call('echo', { text: 'still here' })).body.result?.content).toHaveLength(1);
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
