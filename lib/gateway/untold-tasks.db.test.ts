/** Tasks that a server makes for a client that takes them, and of which that is not told: nobody else could give them up. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { stampOf, type RawAnswer } from './testing/mcp-client.ts';
import {
  answerWith,
  DISCOVERED,
  initializeWith,
  startScriptedUpstream,
  TOOL,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import type { StatelessClient } from './testing/stateless-client.ts';

const EXTENSION = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const ABLE = { meta: { 'io.modelcontextprotocol/clientCapabilities': EXTENSION } };
const STATE = {
  taskId: 'own',
  status: 'working',
  createdAt: '2026-11-27T00:00:00Z',
  lastUpdatedAt: '2026-11-27T00:00:00Z',
};

let door: FrontDoor;
/** A server without sessions, and one with. */
let servers: Readonly<Record<'single' | 'lasting', ScriptedUpstream>>;
/** Lets the server name the task that it makes of the call that waits. */
let name: (() => void) | undefined;

beforeAll(async () => {
  door = await openFrontDoor();
  const [single, lasting] = [await startScriptedUpstream(), await startScriptedUpstream()];
  servers = { single: door.before(single), lasting: door.before(lasting) };
  const discovered = { ...DISCOVERED, capabilities: { tools: {}, ...EXTENSION } };
  single.on('server/discover', answerWith(JSON.stringify(discovered)));
  single.on('tools/list', answerWith(JSON.stringify({ resultType: 'complete', tools: [TOOL] })));
  const tasks = { requests: { tools: { call: {} } }, cancel: {} };
  lasting.on('initialize', initializeWith({ tools: {}, tasks }));
  const tools = [{ ...TOOL, execution: { taskSupport: 'optional' } }];
  lasting.on('tools/list', answerWith(JSON.stringify({ tools })));
  await door.register({ single: { url: single.url }, lasting: { url: lasting.url } });
}, 120_000);

afterAll(() => door?.close());

beforeEach(() => {
  name = undefined;
  const made = {
    single: { resultType: 'task', ...STATE, ttlMs: 60_000 },
    lasting: { task: { ...STATE, ttl: 60_000 } },
  };
  for (const kind of ['single', 'lasting'] as const) {
    servers[kind].on('tools/call', (received, response) => {
      name = () => answerWith(JSON.stringify(made[kind]))(received, response);
    });
    servers[kind].on('tasks/cancel', answerWith('{"resultType":"complete"}'));
  }
});

/** A call, when its server has it. */
async function callOf(client: StatelessClient): Promise<{ readonly waiting: Promise<RawAnswer> }> {
  const waiting = client.call('act', {}, ABLE);
  await expect.poll(() => name).toBeDefined();
  return { waiting };
}

const cancelled = (kind: 'single' | 'lasting', since: number) =>
  servers[kind].received
    .slice(since)
    .flatMap(({ message }) => (message.method === 'tasks/cancel' ? [message.params?.['taskId']] : []));

describe.each([
  ['without sessions', 'single', 'bob'],
  ['with sessions', 'lasting', 'audrey'],
] as const)('a task of a server %s', (_what, kind, person) => {
  it('goes on once its client was told of it', async () => {
    const before = servers[kind].received.length;
    const client = await door.statelessFor('alice@acme.example', kind);
    const { waiting } = await callOf(client);
    name?.();
    expect((await waiting).body.result).toMatchObject({ resultType: 'task', taskId: 'own' });
    servers[kind].on('tasks/get', answerWith(JSON.stringify({ ...STATE, ttl: null, ttlMs: null })));
    expect((await client.request('tasks/get', { taskId: 'own' }, ABLE)).body.result).toBeDefined();
    expect(cancelled(kind, before)).toStrictEqual([]);
  });

  it('is cancelled, once, where its client lost access before it had a name', async () => {
    const { waiting } = await callOf(await door.statelessFor(`${person}@acme.example`, kind));
    const before = servers[kind].received.length;
    await door.revokePerson(`${person}@acme.example`);
    name?.();
    const answer = await waiting;
    expect(answer.text).not.toContain('own');
    expect((await door.receiptOf(stampOf(answer.body).id)).summary.status).toBe('withheld');
    await expect.poll(() => cancelled(kind, before)).toStrictEqual(['own']);
  });

  it('is cancelled where its outcome can not be written, and its client is told of none', async () => {
    const { waiting } = await callOf(await door.statelessFor('ada@acme.example', kind));
    const before = servers[kind].received.length;
    await door.breakLog(async () => {
      name?.();
      expect((await waiting).status).toBe(503);
    });
    await expect.poll(() => cancelled(kind, before)).toStrictEqual(['own']);
  });
});

it('that is named on a stream that was taken up again is cancelled where its client lost access', async () => {
  const bob = await door.statelessFor('bob@acme.example', 'lasting');
  servers.lasting.on('tools/call', (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('id: e1\nretry: 1\ndata:\n\n');
  });
  const before = servers.lasting.received.length;
  servers.lasting.on('GET', (received, response) => {
    name = () => {
      const { id } = servers.lasting.received
        .slice(before)
        .find(({ message }) => message.method === 'tools/call')!.message;
      answerWith(JSON.stringify({ task: { ...STATE, ttl: 60_000 } }))(
        { ...received, message: { id } },
        response,
      );
    };
  });
  const { waiting } = await callOf(bob);
  await door.revokePerson('bob@acme.example');
  name?.();
  expect((await door.receiptOf(stampOf((await waiting).body).id)).summary.status).toBe('withheld');
  await expect.poll(() => cancelled('lasting', before)).toStrictEqual(['own']);
  const attempts = servers.lasting.received.slice(before).flatMap(({ message: { method, params } }) => {
    const meta = params?.['_meta'] as Record<string, unknown> | undefined;
    return method === 'tools/call' || method === 'tasks/cancel' ? [meta?.['dev.countersign/attempt']] : [];
  });
  expect(attempts).toStrictEqual([attempts[0], attempts[0]]);
  expect(attempts[0]).toBeDefined();
});
