/** subscriptions/listen (MCP 2026-07-28) through the front door: who may be told what, in which order, and until when. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL_STREAMS_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import {
  answerWith,
  initializeWith,
  startScriptedUpstream,
  TOOL,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import { RawSession } from './testing/mcp-client.ts';
import { OpenStream, StatelessClient } from './testing/stateless-client.ts';

const POLICIES = {
  all: 'permit (principal, action, resource);',
  secret: 'forbid (principal, action, resource == Resource::"odd/file:///secret");',
  inner: 'forbid (principal, action, resource == Resource::"odd/file:///open/inner");',
};
const ID = 'io.modelcontextprotocol/subscriptionId';
const ACK = 'notifications/subscriptions/acknowledged';
const TOOLS = 'notifications/tools/list_changed';
const PROMPTS = 'notifications/prompts/list_changed';
const UPDATED = 'notifications/resources/updated';

let door: FrontDoor;
let upstream: ScriptedUpstream;
let url: string;
let alice: StatelessClient;
/** The upstream's own streams, the newest last. */
const feeds: ServerResponse[] = [];

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  upstream = door.before(await startScriptedUpstream());
  upstream.on('initialize', initializeWith({ tools: {}, resources: { subscribe: true } }));
  upstream.on('resources/subscribe', answerWith('{}'));
  upstream.on('resources/unsubscribe', answerWith('{}'));
  upstream.on('GET', (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    feeds.push(response);
  });
  await door.register({ odd: { url: upstream.url } });
  url = door.resource('odd');
  alice = await door.statelessFor('alice@acme.example', 'odd');
});

/** A feed is left with its last subscriber: the next test begins with one of its own. */
afterEach(async () => {
  await expect.poll(() => feeds.every(({ closed }) => closed)).toBe(true);
});

afterAll(() => door?.close());

function say(method: string, params: object = {}): void {
  feeds.at(-1)?.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method, params })}\n\n`);
}

describe('a subscription', () => {
  it('is acknowledged first, with what is honoured of it [mcp-listen-acknowledged]', async () => {
    const wanted = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: false,
      resourceSubscriptions: ['file:///open', 'file:///secret', 'file:///open'],
    };
    const stream = await alice.listen(wanted, { id: 'mine' });
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    await expect.poll(() => stream.messages.length).toBe(1);
    const honoured = { toolsListChanged: true, resourceSubscriptions: ['file:///open'] };
    expect(stream.messages[0]).toMatchObject({ method: ACK, params: { notifications: honoured } });
    await stream.close();
  });

  it('is a reading of each resource: decided and receipted like one', async () => {
    const before = (await door.summaries()).length;
    const stream = await alice.listen({ resourceSubscriptions: ['file:///open', 'file:///secret'] });
    await expect.poll(() => stream.messages.length).toBe(1);
    const made = (await door.summaries()).slice(before);
    expect(made.map(({ kind, status }) => `${kind} ${status ?? ''}`)).toStrictEqual([
      'attempt ',
      'resource_read ok',
      'resource_read denied',
    ]);
    expect(upstream.mentioning('file:///secret')).toHaveLength(0);
    await stream.close();
  });

  it('brings what was asked for, under its own id, and nothing else [mcp-listen-filter] [mcp-listen-id]', async () => {
    const before = feeds.length;
    const tools = await alice.listen({ toolsListChanged: true }, { id: 'tools' });
    const files = await alice.listen({ resourceSubscriptions: ['file:///open'] }, { id: 7 });
    await expect.poll(() => [feeds.length, files.messages.length]).toStrictEqual([before + 1, 1]);
    say('notifications/message', { level: 'error', data: 'not for a subscription' });
    say(PROMPTS);
    say(TOOLS, { _meta: { 'example.com/own': 1, 'dev.countersign/receipt': {} } });
    for (const uri of ['file:///open', 'file:///open/child', 'file:///open/inner', 'file:///opener'])
      say(UPDATED, { uri });
    await expect.poll(() => [tools.messages.length, files.messages.length]).toStrictEqual([2, 3]);
    expect(tools.messages[1]).toMatchObject({
      method: TOOLS,
      params: { _meta: { [ID]: 'tools', 'example.com/own': 1 } },
    });
    expect(tools.messages[1]?.params?._meta).not.toHaveProperty('dev.countersign/receipt');
    expect(files.messages.slice(1).map(({ params }) => params?.['uri'])).toStrictEqual([
      'file:///open',
      'file:///open/child',
    ]);
    expect(files.messages.every(({ params }) => params?._meta?.[ID] === 7)).toBe(true);
    const unsubscribed = () => upstream.mentioning('resources/unsubscribe').length;
    const earlier = unsubscribed();
    await Promise.all([tools.close(), files.close()]);
    await expect.poll(unsubscribed).toBe(earlier + 1);
  });

  it('is told when policy changes what this principal may see, and only then', async () => {
    const before = feeds.length;
    const stream = await alice.listen({ toolsListChanged: true, resourcesListChanged: true });
    await expect.poll(() => feeds.length).toBe(before + 1);
    await savePolicies({
      ...POLICIES,
      more: 'forbid (principal, action == Action::"roots/list", resource);',
    });
    await savePolicies({ ...POLICIES, act: 'forbid (principal, action, resource == Tool::"odd/act");' });
    await expect.poll(() => stream.methods).toContain(TOOLS);
    await savePolicies(POLICIES);
    await expect.poll(() => stream.methods.filter((method) => method === TOOLS)).toHaveLength(2);
    expect(stream.methods).toStrictEqual([ACK, TOOLS, TOOLS]);
    await stream.close();
  });

  it('brings nothing more of a resource that policy has closed meanwhile', async () => {
    const before = feeds.length;
    const wanted = { toolsListChanged: true, resourceSubscriptions: ['file:///open'] };
    const stream = await alice.listen(wanted);
    await expect.poll(() => feeds.length).toBe(before + 1);
    await savePolicies({
      ...POLICIES,
      open: 'forbid (principal, action, resource == Resource::"odd/file:///open");',
      act: 'forbid (principal, action, resource == Tool::"odd/act");',
    });
    await expect.poll(() => stream.methods).toStrictEqual([ACK, TOOLS]);
    say(UPDATED, { uri: 'file:///open' });
    say(TOOLS);
    await expect.poll(() => stream.methods.length).toBeGreaterThan(2);
    expect(stream.methods).toStrictEqual([ACK, TOOLS, TOOLS]);
    await savePolicies(POLICIES);
    await stream.close();
  });

  it('is told when a pinned definition is seen to differ', async () => {
    const before = feeds.length;
    const stream = await alice.listen({ toolsListChanged: true });
    await expect.poll(() => feeds.length).toBe(before + 1);
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [{ ...TOOL, description: 'Another' }] })));
    await alice.request('tools/list');
    await expect.poll(() => stream.methods).toContain(TOOLS);
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL] })));
    await stream.close();
    await door.register({ odd: { url: upstream.url } });
  });

  it('and a definition that differs is denied, also where that could not be noted at first', async () => {
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [{ ...TOOL, description: 'Another' }] })));
    await alice.request('tools/list');
    await door.register({ odd: { url: upstream.url } });
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [{ ...TOOL, description: 'A third' }] })));
    await door.asOwner(async (owner) => {
      await owner.query(`create sequence refusal; create function refuse() returns trigger language plpgsql
        security definer as $$ begin perform nextval('refusal'); raise exception 'not now'; end $$;
        create trigger refuse before update on definition for each row execute function refuse()`);
      await alice.request('tools/list');
      const refusals = async () => (await owner.query('select is_called from refusal')).rows[0] as unknown;
      await expect.poll(refusals).toStrictEqual({ is_called: true });
      await owner.query('drop trigger refuse on definition');
    });
    // What was refused by the database may not be known to the gateway yet.
    const isDenied = async () => {
      await alice.request('tools/list');
      return (await alice.call('act')).text;
    };
    await expect.poll(isDenied).toContain('no longer what was approved');
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL] })));
    await door.register({ odd: { url: upstream.url } });
  });

  it('of nothing that can be honoured ends at once, politely', async () => {
    const stream = await alice.listen({ promptsListChanged: true }, { id: 5 });
    await stream.ended;
    expect(stream.messages).toMatchObject([
      { method: ACK, params: { notifications: {}, _meta: { [ID]: 5 } } },
      { id: 5, result: { resultType: 'complete', _meta: { [ID]: 5 } } },
    ]);
  });

  it.each([
    ['no filter', undefined],
    ['a list', []],
    ['a flag that is none', { toolsListChanged: 1 }],
    ['resources that are none', { resourceSubscriptions: [7] }],
    ['too many resources', { resourceSubscriptions: Array.from({ length: 65 }, (_, n) => `a:${n}`) }],
  ])('with %s is refused', async (_, notifications) => {
    const params = notifications === undefined ? {} : { notifications: notifications as never };
    expect((await alice.request('subscriptions/listen', params)).body.error?.code).toBe(-32602);
  });

  it('is one of a bounded number of its principal, and one more is counted as refused for load', async () => {
    const replica = await door.addReplica();
    const busy = new StatelessClient(replica.resource('odd'), alice.token);
    const open = await Promise.all(
      Array.from({ length: PRINCIPAL_STREAMS_MAX }, () => busy.listen({ toolsListChanged: true })),
    );
    const refused = await busy.listen({ resourceSubscriptions: ['file:///late'] });
    expect(upstream.mentioning('file:///late')).toHaveLength(0);
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toStrictEqual([503, '1']);
    await Promise.all(open.map((stream) => stream.close()));
    await expect
      .poll(async () => {
        const stream = await busy.listen({ toolsListChanged: true });
        await stream.close();
        return stream.response.status;
      })
      .toBe(200);
    await replica.close();
    const counted = (await door.refusals()).filter(({ reason }) => reason === 'overloaded');
    expect(counted).toHaveLength(1);
  });

  it('of a client that has left before it was open takes no place', async () => {
    await expect.poll(() => door.gateway().activity().streams).toBe(0);
    const leaving = new AbortController();
    const asked = upstream.mentioning('"resources/subscribe"').length;
    let agree = (): void => undefined;
    upstream.on('resources/subscribe', (received, response) => {
      agree = () => answerWith('{}')(received, response);
    });
    const wanted = { notifications: { resourceSubscriptions: ['file:///open'] } };
    const listening = alice.open('subscriptions/listen', wanted, {}, leaving.signal).catch(() => undefined);
    await expect.poll(() => upstream.mentioning('"resources/subscribe"').length).toBe(asked + 1);
    leaving.abort();
    await listening;
    upstream.on('resources/subscribe', answerWith('{}'));
    agree();
    await expect.poll(async () => (await door.summaries()).at(-1)?.kind).toBe('resource_read');
    await expect.poll(() => door.gateway().activity().streams).toBe(0);
  });

  it('ends politely with the access of whom it was for [mcp-listen-end]', async () => {
    const bob = await door.statelessFor('bob@acme.example', 'odd');
    const stream = await bob.listen({ toolsListChanged: true }, { id: 3 });
    await expect.poll(() => stream.messages.length).toBe(1);
    await door.revokePerson('bob@acme.example');
    await stream.ended;
    expect(stream.messages.at(-1)).toMatchObject({ id: 3, result: { _meta: { [ID]: 3 } } });
  });

  it('outlives a stream of the server, and not its session', async () => {
    const before = feeds.length;
    const stream = await alice.listen({ toolsListChanged: true }, { id: 4 });
    await expect.poll(() => feeds.length).toBe(before + 1);
    feeds.at(-1)?.end();
    await expect.poll(() => feeds.length, { timeout: 5_000 }).toBe(before + 2);
    say(TOOLS);
    await expect.poll(() => stream.methods).toStrictEqual([ACK, TOOLS]);
    upstream.on('GET', (_received, response) => void response.writeHead(404).end());
    feeds.at(-1)?.end();
    await stream.ended;
    expect(stream.messages.at(-1)).toMatchObject({ id: 4, result: { resultType: 'complete' } });
  });

  it('at a server that says nothing of its own is told of policy all the same', async () => {
    upstream.on('GET', (_received, response) => void response.writeHead(405).end());
    const asked = () => upstream.received.filter(({ httpMethod }) => httpMethod === 'GET').length;
    const before = asked();
    const stream = await alice.listen({ toolsListChanged: true });
    await expect.poll(asked).toBe(before + 1);
    await savePolicies({ ...POLICIES, act: 'forbid (principal, action, resource == Tool::"odd/act");' });
    await expect.poll(() => stream.methods).toStrictEqual([ACK, TOOLS]);
    expect(asked()).toBe(before + 1);
    await stream.close();
    await savePolicies(POLICIES);
  });
});

describe('a session’s own stream', () => {
  it('is told as well when policy changes what its reader may see', async () => {
    upstream.on('GET', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      feeds.push(response);
    });
    const session = await RawSession.open(url, alice.token);
    const opened = await fetch(url, { headers: { ...session.headers, accept: 'text/event-stream' } });
    const stream = new OpenStream(opened);
    await savePolicies({ ...POLICIES, act: 'forbid (principal, action, resource == Tool::"odd/act");' });
    await expect.poll(() => stream.methods).toStrictEqual([TOOLS]);
    await savePolicies(POLICIES);
    await expect.poll(() => stream.methods).toStrictEqual([TOOLS, TOOLS]);
    await stream.close();
  });
});

async function savePolicies(policies: Readonly<Record<string, string>>): Promise<void> {
  const { database, modules, tenant } = door;
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    const servers = await modules.registry.listIn(tx, tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await modules.policy.save(tx, tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}
