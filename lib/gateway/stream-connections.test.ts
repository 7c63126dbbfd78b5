/** Whoever only listens must not keep anybody from being answered: real HTTP, real connection pools. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createEgress } from '#lib/net';
import { HeldBytes } from './held-bytes.ts';
import { Sweeper } from './sweeper.ts';
import { createUpstreamLink, type UpstreamSend } from './upstream-link.ts';

/** More than there are connections to one origin for what is answered. */
const LISTENERS = 1_100;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Answers what is posted, and has nothing to say to those who listen. */
async function startServer(): Promise<string> {
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return;
    }
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":1,"result":{}}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 2_048, resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

it('a call is answered however many streams are open at its server', async () => {
  const url = await startServer();
  const egress = createEgress({
    config: {
      tenantUrl: 'http://localhost:1/t/{tenant}',
      environment: 'test',
      egressPrivateHosts: ['127.0.0.1/32'],
      upstreamTimeoutMs: 5_000,
    },
  });
  const sweeper = new Sweeper();
  const noPrograms = {
    send: () => {
      throw new Error('no program is declared here');
    },
    hold: () => () => undefined,
  };
  const link = createUpstreamLink(egress, { sweeper, held: new HeldBytes(4_000_000) }, noPrograms);
  const common = {
    url,
    tenant: 'acme',
    session: { era: 'session', protocolVersion: '2025-11-25', sessionId: 'one' },
    credential: { kind: 'none', writeTo: () => undefined },
    bytesMax: 1_000,
  } as const;
  closing.push(
    async () => await egress.close(),
    () => sweeper.close(),
  );

  let open = 0;
  await new Promise<void>((resolve, reject) => {
    const listening: UpstreamSend = { ...common, method: 'GET', expects: 'stream' };
    const heard = () => {
      open += 1;
      if (open === LISTENERS) resolve();
    };
    for (let index = 0; index < LISTENERS; index += 1) {
      const stream = link.send(listening, {
        onHead: heard,
        onMessage: () => undefined,
        onAnswer: () => undefined,
        onEnd: () => undefined,
        onFailure: ({ message }) => reject(new Error(message)),
      });
      closing.push(() => stream.abort());
    }
  });
  const call: UpstreamSend = {
    ...common,
    method: 'POST',
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"act"}}',
    expects: 'answer',
  };
  expect(await link.ask(call, 10_000)).toMatchObject({ ok: true });
});
