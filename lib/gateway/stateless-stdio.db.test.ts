/** Programs of the stateless era, a real one of the official SDK, in front of agents of both eras; and what is found out of others. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { connect, RawSession, send, stampOf } from './testing/mcp-client.ts';
import {
  hostileEntry,
  NO_CREDENTIAL,
  programEntry,
  programsFile,
  STATELESS_PROGRAM,
} from './testing/programs.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const META = 'io.modelcontextprotocol';
const UPDATED = 'notifications/resources/updated';
const GREETING = 'stateless://greeting';
const TIMEOUT = { timeout: 10_000 };

/** A program that does `job` as a task only. While its task is asked for it logs something for `hear`, which waits for that. */
const TASKS_PROGRAM = `
  const TASKS = 'io.modelcontextprotocol/tasks';
  const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
  const tools = ['job', 'hear'].map((name) => ({ name, inputSchema: { type: 'object' } }));
  const pollIntervalMs = Number(process.argv[1] ?? 0);
  const task = { taskId: 'own', ttlMs: null, pollIntervalMs };
  let hearing;
  const done = { content: [{ type: 'text', text: 'done' }] };
  const answers = {
    'server/discover': () => ({
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {}, logging: {}, extensions: { [TASKS]: {} } },
    }),
    'tools/list': () => ({ tools }),
    'tools/call': ({ name, _meta }, id) => {
      if (name === 'hear') return void (hearing = id);
      const { extensions } = _meta['io.modelcontextprotocol/clientCapabilities'];
      if (extensions?.[TASKS] === undefined) {
        const data = { requiredCapabilities: { extensions: { [TASKS]: {} } } };
        return void say({ id, error: { code: -32021, message: 'needs tasks', data } });
      }
      return { resultType: 'task', ...task, status: 'working' };
    },
    'tasks/get': () => {
      if (pollIntervalMs > 0) return { ...task, status: 'completed', result: done };
      if (hearing === undefined) return { ...task, status: 'working' };
      say({ method: 'notifications/message', params: { level: 'info', data: 'of hear' } });
      say({ id: hearing, result: { resultType: 'complete', ...done } });
      return { ...task, status: 'completed', result: done };
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    const result = answers[method]?.(params, id);
    if (result !== undefined) say({ id, result: { resultType: 'complete', ...result } });
  });
`;

interface Line {
  readonly id?: number;
  readonly method: string;
  readonly params?: JsonObject & { readonly _meta?: JsonObject };
}

let door: FrontDoor;
let folder: string;
let raw: RawSession;
let stateless: StatelessClient;

beforeAll(async () => {
  folder = mkdtempSync('/var/tmp/countersign-stateless-');
  const program = (name: string, era: string, members: object = {}) =>
    programEntry(name, [STATELESS_PROGRAM, era], {
      environment: { JOURNAL: journalOf(name) },
      write: [folder],
      ...members,
    });
  door = await openFrontDoor({
    programs: programsFile([
      program('modern', 'stateless'),
      program('both', 'both'),
      program('brief', 'stateless', { idle_minutes: 0.02 }),
      programEntry('tasks', ['-e', TASKS_PROGRAM]),
      programEntry('rare', ['-e', TASKS_PROGRAM, '3000'], { idle_minutes: 0.02 }),
      hostileEntry('picky', { environment: { JOURNAL: journalOf('picky') }, write: [folder] }, 'picky'),
      hostileEntry('silent', { environment: { JOURNAL: journalOf('silent') }, write: [folder] }, 'silent'),
    ]),
  });
  await door.register(
    Object.fromEntries(
      ['modern', 'both', 'brief', 'picky', 'silent', 'tasks', 'rare'].map((name) => [
        name,
        { url: `stdio:${name}`, timeoutMs: name === 'silent' ? 1_500 : 10_000, ...NO_CREDENTIAL },
      ]),
    ),
  );
  raw = await door.open('modern');
  stateless = await door.statelessFor('alice@acme.example', 'modern');
}, 120_000);

afterAll(async () => {
  await door?.close();
  rmSync(folder, { recursive: true, force: true });
});

function journalOf(name: string): string {
  return join(folder, `${name}.journal`);
}

/** Messages that reached the processes of a program, oldest first. */
function seen(name: string, method: string): readonly Line[] {
  const lines = readFileSync(journalOf(name), 'utf8').split('\n');
  const all = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
  return all.filter((line) => line.method === method);
}

async function processOf(caller: Pick<RawSession | StatelessClient, 'call'>): Promise<string | undefined> {
  return (await caller.call('which')).body.result?.content?.[0]?.text;
}

describe('a program of the stateless era', () => {
  it('[mcp-2026-stdio] is found out by the question of that era, and never told initialize', async () => {
    const server = door.modules.registry.cached(door.tenant.id, 'modern' as never);
    const found = await door.gateway().readDefinitions(door.tenant, server!);
    expect(found).toMatchObject({
      ok: true,
      value: { protocolVersion: '2026-07-28', serverInfo: { name: 'stateless' } },
    });
    expect(seen('modern', 'server/discover')[0]?.params?._meta).toMatchObject({
      [`${META}/protocolVersion`]: '2026-07-28',
    });
    for (const method of ['initialize', 'notifications/initialized'])
      expect(seen('modern', method)).toHaveLength(0);
  });

  it('is told with each request who asks, and answers an agent with a session in its words', async () => {
    const forged = { [`${META}/clientInfo`]: { name: 'forged', version: '9' } };
    const { body } = await raw.call('echo', { text: 'hello' }, forged);
    expect(body.result).toMatchObject({ structuredContent: { ttlMs: 5, text: 'hello' } });
    expect(body.result).not.toHaveProperty('resultType');
    expect(seen('modern', 'tools/call').at(-1)?.params?._meta).toMatchObject({
      [`${META}/clientInfo`]: { name: 'raw', version: '1' },
    });
    expect((await door.receipt(stampOf(body).id))?.summary).toMatchObject({
      kind: 'tool_call',
      status: 'ok',
    });
  });

  it('answers an agent without sessions in its own', async () => {
    const { body } = await stateless.call('echo', { text: 'hello' });
    expect(body.result).toMatchObject({ resultType: 'complete', structuredContent: { text: 'hello' } });
    const missing = await stateless.request('resources/read', { uri: 'stateless://none' });
    expect(missing.body.error).toMatchObject({ code: -32602, data: { uri: 'stateless://none' } });
  });

  it('takes an argument that no header could carry, for there are none', async () => {
    const answer = await raw.call('place', { region: 'x'.repeat(10_000) });
    expect(answer.body.result?.content?.[0]?.text).toContain('xxx');
  });

  it('asks an agent of either era first, and goes on with the answer', async () => {
    const session = await door.open('modern', { elicitation: { form: {} } });
    const stream = await session.stream('tools/call', { name: 'ask', arguments: {} });
    const question = await stream.nextOf('elicitation/create');
    const reply = { action: 'accept', content: { name: 'Ada' } };
    await session.respond(question.id, { result: reply });
    const asked = `asked ${JSON.stringify(reply)}`;
    expect((await stream.answer()).result?.content?.[0]?.text).toBe(asked);
    const extra = { meta: { [`${META}/clientCapabilities`]: { elicitation: { form: {} } } } };
    const held = (await stateless.call('ask', {}, extra)).body.result as JsonObject;
    expect(held).toMatchObject({ resultType: 'input_required' });
    const [name] = Object.keys(held['inputRequests'] as JsonObject);
    const params = {
      name: 'ask',
      arguments: {},
      inputResponses: { [String(name)]: reply },
      requestState: held['requestState']!,
    };
    const { body } = await stateless.request('tools/call', params, extra);
    expect(body.result?.content?.[0]?.text).toBe(asked);
  });

  it('is not ended for being idle while a task of its is followed, and is afterwards', async () => {
    const session = await door.open('rare');
    expect((await session.call('job')).body.result?.content?.[0]?.text).toBe('done');
    const running = door.gateway().activity().programs;
    await expect.poll(() => door.gateway().activity().programs, TIMEOUT).toBeLessThan(running);
  });

  it('[mcp-2026-stdio-cancel] hears that a call is given up under the id that it knows', async () => {
    const away = new AbortController();
    const meta = { [`${META}/logLevel`]: 'info' };
    const call = { name: 'wait', arguments: {} };
    const stream = await stateless.open('tools/call', call, { id: 'long', meta }, away.signal);
    await expect.poll(() => stream.methods, TIMEOUT).toStrictEqual(['notifications/message']);
    away.abort();
    const { id } = seen('modern', 'tools/call').at(-1)!;
    const cancelled = () =>
      seen('modern', 'notifications/cancelled').map(({ params }) => params?.['requestId']);
    await expect.poll(cancelled, TIMEOUT).toContain(id);
  });

  it('makes a task of a session’s call, and what is said while it is asked for is another call’s', async () => {
    const session = await door.open('tasks');
    const streaming = session.stream('tools/call', { name: 'hear' });
    const done = { content: [{ text: 'done' }] };
    expect((await session.call('job')).body.result).toMatchObject(done);
    const hearing = await streaming;
    expect((await hearing.next()).params).toMatchObject({ data: 'of hear' });
    expect((await hearing.answer()).result).toMatchObject(done);
  });

  it('tells a session of what it subscribed to, after its process has ended, too', async () => {
    const session = await door.open('modern');
    await session.request('resources/subscribe', { uri: GREETING });
    const first = await processOf(session);
    let stream = await session.listen();
    await session.call('change');
    expect(await stream.nextOf(UPDATED)).toMatchObject({ params: { uri: GREETING } });
    await session.call('die');
    await expect(stream.nextOf('never')).rejects.toThrow('the stream has ended');
    await expect.poll(async () => (stream = await session.listen()).status, TIMEOUT).toBe(200);
    await session.call('change');
    expect(await stream.nextOf(UPDATED)).toMatchObject({ params: { uri: GREETING } });
    expect(await processOf(session)).not.toBe(first);
    await stream.close();
  });

  it('tells each subscription of the stateless era what it asked for', async () => {
    const tools = await stateless.listen({ toolsListChanged: true });
    const both = await stateless.listen({ toolsListChanged: true, resourceSubscriptions: [GREETING] });
    const heard = async () => (await stateless.call('change'), both.methods.includes(UPDATED));
    await expect.poll(heard, TIMEOUT).toBe(true);
    await expect.poll(() => tools.methods).toContain('notifications/tools/list_changed');
    expect(tools.methods).not.toContain(UPDATED);
    await Promise.all([tools.close(), both.close()]);
  });

  it('gets its messages of a log to the call that asked for them', async () => {
    const heard = async (meta: JsonObject) => {
      const stream = await stateless.open('tools/call', { name: 'tell', arguments: {} }, { meta });
      await stream.ended;
      return stream.methods;
    };
    expect(await heard({})).toStrictEqual([undefined]);
    expect(await heard({ [`${META}/logLevel`]: 'info' })).toStrictEqual(['notifications/message', undefined]);
  });
});

describe('a process of the stateless era', () => {
  it('is one session’s alone, and ends with it', async () => {
    const [one, other] = [await door.open('modern'), await door.open('modern')];
    const processes = [
      await processOf(one),
      await processOf(other),
      await processOf(raw),
      await processOf(stateless),
    ];
    expect(new Set(processes).size).toBe(4);
    const before = door.gateway().activity().programs;
    expect((await send(one.url, '', one.headers, 'DELETE')).status).toBe(204);
    await expect.poll(() => door.gateway().activity().programs, TIMEOUT).toBe(before - 1);
    expect(await processOf(other)).toBe(processes[1]);
  });

  it('that ended for nobody used it is followed by another, and the agent notices nothing', async () => {
    const session = await door.open('brief');
    const first = await processOf(session);
    const running = door.gateway().activity().programs;
    await expect.poll(() => door.gateway().activity().programs, { timeout: 15_000 }).toBeLessThan(running);
    const again = await session.call('which');
    expect(again.body.result?.isError).toBeUndefined();
    expect(again.body.result?.content?.[0]?.text).not.toBe(first);
    // Those that come after count programs, and this one would end by itself among them.
    expect((await send(session.url, '', session.headers, 'DELETE')).status).toBe(204);
    await expect.poll(() => door.gateway().activity().programs, TIMEOUT).toBeLessThan(running);
  });

  it('ends with the access of whom it is for', async () => {
    const token = await door.userToken('modern', 'bob@acme.example');
    const theirs = new StatelessClient(door.resource('modern'), token);
    expect(await processOf(theirs)).toBeDefined();
    const running = door.gateway().activity().programs;
    await door.revokePerson('bob@acme.example');
    await expect.poll(() => door.gateway().activity().programs, TIMEOUT).toBe(running - 1);
    expect((await theirs.call('which')).status).toBe(401);
  });
});

describe('a program that', () => {
  it('speaks both eras is spoken to in the newer one', async () => {
    const session = await door.open('both');
    expect((await session.call('echo', { text: 'both' })).body.result).toMatchObject({
      structuredContent: { text: 'both' },
    });
    expect(seen('both', 'initialize')).toHaveLength(0);
  });

  it.each(['picky', 'silent'])(
    '[mcp-2026-stdio] knows the session era alone and is %s about all else is told initialize',
    async (name) => {
      const { client } = await connect(door.resource(name), await door.agentToken(name));
      const answer = await client.callTool({ name: 'echo', arguments: { say: 'hello' } });
      expect(answer.content).toStrictEqual([{ type: 'text', text: 'hello' }]);
      await client.close();
      const asked = seen(name, 'server/discover').length;
      await door.open(name);
      expect(seen(name, 'server/discover')).toHaveLength(asked);
    },
  );
});
