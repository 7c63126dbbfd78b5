/** Both feeders give the pipeline the same exchange: whatever holds for one holds for the other. */
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantRecord } from '#lib/identity';
import { nodeExchange } from './node-exchange.ts';
import type { BodyOutcome, Exchange, ExchangeRoute } from './types.ts';
import { webExchange } from './web-exchange.ts';

const ROUTE: ExchangeRoute = {
  tenant: { slug: 'acme' } as TenantRecord,
  serverSegment: 'x',
  ip: '::1',
  requestId: 'r',
  onStream: () => {
    streams += 1;
  },
};

/** How often an exchange said that it is no work any more. */
let streams = 0;

let handle: (exchange: Exchange) => void = () => {};
const servers: Server[] = [];
const urls: Record<string, string> = {};

beforeAll(async () => {
  const node = createServer((request, response) => handle(nodeExchange(request, response, ROUTE)));
  const web = createServer(
    getRequestListener((request) => webExchange(request, ROUTE, (exchange) => handle(exchange))),
  );
  for (const [name, server] of Object.entries({ node, web })) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    servers.push(server);
  }
});

/** Once Node has said all that it has to say about the next response. */
function responseOver(): Promise<void> {
  return new Promise((resolve) => {
    for (const server of servers)
      server.prependOnceListener('request', (_request, response) => {
        response.once('close', () => setImmediate(resolve));
      });
  });
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe.each(['node', 'web'])('an exchange fed from %s', (feeder) => {
  const url = () => urls[feeder] ?? '';

  it('can be told that it waits for news from now on', async () => {
    const before = streams;
    handle = (exchange) => {
      exchange.becomesStream();
      exchange.respond(200, []);
    };
    await (await fetch(url())).text();
    expect(streams - before).toBe(feeder === 'node' ? 1 : 0);
  });

  it('gives method, headers and body, and takes a response', async () => {
    handle = (exchange) =>
      exchange.readBody(100, (outcome) => {
        const text = outcome.kind === 'body' ? Buffer.from(outcome.bytes).toString() : outcome.kind;
        exchange.respond(
          201,
          ['x-answer', 'yes'],
          `${exchange.method} ${exchange.header('x-asked') ?? ''} ${text}`,
        );
      });
    const response = await fetch(url(), { method: 'POST', headers: { 'X-Asked': 'so' }, body: 'é' });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-answer')).toBe('yes');
    expect(await response.text()).toBe('POST so é');
  });

  it('says that the other side has gone also to whom asks only then', async () => {
    const leaving = new AbortController();
    const told = new Promise<string>((resolve) => {
      handle = (exchange) => {
        exchange.onClose(() => setImmediate(() => exchange.onClose(() => resolve('told'))));
        exchange.startStream(200, []);
        exchange.write('x');
      };
    });
    await fetch(url(), { signal: leaving.signal });
    leaving.abort();
    expect(await told).toBe('told');
  });

  it('puts a body of several chunks together, and stops at the limit', async () => {
    const outcomes: BodyOutcome[] = [];
    handle = (exchange) =>
      exchange.readBody(300_000, (outcome) => {
        outcomes.push(outcome);
        exchange.respond(200, [], outcome.kind);
      });
    expect(await (await fetch(url(), { method: 'POST', body: 'x'.repeat(300_000) })).text()).toBe('body');
    expect(outcomes[0]).toMatchObject({ kind: 'body' });
    const announced = await fetch(url(), { method: 'POST', body: 'x'.repeat(300_001) });
    expect(await announced.text()).toBe('too_large');
    const body = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 4; part += 1) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    const streamed = await fetch(url(), { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await streamed.text()).toBe('too_large');
  });

  it('tells a client of the limit that sends all of a body before it reads', async () => {
    handle = (exchange) =>
      exchange.readBody(1_000, (outcome) => exchange.respond(413, ['connection', 'close'], outcome.kind));
    const size = 4 * 1024 * 1024;
    const socket = connect({ port: Number(new URL(url()).port), host: '127.0.0.1' });
    const head = `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${size}\r\n\r\n`;
    await new Promise((resolve) => socket.write(head + 'x'.repeat(size), resolve));
    expect(await text(socket)).toContain('too_large');
  });

  it('streams, and says when the other side went away', async () => {
    let closed: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    handle = (exchange) => {
      exchange.onClose(() => closed?.());
      exchange.startStream(200, ['content-type', 'text/event-stream']);
      exchange.write('data: 1\n\n');
    };
    const abort = new AbortController();
    const response = await fetch(url(), { signal: abort.signal });
    const first = await response.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('data: 1\n\n');
    abort.abort();
    await gone;
  });

  it('does not call it going away when a response was complete', async () => {
    let closed = false;
    const over = responseOver();
    handle = (exchange) => {
      exchange.onClose(() => (closed = true));
      exchange.startStream(200, []);
      exchange.write('a');
      exchange.end();
    };
    expect(await (await fetch(url())).text()).toBe('a');
    await over;
    expect(closed).toBe(false);
  });
});
