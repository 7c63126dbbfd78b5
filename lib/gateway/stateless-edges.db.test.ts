/** The stateless era at its edges: what is refused at the door, and what an upstream with sessions says in between. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { POOLED_SESSIONS_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, send, stampOf } from './testing/mcp-client.ts';
import {
  answerWith,
  initializeWith,
  resultEvent,
  startScriptedUpstream,
  streamOf,
  TOOL,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import { envelope, StatelessClient, VERSION } from './testing/stateless-client.ts';

let door: FrontDoor;
let upstream: ScriptedUpstream;
let url: string;
let token: string;
let alice: StatelessClient;

const META = 'io.modelcontextprotocol';

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startScriptedUpstream());
  upstream.on(
    'initialize',
    initializeWith({ tools: {}, resources: {}, prompts: {}, logging: {}, tasks: {} }),
  );
  await door.register({ odd: { url: upstream.url, allowMethods: ['tasks/get', 'ping', 'odd/method'] } });
  url = door.resource('odd');
  token = await door.userToken('odd', 'alice@acme.example');
  alice = new StatelessClient(url, token);
});

beforeEach(() => {
  upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL] })));
  upstream.on('tools/call', answerWith('{"content":[]}'));
});

afterAll(() => door?.close());

describe('a request whose envelope', () => {
  const { [`${META}/protocolVersion`]: _version, ...unversioned } = envelope();
  const { [`${META}/clientCapabilities`]: _capabilities, ...incapable } = envelope();
  it.each([
    ['is not there', undefined],
    ['lacks the revision', unversioned],
    ['lacks the capabilities', incapable],
    ['has a revision that is no text', { ...envelope(), [`${META}/protocolVersion`]: 7 }],
    ['has capabilities that are no object', { ...envelope(), [`${META}/clientCapabilities`]: [] }],
    ['has a level that is none', { ...envelope(), [`${META}/logLevel`]: 'loud' }],
  ])('%s is 400 [mcp-stateless-envelope]', async (_, meta) => {
    const params = { name: 'act', ...(meta === undefined ? {} : { _meta: meta }) };
    const body = { jsonrpc: '2.0', id: 'x', method: 'tools/call', params };
    const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/call', 'mcp-name': 'act' };
    const answer = await send(url, body, { ...headers, authorization: `Bearer ${token}` });
    expect([answer.status, answer.body.error?.code, answer.body.id]).toStrictEqual([400, -32602, 'x']);
  });

  it('says nothing of who the client is, is served', async () => {
    const answer = await alice.call('act', {}, { meta: { [`${META}/clientInfo`]: {} } });
    expect(answer.status).toBe(200);
  });

  it('has capabilities beyond all measure is 400', async () => {
    const view = { 'io.modelcontextprotocol/ui': { mimeTypes: ['x'.repeat(10_000)] } };
    const meta = { [`${META}/clientCapabilities`]: { extensions: view } };
    expect((await alice.call('act', {}, { meta })).body.error?.code).toBe(-32602);
  });
});

describe('a revision', () => {
  it('that is not spoken is 400, with those that are [mcp-stateless-version]', async () => {
    const extra = {
      meta: { [`${META}/protocolVersion`]: '2099-01-01' },
      headers: { 'mcp-protocol-version': '2099-01-01' },
    };
    const { status, body } = await alice.request('tools/list', {}, extra);
    expect([status, body.error?.code]).toStrictEqual([400, -32022]);
    const supported = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'];
    expect(body.error?.data).toStrictEqual({ requested: '2099-01-01', supported });
  });

  it('with sessions is not spoken without one', async () => {
    const extra = {
      meta: { [`${META}/protocolVersion`]: '2025-11-25' },
      headers: { 'mcp-protocol-version': '2025-11-25' },
    };
    const { body } = await alice.request('tools/list', {}, extra);
    expect(body.error).toMatchObject({ code: -32022, data: { supported: ['2026-07-28'] } });
  });

  it('with sessions is spoken in one as ever, beside the other', async () => {
    const session = await RawSession.open(url, token);
    expect((await session.call('act')).body.result).toHaveProperty('content');
    expect((await session.call('act')).body.result).not.toHaveProperty('resultType');
  });
});

describe('a header', () => {
  it.each([
    ['mcp-protocol-version', undefined],
    ['mcp-protocol-version', '2025-11-25'],
    ['mcp-method', undefined],
    ['mcp-method', 'tools/list'],
    ['mcp-method', 'TOOLS/CALL'],
    ['mcp-name', undefined],
    ['mcp-name', 'other'],
    ['mcp-name', `=?base64?${Buffer.from('other').toString('base64')}?=`],
    ['mcp-name', '=?base64?YWN0=?='],
    ['mcp-name', '=?base64?/w==?='],
  ])('%s that is %s is not what the body says [mcp-stateless-headers]', async (name, value) => {
    const before = upstream.received.length;
    const { status, body } = await alice.call('act', {}, { headers: { [name]: value }, id: 9 });
    expect([status, body.error?.code, body.id]).toStrictEqual([400, -32020, 9]);
    expect(upstream.received).toHaveLength(before);
  });

  it.each(['act', ' act ', `=?base64?${Buffer.from('act').toString('base64')}?=`])(
    'mcp-name that is %j says it',
    async (value) => {
      expect((await alice.call('act', {}, { headers: { 'mcp-name': value } })).status).toBe(200);
    },
  );
});

describe('an argument that is repeated in a header', () => {
  const annotated = (type: string, header: string) => ({ type, 'x-mcp-header': header });
  const region = { type: 'object', properties: { units: annotated('integer', 'Units') } };
  const properties = { to: annotated('string', 'To'), sure: annotated('boolean', 'Sure'), region };
  const SEND = { name: 'send', inputSchema: { type: 'object', properties } };
  const args = { to: 'Bern ', sure: true, region: { units: 12 } };
  const good = {
    'mcp-param-to': `=?base64?${Buffer.from('Bern ').toString('base64')}?=`,
    'mcp-param-sure': 'true',
    'mcp-param-units': '12.0',
  };
  let client: StatelessClient;

  beforeAll(async () => {
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [SEND] })));
    await door.register({ repeating: { url: upstream.url } });
    client = await door.statelessFor('alice@acme.example', 'repeating');
  });

  it('is compared by its value, and one that is not there is not', async () => {
    expect((await client.call('send', args, { headers: good })).body.result).toHaveProperty('content');
    const more = { headers: { 'mcp-param-other': 'y' } };
    expect((await client.call('send', {}, more)).body.result).toHaveProperty('content');
  });

  it.each([
    ['mcp-param-to', undefined],
    ['mcp-param-to', 'Bern'],
    ['mcp-param-to', '=?base64?QmVybiA?='],
    ['mcp-param-sure', 'TRUE'],
    ['mcp-param-units', '13'],
    ['mcp-param-units', '0xc'],
  ])(
    'and is not in %s as %s is refused, and nothing is sent [mcp-stateless-headers]',
    async (name, value) => {
      const before = upstream.received.length;
      const { status, body } = await client.call('send', args, {
        headers: { ...good, [name]: value },
        id: 4,
      });
      expect([status, body.error?.code, body.id]).toStrictEqual([400, -32020, 4]);
      expect(upstream.received).toHaveLength(before);
    },
  );
});

describe('a method', () => {
  it.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'resources/unsubscribe',
    'tasks/get',
    'no/such/method',
  ])('%s is not there [mcp-stateless-method]', async (method) => {
    const { status, body } = await alice.request(method, { uri: 'a:b', level: 'info' }, { id: 'm' });
    expect([status, body.error?.code, body.id]).toStrictEqual([404, -32601, 'm']);
  });

  it('that the server behind does not know is not there either', async () => {
    upstream.on('odd/method', ({ message }, response) => {
      const error = { code: -32601, message: 'Method not found' };
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
    });
    const { status, body } = await alice.request('odd/method');
    expect([status, body.error?.code]).toStrictEqual([404, -32601]);
  });

  it('that an admin allowed is decided and receipted', async () => {
    upstream.on('odd/method', answerWith('{"odd":true}'));
    const { body } = await alice.request('odd/method', { a: 1 });
    expect(body.result).toMatchObject({ odd: true, resultType: 'complete' });
    expect((await door.receipt(stampOf(body).id))?.summary).toMatchObject({ kind: 'task', status: 'ok' });
  });

  it('initialize in an envelope of its own era begins a session', async () => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
      _meta: { [`${META}/protocolVersion`]: '2025-11-25' },
    };
    const body = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
    const answer = await send(url, body, { authorization: `Bearer ${token}` });
    expect(answer.headers.get('mcp-session-id')).not.toBeNull();
  });

  it.each(['GET', 'DELETE'])('of HTTP that is %s is 405 [mcp-stateless-http-method]', async (method) => {
    const headers = { authorization: `Bearer ${token}`, 'mcp-protocol-version': VERSION };
    const answer = await send(url, '', { ...headers, 'mcp-session-id': 'x' }, method);
    expect([answer.status, answer.headers.get('allow')]).toStrictEqual([405, 'POST']);
  });

  it('that is a notification is accepted, and goes no further', async () => {
    const before = upstream.received.length;
    for (const method of ['notifications/cancelled', 'notifications/initialized', 'notifications/odd'])
      expect((await alice.notify(method, { requestId: 1 })).status).toBe(202);
    const bare = { jsonrpc: '2.0', method: 'notifications/odd' };
    const headers = { authorization: `Bearer ${token}`, 'mcp-protocol-version': VERSION };
    expect((await send(url, bare, headers)).status).toBe(202);
    expect(upstream.received).toHaveLength(before);
  });

  it('with a task of older revisions is what it is without', async () => {
    const params = { name: 'act', arguments: {}, task: { ttl: 1 } };
    expect((await alice.request('tools/call', params)).body.result).toHaveProperty('content');
    expect(upstream.mentioning('"tools/call"').at(-1)?.message.params).not.toHaveProperty('task');
  });
});

describe('what a server with sessions answers', () => {
  it('can’t pose as something of another era', async () => {
    const forged = { resultType: 'input_required', inputRequests: { a: {} }, requestState: 's' };
    upstream.on('tools/call', answerWith(JSON.stringify({ ...forged, content: [], ttlMs: 9, n: 1 })));
    const { result } = (await alice.call('act')).body;
    expect(result).toMatchObject({ resultType: 'complete', content: [], n: 1 });
    expect(result).not.toHaveProperty('inputRequests');
    expect(result).not.toHaveProperty('requestState');
    expect(result).not.toHaveProperty('ttlMs');
  });

  it.each([
    [-32002, undefined, 'resources/read', { code: -32602, data: { uri: 'a:b' } }],
    [-32002, { more: 1 }, 'resources/read', { code: -32602, data: { uri: 'a:b', more: 1 } }],
    [-32002, undefined, 'tools/call', { code: -32602 }],
    [-32022, { supported: ['1'] }, 'tools/call', { code: -31000 }],
    [-32042, { elicitations: [] }, 'tools/call', { code: -31000 }],
    [-32000, { own: true }, 'tools/call', { code: -32000, data: { own: true } }],
  ])('with error %d and data %j to %j is %j [mcp-stateless-errors]', async (code, data, method, expected) => {
    upstream.on(method, ({ message }, response) => {
      const error = { code, message: 'Not so', ...(data === undefined ? {} : { data }) };
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
    });
    const params: JsonObject = method === 'tools/call' ? { name: 'act', arguments: {} } : { uri: 'a:b' };
    const { status, body } = await alice.request(method, params);
    expect([status, body.error]).toMatchObject([200, expected]);
    expect((await door.receipt(stampOf(body).id))?.summary.status).toMatch(/^(rpc_error|failed)$/);
  });

  it('inside a call is handed on where it was asked for [mcp-stateless-log-level]', async () => {
    const said = ['debug', 'warning', 'error'].map(
      (level) =>
        `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","data":"${level}"}}`,
    );
    const changed = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';
    const progress =
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}}';
    upstream.on(
      'tools/call',
      streamOf((received) => [...said, changed, progress, resultEvent(received)]),
    );
    const heard = async (level?: string) => {
      const meta = { progressToken: 'p', ...(level === undefined ? {} : { [`${META}/logLevel`]: level }) };
      const stream = await alice.open('tools/call', { name: 'act', arguments: {} }, { meta });
      await stream.ended;
      return stream.messages.map(({ method, params }) => params?.['level'] ?? method ?? 'result');
    };
    expect(await heard()).toStrictEqual(['notifications/progress', 'result']);
    expect(await heard('warning')).toStrictEqual(['warning', 'error', 'notifications/progress', 'result']);
    const levels = upstream.mentioning('logging/setLevel').map(({ message }) => message.params?.['level']);
    expect(levels).toContain('warning');
  });
});

describe('a server’s session', () => {
  it('serves the requests of one grant, and never two principals', async () => {
    const bob = await door.statelessFor('bob@acme.example', 'odd');
    const opened = () => upstream.mentioning('"initialize"').length;
    const before = opened();
    await Promise.all([bob.call('act'), bob.call('act'), bob.request('tools/list')]);
    expect(opened()).toBe(before + 1);
    const again = await door.statelessFor('bob@acme.example', 'odd');
    await again.call('act');
    expect(opened()).toBe(before + 2);
    const capable = { extensions: { 'io.modelcontextprotocol/ui': {} } };
    await again.call('act', {}, { meta: { [`${META}/clientCapabilities`]: capable } });
    expect(opened()).toBe(before + 3);
  });

  it('is one of a few where a client says each time that it can do something else', async () => {
    const bob = await door.statelessFor('bob@acme.example', 'odd');
    const ended = () => upstream.received.filter(({ httpMethod }) => httpMethod === 'DELETE').length;
    const before = ended();
    for (let index = 0; index <= POOLED_SESSIONS_MAX; index += 1) {
      const capable = { extensions: { 'io.modelcontextprotocol/ui': { index } } };
      await bob.call('act', {}, { meta: { [`${META}/clientCapabilities`]: capable } });
    }
    await expect.poll(ended).toBe(before + 1);
  });

  it('ends with the access of whom it was for', async () => {
    const ada = await door.statelessFor('ada@acme.example', 'odd');
    await ada.call('act');
    const ended = () => upstream.received.filter(({ httpMethod }) => httpMethod === 'DELETE').length;
    const before = ended();
    await door.revokePerson('ada@acme.example');
    await expect.poll(ended).toBe(before + 1);
    expect((await ada.call('act')).status).toBe(401);
  });

  it('that can’t be opened fails the call, with a receipt and without an attempt', async () => {
    const unreachable = await startScriptedUpstream();
    await door.register({ gone: { url: unreachable.url } });
    const client = await door.statelessFor('alice@acme.example', 'gone');
    await unreachable.stop();
    const { body } = await client.call('act');
    expect(body.error).toMatchObject({ code: -31000 });
    expect(body.error?.message).toContain('could not be reached');
    const receipt = await door.receipt(stampOf(body).id);
    expect(receipt?.summary).toMatchObject({ status: 'failed', effect: 'allow' });
    expect(receipt?.summary.attempt).toBeUndefined();
    expect((await client.request('server/discover')).status).toBe(502);
    expect((await client.request('tools/list')).body.error?.code).toBe(-31000);
  });
});

describe('a client that closes its stream', () => {
  it('cancels its call, and the server is told [mcp-stateless-cancel]', async () => {
    upstream.on('tools/call', () => undefined);
    const away = new AbortController();
    const before = upstream.mentioning('"tools/call"').length;
    const call = alice.open('tools/call', { name: 'act', arguments: { n: 41 } }, { id: 77 }, away.signal);
    await expect.poll(() => upstream.mentioning('"tools/call"').length).toBe(before + 1);
    away.abort();
    await expect(call).rejects.toThrow();
    const sent = upstream.mentioning('"tools/call"').at(-1)?.message.id;
    const told = () => upstream.mentioning('notifications/cancelled').map(({ message }) => message.params);
    await expect.poll(told).toContainEqual(expect.objectContaining({ requestId: sent }));
    await expect
      .poll(async () => (await door.summaries()).map((summary) => summary.status))
      .toContain('cancelled');
  });
});
