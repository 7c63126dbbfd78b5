/** Servers of the transport of 2024-11-05 behind the front door: a real one, and ones that abuse it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSseServer, type SseFixture } from '../../e2e/fixtures/sse-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { disclosedIn } from './testing/read-log.ts';
import { connect, RawSession, send, type Connected } from './testing/mcp-client.ts';

let door: FrontDoor;
let upstream: SseFixture;
let alice: Connected;
const stray: Server[] = [];

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startSseServer());
  await door.register({ old: { url: upstream.url } });
  alice = await connect(door.resource('old'), await door.userToken('old', 'alice@acme.example'));
}, 120_000);

afterAll(async () => {
  await alice?.client.close();
  for (const server of stray) {
    server.closeAllConnections();
    server.close();
  }
  await door?.close();
});

async function open(server = 'old'): Promise<RawSession> {
  return door.open(server);
}

describe('[mcp-2024-sse] a server of the transport of 2024-11-05', () => {
  it('is found out, read and pinned, and leaves no stream behind', async () => {
    const server = door.modules.registry.cached(door.tenant.id, 'old' as never);
    const before = upstream.streams();
    const found = await door.gateway().readDefinitions(door.tenant, server!);
    expect(found).toMatchObject({ ok: true, value: { serverInfo: { name: 'sse' } } });
    expect(found.ok && found.value.tools.map(({ name }) => name)).toContain('echo');
    await until(() => upstream.streams() === before);
  });

  it('answers an agent, each call with its receipt and its own token', async () => {
    expect((await alice.client.listTools()).tools.map(({ name }) => name)).toContain('count');
    const result = await alice.client.callTool({ name: 'echo', arguments: { text: 'hello' } });
    expect(JSON.stringify(result.content)).toContain('hello');
    const calls = upstream.posted.filter(({ method }) => method === 'tools/call');
    await alice.client.callTool({ name: 'echo', arguments: { text: 'again' } });
    const tokens = upstream.posted
      .filter(({ method }) => method === 'tools/call')
      .map((one) => one.authorization);
    expect(tokens.length).toBe(calls.length + 1);
    expect(new Set(tokens).size).toBe(tokens.length);
    const read = await alice.client.readResource({ uri: 'sse://greeting' });
    expect(read.contents).toHaveLength(1);
  });

  it('tells the progress of a call to who asked for it, also while others are under way', async () => {
    const session = await open();
    const waiting = session.request('tools/call', { name: 'wait', arguments: {} }, 'w');
    const answer = await session.call('count', { to: 3 }, { progressToken: 'p' });
    expect(answer.text.match(/"progress":/g)).toHaveLength(3);
    expect(
      disclosedIn((await door.receipt(answer.headers.get('countersign-receipt') ?? ''))!)['events'],
    ).toMatchObject({
      count: 3,
    });
    await session.notify('notifications/cancelled', { requestId: 'w' });
    expect((await waiting).text).toContain('cancelled');
    await until(() => upstream.posted.some(({ method }) => method === 'notifications/cancelled'));
  });

  it('is heard by the agent outside of calls too', async () => {
    const session = await open();
    const controller = new AbortController();
    const stream = await fetch(session.url, {
      headers: { ...session.headers, accept: 'text/event-stream' } as Record<string, string>,
      signal: controller.signal,
    });
    expect(stream.status).toBe(200);
    const reader = stream.body!.getReader();
    await session.call('log');
    const { value } = await reader.read();
    expect(Buffer.from(value!).toString()).toContain('logged');
    controller.abort();
  });

  it('gets its call once where its stream is broken off, and a new stream with the next', async () => {
    const session = await open();
    const waiting = session.request('tools/call', { name: 'wait', arguments: {} }, 'w');
    const posted = () => upstream.posted.filter(({ method }) => method === 'tools/call').length;
    const before = posted();
    await until(() => posted() > before || upstream.posted.at(-1)?.method === 'tools/call');
    const after = posted();
    upstream.dropStreams();
    expect((await waiting).text).toContain('ended its stream');
    expect(posted()).toBe(after);
    expect((await session.call('echo', { text: 'again' })).body.result?.content).toHaveLength(1);
  });

  it('serves the same session after a restart of ours', async () => {
    const session = await open();
    await door.restartGateway();
    expect((await session.call('echo', { text: 'still' })).body.result?.content).toHaveLength(1);
  });

  it('asks the agent in the middle of a call', async () => {
    const abilities = { elicitation: { form: {} } };
    const session = await door.open('old', abilities);
    const stream = await session.stream('tools/call', { name: 'ask', arguments: {} });
    const question = await stream.nextOf('elicitation/create');
    await session.respond(question.id, { result: { action: 'accept', content: { name: 'Ada' } } });
    expect((await stream.answer()).result?.content?.[0]?.text).toContain('Ada');
  });

  it('serves agents of the stateless era', async () => {
    const modern = await door.stateless('old');
    const { body } = await modern.call('echo', { text: 'hello' });
    expect(body.result).toMatchObject({ resultType: 'complete', content: [{ text: 'hello' }] });
  });
});

/** At a server of its own: whoever comes back to the other one would be counted. */
describe('[mcp-2024-sse] a stream of that transport', () => {
  let counted: SseFixture;

  beforeAll(async () => {
    counted = await startSseServer();
    await door.register({ counted: { url: counted.url } });
    await until(() => counted.streams() === 0);
  });
  afterAll(async () => await counted.stop());

  it('has a stream for each replica that a session comes to', async () => {
    const other = await door.addReplica();
    const here = await open('counted');
    const before = counted.streams();
    const there = new RawSession(other.resource('counted'), here.headers);
    const calls = [here, there, here, there].map(
      async (session) => await session.call('echo', { text: 'x' }),
    );
    for (const answer of await Promise.all(calls)) expect(answer.body.result?.content).toHaveLength(1);
    expect(counted.streams()).toBe(before + 1);
    await other.close();
    await until(() => counted.streams() === before);
    expect((await here.call('echo', { text: 'x' })).body.result?.content).toHaveLength(1);
  });

  it('is left when the agent ends its session', async () => {
    const before = counted.streams();
    const session = await open('counted');
    expect(counted.streams()).toBe(before + 1);
    await send(session.url, undefined, session.headers, 'DELETE');
    await until(() => counted.streams() === before);
  });

  it('is left when access is revoked', async () => {
    const session = await door.openFor('bob@acme.example', 'counted');
    const before = counted.streams();
    expect((await session.call('echo', { text: 'x' })).status).toBe(200);
    await door.revokePerson('bob@acme.example');
    await until(() => counted.streams() === before - 1);
  });
});

describe('[mcp-2024-sse-endpoint] a stream whose endpoint is', () => {
  it.each([
    ['on another host', 'http://127.0.0.2:9/messages'],
    ['on another port', 'http://127.0.0.1:9/messages'],
    ['of another scheme', 'https://127.0.0.1/messages'],
    ['hidden by a relative address', '//127.0.0.2/messages'],
    ['with a name and a password', 'http://me:secret@HOST/messages'],
    ['no address', 'http://[/'],
  ])('%s is refused, and nothing is sent there', async (_what, endpoint) => {
    const posts: string[] = [];
    const url = await serveStray((request, response) => {
      if (request.method === 'POST') {
        posts.push(request.url ?? '');
        response.writeHead(404).end();
      } else {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: endpoint\ndata: ${endpoint.replace('HOST', request.headers.host ?? '')}\n\n`);
      }
    });
    const found = await read(url);
    expect(found.ok ? '' : found.error.message).toContain('another address than the one that is registered');
    // The questions which era it speaks went to the registered address; nothing else went anywhere.
    expect(posts).toStrictEqual(['/sse', '/sse']);
  });

  it('never named runs into the limit of time', async () => {
    const url = await serveStray((request, response) => {
      if (request.method === 'POST') response.writeHead(405).end();
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    });
    const found = await read(url);
    expect(found).toMatchObject({ ok: false, error: { kind: 'refused' } });
  });
});

async function read(url: string) {
  const draft = { id: 'stray', title: 'Stray', url, emailAllowed: false, timeoutMs: 1_000 };
  return door.gateway().readDefinitions(door.tenant, { ...draft, credential: { agent: 'none' } } as never);
}

async function serveStray(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  stray.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
