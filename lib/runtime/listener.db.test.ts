import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { securityHeaders } from '#lib/edge';
import type { TenantRecord } from '#lib/identity';
import { sendHttp, type HttpMessage } from '../../e2e/harness/send-http.ts';
import { REQUESTS_IN_FLIGHT_MAX, REQUESTS_SHARE_WEIGHT } from './constants.ts';
import { createDispatcher } from './dispatch-request.ts';
import { listen } from './listener.ts';
import { createTenant, createWorld, type World } from './testing/start-world.ts';
import type { HotRoute, Listening, Runtime } from './types.ts';

const HOST = 'localhost:3000';
const API = securityHeaders('api', { https: false });

let world: World;
let runtime: Runtime;
let acme: TenantRecord;
let listening: Listening;

/** What a route file is told about who calls. */
const echo: HotRoute = {
  pattern: '/t/[tenant]/echo/[...path]',
  module: {
    GET: async (request, { params }) =>
      Response.json({
        ip: runtime.http.clientAddress(request.headers),
        requestId: runtime.http.requestId(request.headers),
        params: await params,
      }),
  },
};

beforeAll(async () => {
  world = await createWorld();
  runtime = await world.start({ METRICS_PORT: '0', HOST: '127.0.0.1' });
  acme = await createTenant(runtime, 'acme');
  listening = await listen(runtime, {
    routes: [echo],
    next: (request, response) => response.writeHead(200).end(`next ${request.method} ${request.url}`),
  });
});
afterAll(async () => {
  await listening.close();
  await runtime.close();
  await world.close();
});

const send = async (path: string, message: HttpMessage = {}) =>
  await sendHttp(`http://127.0.0.1:${listening.port}${path}`, {
    ...message,
    headers: { host: HOST, ...message.headers },
  });
const codeOf = (text: string) => (JSON.parse(text) as { code: string }).code;

describe('where a request goes', () => {
  it.each(['evil.example', '127.0.0.1:3000', 'localhost', 'acme.localhost:3000', ''])(
    '421 for host %j, whatever it asks for and whatever forwarding headers say',
    async (host) => {
      const headers = { host, 'x-forwarded-host': HOST, forwarded: `host=${HOST}` };
      for (const path of ['/t/acme/connections', '/t/acme/mcp/ledger', '/t/acme/echo/x', '/']) {
        const answer = await send(path, { headers });
        expect(answer.status, path).toBe(421);
        expect(codeOf(answer.text)).toBe('unknown-host');
        expect(answer.headers).toMatchObject(API);
      }
    },
  );

  it('404 for a tenant that is not there, on MCP before any token is asked for', async () => {
    const answer = await send('/t/nobody/mcp/ledger', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
    expect(codeOf(answer.text)).toBe('unknown-tenant');
    expect(answer.headers).toMatchObject(API);
    expect((await send('/t/_instance/mcp/ledger', { method: 'POST', body: '{}' })).status).toBe(404);
  });

  it('a view’s address reaches nothing of a tenant', async () => {
    const host = `${'0'.repeat(32)}.mcpapps.localhost:3000`;
    expect((await send('/t/acme/echo/x', { headers: { host } })).text).toBe('next GET /t/acme/echo/x');
    const mcp = await send('/t/acme/mcp/ledger', { method: 'POST', body: '{}', headers: { host } });
    expect(mcp.text).toBe('next POST /t/acme/mcp/ledger');
  });

  it('405 with the methods that there are', async () => {
    const route = await send('/t/acme/echo/x', { method: 'DELETE' });
    expect([route.status, route.headers.allow]).toEqual([405, 'GET']);
    const mcp = await send('/t/acme/mcp/ledger', { method: 'PUT', body: '{}' });
    expect([mcp.status, mcp.headers.allow]).toEqual([405, 'POST, GET, DELETE']);
    const page = await send('/t/acme/connections', { method: 'PROPFIND' });
    expect(page.status).toBe(405);
  });

  it('hot routes get their parameters decoded, all else is Next’s', async () => {
    const { text } = await send('/t/acme/echo/a%20b/c');
    expect(JSON.parse(text)).toMatchObject({ params: { tenant: 'acme', path: ['a b', 'c'] } });
    expect((await send('/t/acme/connections?a=1')).text).toBe('next GET /t/acme/connections?a=1');
    expect((await send('/t/acme/echo/x', { method: 'HEAD' })).status).toBe(200);
  });

  it('health answers by address, for probes have no name', async () => {
    const host = `127.0.0.1:${listening.port}`;
    expect((await send('/livez', { headers: { host } })).status).toBe(200);
    const ready = await send('/readyz', { headers: { host } });
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({ ok: true });
    expect((await send('/livez/x', { headers: { host } })).status).toBe(421);
  });

  it('answers MCP without a token with the same headers as an API', async () => {
    const answer = await send('/t/acme/mcp/ledger', { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
    expect(answer.headers).toMatchObject(securityHeaders('protocol', { https: false }));
  });
});

describe('what is no request', () => {
  /** Bytes as they are, on a connection of their own; what came back until it was closed. */
  async function sendBytes(text: string): Promise<string> {
    const socket = connect(listening.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).write(text);
    await new Promise((resolve) => socket.once('close', resolve));
    return Buffer.concat(chunks).toString();
  }

  it.each([
    ['noise', 'hello\r\n\r\n', 400, 'malformed-http'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
      'malformed-http',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed-http',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: x\r\nx-much: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    [
      'an expectation',
      'POST / HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\nconnection: close\r\n\r\n',
      417,
      'unknown-expectation',
    ],
  ])('%s is refused with a reason', async (_what, text, status, code) => {
    const [head = '', body = ''] = (await sendBytes(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('x-content-type-options: nosniff');
    expect(body).toContain(`urn:countersign:problem:${code}`);
  });
});

describe('who calls', () => {
  const told = async (headers: Record<string, string | readonly string[]>) =>
    JSON.parse((await send('/t/acme/echo/x', { headers })).text) as { ip: string; requestId: string };

  it('is the socket’s address, whatever a client writes', async () => {
    for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'x-client-ip', 'x-internal-client'])
      expect((await told({ [name]: '203.0.113.9' })).ip).toBe('127.0.0.1');
  });

  it('can’t be forged by our own internal headers, not even by their true names', async () => {
    const { clientAddress, requestId } = runtime.internalHeaders;
    expect(clientAddress).toMatch(/^x-internal-[0-9a-f]{32}-client$/);
    const forged = await told({
      [clientAddress]: ['203.0.113.9', '203.0.113.10'],
      [requestId.toUpperCase()]: 'mine',
    });
    expect(forged.ip).toBe('127.0.0.1');
    expect(forged.requestId).not.toContain('mine');
  });

  it('has other internal names in every process', async () => {
    const other = await world.start();
    expect(other.internalHeaders.clientAddress).not.toBe(runtime.internalHeaders.clientAddress);
    await other.close();
  });
});

describe('more requests than a process takes', () => {
  it('are refused with 503 and when to try again, and counted', async () => {
    const counting = await world.start();
    const waiting: ServerResponse[] = [];
    const dispatch = createDispatcher(counting, {
      routes: [],
      next: (request, response) => {
        if (request.url === '/t/acme/wait') waiting.push(response);
        else response.writeHead(200).end();
      },
    });
    await counting.identity.tenants.bySlug(acme.slug);
    const share = (REQUESTS_IN_FLIGHT_MAX * REQUESTS_SHARE_WEIGHT) / (REQUESTS_SHARE_WEIGHT + 1);
    for (let count = 0; count < share; count += 1) {
      const request = new IncomingMessage(new Socket());
      Object.assign(request, { url: '/t/acme/wait', method: 'GET', headers: { host: HOST } });
      dispatch(request, new ServerResponse(request));
    }
    expect(waiting).toHaveLength(share);
    const server = createServer(dispatch);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async (path: string) => await sendHttp(url + path, { headers: { host: HOST } });
    try {
      const refused = await ask('/t/acme/connections');
      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toBe('1');
      // A tenant's flood makes no supervisor end the process.
      expect((await ask('/livez')).status).toBe(200);
      waiting.pop()?.emit('close');
      expect((await ask('/t/acme/connections')).status).toBe(200);
    } finally {
      server.closeAllConnections();
      server.close();
      await counting.close();
    }
    expect(await refusalsOf(acme)).toContainEqual({ reason: 'overloaded', count: 1 });
  });

  async function refusalsOf(tenant: TenantRecord) {
    const query = { viewer: { all: true }, filters: { kind: 'aggregate' }, limit: 50 } as const;
    const { entries } = await runtime.receipts.search(tenant.id, query);
    const counts = [];
    for (const { id } of entries) {
      const stored = await runtime.receipts.load(tenant.id, id, { all: true });
      counts.push(...(stored?.payload['aggregate'] as { counts: object[] }).counts);
    }
    return counts;
  }
});
