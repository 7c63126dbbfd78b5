/** What is refused at the door: the right status or JSON-RPC error, in words, and nothing forwarded. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostileUpstream, type HostileFixture } from '../../e2e/fixtures/hostile-upstream.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, send } from './testing/mcp-client.ts';
import { webExchange } from './web-exchange.ts';

let door: FrontDoor;
let upstream: HostileFixture;
let url: string;
let token: string;
let session: RawSession;
let authorization: string;

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'act', arguments: {} } };

beforeAll(async () => {
  door = await openFrontDoor({
    config: { bodyBytesMax: 10_000 },
  });
  upstream = door.before(await startHostileUpstream());
  await door.register({
    x: { url: upstream.url('fine') },
    agents: { url: upstream.url('fine'), credential: { agent: 'none' } },
  });
  url = door.resource('x');
  token = await door.userToken('x', 'alice@acme.example');
  authorization = `Bearer ${token}`;
  session = await RawSession.open(url, token);
});

afterAll(() => door?.close());

describe('headers', () => {
  it('from a person’s browser are told as a page what the address is for, and refused as any other', async () => {
    const opened = await fetch(url, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect([opened.status, opened.headers.get('content-type')]).toStrictEqual([
      401,
      'text/html; charset=utf-8',
    ]);
    expect(opened.headers.get('www-authenticate')).toContain('resource_metadata="');
    const text = await opened.text();
    expect(text).toContain('<h1>This address is for agents</h1>');
    const nonce = /<style nonce="([^"]+)">/.exec(text)?.[1];
    expect(opened.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`);
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect([stream.status, stream.headers.get('content-type')]).toStrictEqual([401, 'application/json']);
  });

  it('without a token are 401 and say where to go', async () => {
    const answer = await send(url, PING);
    expect(answer.status).toBe(401);
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge).toContain('resource_metadata="');
    expect(challenge).toContain('scope="');
  });

  it.each([
    ['another scheme', 'Basic YTpi'],
    ['no token', 'Bearer '],
    ['nonsense', 'Bearer nonsense'],
    ['no signature', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  ])('with %s as credential are 401', async (_, value) => {
    expect((await send(url, PING, { ...session.headers, authorization: value })).status).toBe(401);
  });

  it('with a token for another resource are 401', async () => {
    expect((await send(door.resource('agents'), PING, session.headers)).status).toBe(401);
  });

  it('of a foreign page are 403, of our own are not [mcp-transport-origin]', async () => {
    expect((await send(url, PING, { ...session.headers, origin: 'https://evil.example' })).status).toBe(403);
    expect((await send(url, PING, { ...session.headers, origin: 'null' })).status).toBe(403);
    expect((await send(url, PING, { ...session.headers, origin: new URL(url).origin })).status).toBe(200);
  });

  it('for a server that is not there are 404, whatever its name', async () => {
    expect((await send(url.replace(/x$/, 'Not%20a%20name'), PING, session.headers)).status).toBe(404);
    expect([401, 404]).toContain((await send(url.replace(/x$/, 'nothing'), PING, session.headers)).status);
  });

  it.each(['PUT', 'PATCH', 'OPTIONS'])('with method %s are 405', async (method) => {
    const answer = await send(url, '', session.headers, method);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, GET, DELETE');
  });

  it.each([
    ['content-type', 'text/plain', 415],
    ['content-type', 'application/jsonp', 415],
    ['accept', 'application/json', 406],
    ['accept', 'text/html', 406],
    ['mcp-protocol-version', '2024-11-05', 400],
    ['mcp-protocol-version', 'latest', 400],
  ])('with %s %s are %d [mcp-transport-version]', async (name, value, status) => {
    const answer = await send(url, PING, { ...session.headers, [name]: value });
    expect(answer.status).toBe(status);
    expect(answer.body.error?.message.length).toBeGreaterThan(10);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'with content type %s are fine',
    async (type) => {
      expect((await send(url, PING, { ...session.headers, 'content-type': type })).status).toBe(200);
    },
  );

  it('without a session are 400, with one that is none 404 [mcp-transport-session]', async () => {
    expect((await send(url, PING, { authorization })).status).toBe(400);
    for (const id of ['none', 'A'.repeat(600), 'A'.repeat(5_000), `${session.headers['mcp-session-id']}A`]) {
      expect((await send(url, PING, { authorization, 'mcp-session-id': id })).status).toBe(404);
    }
  });
});

describe('bodies', () => {
  it.each([
    ['that are no JSON', '{"jsonrpc":', -32700],
    ['that are empty', '', -32700],
    ['with a duplicate key', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}', -32700],
    ['with a lone surrogate', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\udfff"}}', -32700],
    [
      'with a number that would change',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":0.10000000000000000001}}',
      -32700,
    ],
    [
      'that nest without end',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(4_000)}`,
      -32700,
    ],
    ['that are batches', JSON.stringify([PING]), -32600],
    ['with a list as params', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
    ['without a version', '{"id":1,"method":"ping"}', -32600],
  ])('%s are 400 with a JSON-RPC error', async (_, body, code) => {
    const answer = await send(url, body, session.headers);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.code).toBe(code);
  });

  it('that are not UTF-8 are 400', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...PING, params: { a: '?' } }));
    bytes[bytes.indexOf('?')] = 0xff;
    expect((await send(url, bytes, session.headers)).status).toBe(400);
  });

  it('above the limit are 413', async () => {
    const answer = await send(url, { ...PING, params: { a: 'x'.repeat(20_000) } }, session.headers);
    expect(answer.status).toBe(413);
  });
});

describe('messages', () => {
  it.each([
    ['an unknown method', 'no/such/method', {}, -32601],
    ['a method of another revision', 'tasks/get', { taskId: '1' }, -32601],
    ['a call without a name', 'tools/call', {}, -32602],
    ['a call with a list as arguments', 'tools/call', { name: 'act', arguments: [] }, -32602],
    ['a read without a URI', 'resources/read', {}, -32602],
    ['a prompt that does not exist', 'prompts/get', { name: 'none' }, -32602],
  ])('with %s are a JSON-RPC error', async (_, method, params, code) => {
    const answer = await session.request(method, params);
    expect(answer.status).toBe(200);
    expect(answer.body.error?.code).toBe(code);
  });

  it('that answer what nobody asked are 400', async () => {
    expect((await send(url, { jsonrpc: '2.0', id: 5, result: {} }, session.headers)).status).toBe(400);
  });

  it('initialize without what it needs, and in a revision nobody speaks', async () => {
    const bad = await send(
      url,
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} },
      { authorization },
    );
    expect(bad.body.error?.code).toBe(-32602);
    const params = {
      protocolVersion: '1999-01-01',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    };
    const old = await send(url, { jsonrpc: '2.0', id: 1, method: 'initialize', params }, { authorization });
    expect(old.body.result).toMatchObject({ protocolVersion: '2025-11-25', serverInfo: { name: 'hostile' } });
  });

  it.each(['2025-03-26', '2025-06-18', '2025-11-25'])(
    'initialize in %s is taken at its word',
    async (protocolVersion) => {
      const params = {
        protocolVersion,
        capabilities: { sampling: {} },
        clientInfo: { name: 'a', version: '1' },
      };
      const answer = await send(
        url,
        { jsonrpc: '2.0', id: 1, method: 'initialize', params },
        { authorization },
      );
      expect(answer.body.result).toMatchObject({ protocolVersion });
      const capabilities = answer.body.result?.['capabilities'];
      expect(capabilities).toStrictEqual({ tools: { listChanged: true }, logging: {} });
      const sent = JSON.parse(upstream.calls('initialize').at(-1)?.body ?? '') as {
        params: { capabilities: unknown };
      };
      expect(sent.params.capabilities).toStrictEqual({ sampling: {} });
      expect(answer.headers.get('mcp-session-id')).toMatch(/^[\x21-\x7e]+$/);
    },
  );

  it('notifications are accepted, known or not', async () => {
    for (const method of [
      'notifications/roots/list_changed',
      'notifications/cancelled',
      'notifications/unheard-of',
    ]) {
      expect((await session.notify(method, { requestId: 'none' })).status).toBe(202);
    }
  });

  it('of a mode that the server is not open to are 403', async () => {
    expect((await send(door.resource('agents'), PING, session.headers)).status).not.toBe(200);
  });
});

describe('a stream', () => {
  it('that the server does not offer is 405', async () => {
    const answer = await send(url, '', session.headers, 'GET');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, DELETE');
  });
});

describe('the same pipeline behind a Web handler', () => {
  it('gives the same answers', async () => {
    const headers = {
      ...session.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    };
    const route = { tenant: door.tenant, serverSegment: 'x', ip: '::1', requestId: 'w' };
    const ask = (body: unknown) =>
      webExchange(
        new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }),
        route,
        door.gateway().handle,
      );
    expect(await (await ask(PING)).json()).toStrictEqual({ jsonrpc: '2.0', id: 1, result: {} });
    const called = await ask(CALL);
    expect(called.status).toBe(200);
    expect(called.headers.get('countersign-receipt')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await ask([PING])).status).toBe(400);
  });
});

describe('nothing', () => {
  it('of all this was forwarded, and every answer carried security headers', async () => {
    const before = upstream.calls('tools/call').length;
    expect(before).toBe(1);
    const answer = await send(url, CALL, session.headers);
    expect(answer.status).toBe(200);
    expect(upstream.calls('tools/call')).toHaveLength(before + 1);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('of the agent but its message travels', async () => {
    const loud = { ...session.headers, cookie: 'a=b', 'x-internal': 'yes', 'x-forwarded-for': '1.2.3.4' };
    await send(url, CALL, loud);
    const { headers = {}, body = '' } = upstream.calls('tools/call').at(-1) ?? {};
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-internal');
    expect(headers).not.toHaveProperty('x-forwarded-for');
    expect(headers['mcp-session-id']).not.toBe(session.headers['mcp-session-id']);
    expect(JSON.stringify(headers) + body).not.toContain(token);
  });
});
