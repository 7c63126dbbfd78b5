/** Tasks of a server with sessions for clients without, where a test writes the server's words: what is believed of them. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '#lib/core';
import { HeldBytes } from './held-bytes.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import type { RawAnswer } from './testing/mcp-client.ts';
import {
  answerWith,
  initializeWith,
  resultEvent,
  startScriptedUpstream,
  streamOf,
  TOOL,
  type Received,
  type Script,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import type { Extra, StatelessClient } from './testing/stateless-client.ts';

const WAITING_FOR_LOCK = 'select 1 from pg_locks where not granted';
const EXTENSION = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const ABLE = { meta: { [CAPABILITIES]: { ...EXTENSION, elicitation: {} } } };
const RELATED = 'io.modelcontextprotocol/related-task';
const STATE = {
  taskId: 'own',
  createdAt: '2026-11-27T00:00:00Z',
  lastUpdatedAt: '2026-11-27T00:00:00Z',
  ttl: 60_000,
};
const FORM = { message: 'Which?', requestedSchema: { type: 'object', properties: {} } };
const RESULT_BYTES_MAX = 4_000_000;
const BROWSER = {
  elicitations: [{ mode: 'url', url: 'https://evil.example', elicitationId: 'e', message: 'm' }],
};

let door: FrontDoor;
let odd: ScriptedUpstream;
let alice: StatelessClient;
/** The same person's client where the same server has a second to answer. */
let hasty: StatelessClient;
/** Where the server waits for whoever wants the result, the newest last. */
let waits: ServerResponse[] = [];

beforeAll(async () => {
  door = await openFrontDoor({ config: { resultBytesMax: RESULT_BYTES_MAX } });
  odd = door.before(await startScriptedUpstream());
  beOdd();
  await door.register({ odd: { url: odd.url }, hasty: { url: odd.url, timeoutMs: 1_000 } });
  hasty = await door.statelessFor('alice@acme.example', 'hasty');
  alice = await door.statelessFor('alice@acme.example', 'odd');
}, 120_000);

afterAll(() => door?.close());

beforeEach(async () => {
  beOdd();
  waits = [];
  await alice.call('act', {}, ABLE);
});

/** A server that makes tasks of calls of `act`, and of `must` nothing else. */
function beOdd(server = odd, more: JsonObject = {}): void {
  const tasks = { requests: { tools: { call: {} } }, ...more };
  server.on('initialize', initializeWith({ tools: {}, tasks }));
  const tools = (['optional', 'required'] as const).map((taskSupport, index) => ({
    ...TOOL,
    name: ['act', 'must'][index],
    execution: { taskSupport },
  }));
  server.on('tools/list', answerWith(JSON.stringify({ tools })));
  server.on('tools/call', answerWith(JSON.stringify({ task: { ...STATE, status: 'working' } })));
  server.on('tasks/result', answerWith('{"content":[]}'));
}

function taskIs(status: string, others: JsonObject = {}): void {
  odd.on('tasks/get', answerWith(JSON.stringify({ ...STATE, status, ...others })));
}

/** Lets whoever wants the result wait, and puts these questions to them. */
function ask(...questions: readonly JsonObject[]): void {
  odd.on('tasks/result', (_received, response) => put(response, questions));
}

function put(response: ServerResponse, questions: readonly JsonObject[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  for (const one of questions) response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...one })}\n\n`);
  waits.push(response);
}

function question(id: number, params: JsonObject = {}): JsonObject {
  const _meta = { [RELATED]: { taskId: 'own' } };
  return { id, method: 'elicitation/create', params: { ...FORM, _meta, ...params } };
}

function errorWith(code: number, data: JsonObject = {}): Script {
  return ({ message }, response) => {
    const error = { code, message: 'so', data };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
  };
}

function get(extra = ABLE, client = alice): Promise<RawAnswer> {
  return client.request('tasks/get', { taskId: 'own' }, extra);
}

async function statusOf(answer: RawAnswer): Promise<string | undefined> {
  return (await door.receiptOf(answer)).summary.status;
}

/** Responses of ours to the server, by the id of what it asked. */
function repliesTo(id: number): readonly Received['message'][] {
  return odd.received
    .map(({ message }) => message)
    .filter((one) => one.method === undefined && one.id === id);
}

async function elicitations(): Promise<readonly (string | undefined)[]> {
  return (await door.summaries()).flatMap(({ kind, status }) => (kind === 'elicitation' ? [status] : []));
}

function inputs({ body }: RawAnswer): Record<string, { readonly params: JsonObject }> {
  return (body.result?.['inputRequests'] ?? {}) as never;
}

describe('a server is not believed that', () => {
  it.each([
    ['makes a task without an id', { status: 'working', ttl: null }],
    ['makes a task with an endless id', { ...STATE, status: 'working', taskId: 'x'.repeat(1_025) }],
    ['makes a task in no state that there is', { ...STATE, status: 'asleep' }],
    ['makes a task whose members have a twin', { ...STATE, status: 'working', TaskId: 'other' }],
  ])('%s', async (_what, task) => {
    odd.on('tools/call', answerWith(JSON.stringify({ task })));
    expect(await statusOf(await alice.call('act', {}, ABLE))).toBe('protocol_error');
  });

  it.each([
    ['names another task', `{"taskId":"other","status":"working","ttl":null}`],
    ['says twice what its task is at', `{"taskId":"own","status":"working","status":"completed"}`],
    ['knows a state that there is not', `{"taskId":"own","status":"asleep"}`],
  ])('%s', async (_what, result) => {
    odd.on('tasks/get', answerWith(result));
    expect(await statusOf(await get())).toBe('protocol_error');
  });

  it.each([
    ['brings another task’s result', answerWith(`{"content":[],"_meta":{"${RELATED}":{"taskId":"other"}}}`)],
    ['brings a result that asks', answerWith(`{"resultType":"input_required","inputRequests":{}}`)],
    ['wants a browser', errorWith(-32_042, BROWSER)],
  ])('%s', async (_what, script) => {
    taskIs('completed');
    odd.on('tasks/result', script);
    const answer = await get();
    expect(answer.body.error?.code).toBe(-31_000);
    expect(answer.text).not.toContain('evil.example');
  });
});

describe('a server', () => {
  it('that says of a task what only the other revision knows is not heard with it', async () => {
    const result = { content: [{ type: 'text', text: 'early' }] };
    taskIs('working', {
      result,
      ttlMs: 1,
      inputRequests: { a: { method: 'roots/list' } },
      resultType: 'task',
      _meta: { [RELATED]: { taskId: 'other' } },
    });
    const { body } = await get();
    expect(body.result).toStrictEqual({
      resultType: 'complete',
      _meta: body.result?._meta,
      taskId: 'own',
      createdAt: STATE.createdAt,
      lastUpdatedAt: STATE.lastUpdatedAt,
      ttlMs: 60_000,
      status: 'working',
    });
    expect(JSON.stringify(body)).not.toContain('related-task');
  });

  it('that calls a result a task has made none', async () => {
    odd.on(
      'tools/call',
      answerWith('{"resultType":"task","taskId":"false","status":"working","content":[]}'),
    );
    expect((await alice.call('act', {}, ABLE)).body.result?.['resultType']).toBe('complete');
    const { body } = await alice.request('tasks/get', { taskId: 'false' }, ABLE);
    expect(body.error?.message).toBe('Unknown task: false');
  });

  it('tells in its result nothing that only we may say', async () => {
    taskIs('completed');
    odd.on(
      'tasks/result',
      answerWith('{"content":[],"_meta":{"dev.countersign/receipt":{"id":"false"},"own":1}}'),
    );
    const answer = await get();
    expect(answer.body.result?.['result']).toStrictEqual({ content: [], _meta: { own: 1 } });
  });

  it('whose task failed with an error has it told as the task’s, and other errors as they are', async () => {
    taskIs('failed');
    odd.on('tasks/result', errorWith(-32_603, { why: 'full' }));
    const failed = await get();
    expect(failed.body.result).toMatchObject({
      status: 'failed',
      error: { code: -32_603, data: { why: 'full' } },
    });
    expect(await statusOf(failed)).toBe('rpc_error');
    // What this code says to clients of the newer revision its server did not mean.
    odd.on('tasks/result', errorWith(-32_021, { why: 'full' }));
    expect((await get()).body.result?.['error']).toMatchObject({ code: -31_000, data: { why: 'full' } });
    taskIs('completed');
    odd.on('tasks/result', errorWith(-32_602));
    expect((await get()).body.error?.code).toBe(-32_602);
  });

  it('is asked for no task where the client takes none and the tool leaves the choice', async () => {
    const before = odd.mentioning('"task":{}').length;
    odd.on('tools/call', answerWith('{"content":[]}'));
    expect((await alice.call('act', {})).body.result).toMatchObject({ resultType: 'complete' });
    expect(odd.mentioning('"task":{}')).toHaveLength(before);
    await alice.call('act', {}, ABLE);
    expect(odd.mentioning('"task":{}')).toHaveLength(before + 1);
  });

  it('is asked for no result once whoever wants it has lost access, though it was asked for the state', async () => {
    const ada = await door.statelessFor('ada@acme.example', 'odd');
    await ada.call('act', {}, ABLE);
    odd.on('tasks/get', (received, response) => {
      const answer = answerWith(JSON.stringify({ ...STATE, status: 'completed' }));
      void door.revokePerson('ada@acme.example').then(() => answer(received, response));
    });
    const before = odd.mentioning('"tasks/result"').length;
    const late = await ada.request('tasks/get', { taskId: 'own' }, ABLE);
    expect(await statusOf(late)).toBe('withheld');
    expect(odd.mentioning('"tasks/result"')).toHaveLength(before);
  });

  it('that cancels no tasks is not asked to, and its maker is told', async () => {
    const { body } = await alice.request('tasks/cancel', { taskId: 'own' }, ABLE);
    expect(body.error?.message).toContain('cancels no tasks');
    expect(odd.mentioning('"tasks/cancel"')).toStrictEqual([]);
  });
});

describe('what a server says of a task', () => {
  it.each([
    ['its state alone', '{"content":[]}', 2_000_000],
    ['state and result together', `{"content":[],"n":"${'x'.repeat(3_500_000)}"}`, 600_000],
  ])('is bounded as the result of a call is: %s', async (_what, result, chars) => {
    taskIs('completed', { statusMessage: 'y'.repeat(chars) });
    odd.on('tasks/result', answerWith(result));
    expect(await statusOf(await get())).toBe('protocol_error');
  });

  it('late, after nobody waited any more, makes nobody ask it more', async () => {
    await hasty.call('act', {}, ABLE);
    const late: ServerResponse[] = [];
    odd.on('', (_received, response) => void late.push(response));
    odd.on(
      'tasks/get',
      streamOf((one) => [
        ...Array.from({ length: 17 }, (_, index) => JSON.stringify({ jsonrpc: '2.0', ...question(index) })),
        resultEvent(one, JSON.stringify({ ...STATE, status: 'completed' })),
      ]),
    );
    expect(await statusOf(await get(ABLE, hasty))).toBe('timed_out');
    const before = odd.mentioning('"tasks/result"').length;
    for (const response of late) response.writeHead(202).end();
    odd.on('', (_received, response) => response.writeHead(202).end());
    await alice.call('act', {}, ABLE);
    await alice.call('act', {}, ABLE);
    expect(odd.mentioning('"tasks/result"')).toHaveLength(before);
  });

  it('and is not waited for any more it hears of, by the name of what it was asked', async () => {
    await hasty.call('act', {}, ABLE);
    taskIs('completed');
    odd.on('tasks/result', () => undefined);
    expect(await statusOf(await get(ABLE, hasty))).toBe('timed_out');
    const { id } = odd.mentioning('"tasks/result"').at(-1)!.message;
    const cancelled = () =>
      odd.mentioning('notifications/cancelled').map(({ message }) => message.params?.['requestId']);
    await expect.poll(cancelled).toContain(id);
  });
});

describe('a question', () => {
  it('is kept also where nobody can tell the server that it was heard', async () => {
    taskIs('input_required');
    ask(question(81));
    const warm = vi.spyOn(door.modules.minting, 'warm').mockRejectedValue(new Error('no keys now'));
    const asked = inputs(await get());
    warm.mockRestore();
    expect(Object.keys(asked)).toHaveLength(1);
  });

  it('that can not be kept is refused to the server, which is left waiting for nobody', async () => {
    taskIs('input_required');
    const rename = (from: string, to: string) =>
      door.asOwner((owner) => owner.query(`alter table mcp_relay rename ${from} to ${to}`));
    odd.on('tasks/result', (_received, response) => {
      void rename('sealed', 'gone').then(() => put(response, [question(82)]));
    });
    const failed = await get();
    await rename('gone', 'sealed');
    expect(failed.body.error?.message).toContain('could not be kept');
    await expect.poll(() => JSON.stringify(repliesTo(82))).toContain('could not be kept');
  });

  it('of which there is no text that could be hashed is refused to the server, and is not made another', async () => {
    taskIs('input_required');
    odd.on('tasks/result', (_received, response) => {
      put(response, []);
      for (const [id, value] of [
        [86, '1e999'],
        [87, '"\\ud800"'],
      ] as const) {
        const one = JSON.stringify({ jsonrpc: '2.0', ...question(id, { value: '?' }) });
        response.write(`data: ${one.replace('"?"', value)}\n\n`);
      }
    });
    expect(inputs(await get())).toStrictEqual({});
    await expect.poll(() => JSON.stringify(repliesTo(86))).toContain('can not be read');
    await expect.poll(() => JSON.stringify(repliesTo(87))).toContain('can not be read');
  });

  it('of more than one may be long is refused to the server before it fills the memory', async () => {
    await hasty.call('act', {}, ABLE);
    const long = [83, 84].map((id) => question(id, { message: 'x'.repeat(600_000) }));
    let tell = () => {};
    odd.on('tasks/get', (received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      for (const one of long) response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...one })}\n\n`);
      const state = JSON.stringify({ ...STATE, status: 'working' });
      tell = () => response.end(`data: ${resultEvent(received, state)}\n\n`);
    });
    odd.on('', ({ message }, response) => {
      response.writeHead(202).end();
      if (message.id === 84) tell();
    });
    expect(await statusOf(await get(ABLE, hasty))).toBe('ok');
    expect(JSON.stringify(repliesTo(84))).toContain('more was asked');
  });

  it('that several looks find at once has as many ends in the log as beginnings', async () => {
    taskIs('input_required');
    ask(question(85));
    const before = (await elicitations()).length;
    const [first] = await Promise.all([get(), get(), get()]);
    const [name] = Object.keys(inputs(first!));
    await alice.request(
      'tasks/update',
      { taskId: 'own', inputResponses: { [name!]: { action: 'decline' } } },
      ABLE,
    );
    const noted = (await elicitations()).slice(before);
    expect(noted.filter((status) => status === 'ok')).toHaveLength(1);
    expect(noted.filter((status) => status !== 'held')).toHaveLength(noted.length / 2);
  });

  it('about another task, or about none, is no question of this one', async () => {
    taskIs('input_required');
    ask(
      question(1, { _meta: { [RELATED]: { taskId: 'other' } } }),
      question(2, { _meta: {} }),
      { id: 3, method: 'tools/list', params: {} },
      question(4),
    );
    const asked = inputs(await get());
    expect(Object.values(asked).map(({ params }) => params)).toStrictEqual([{ ...FORM, _meta: {} }]);
    for (const id of [1, 2, 3]) expect(JSON.stringify(repliesTo(id))).toContain('error');
    expect(repliesTo(4)).toStrictEqual([]);
    // Nobody waits for the result any more, and the server knows.
    const { id } = odd.mentioning('"tasks/result"').at(-1)!.message;
    expect(odd.mentioning('notifications/cancelled').at(-1)?.message.params).toMatchObject({ requestId: id });
  });

  it('is one, however often it is put, and one beyond their number is refused to the server', async () => {
    taskIs('input_required');
    ask(question(1), question(1));
    const [name] = Object.keys(inputs(await get()));
    const before = odd.mentioning('"tasks/result"').length;
    expect(Object.keys(inputs(await get()))).toStrictEqual([name]);
    expect(odd.mentioning('"tasks/result"')).toHaveLength(before);
    await alice.request(
      'tasks/update',
      { taskId: 'own', inputResponses: { [name!]: { action: 'decline' } } },
      ABLE,
    );
    ask(...Array.from({ length: 20 }, (_, index) => question(index + 10)));
    expect(Object.keys(inputs(await get()))).toHaveLength(16);
    expect(repliesTo(25)).toStrictEqual([]);
    expect(JSON.stringify(repliesTo(26))).toContain('more was asked');
  });

  it('has an answer that names the task, once, and one that its server did not take may be given again', async () => {
    taskIs('input_required');
    ask(question(31));
    const update = async () => {
      const [name] = Object.keys(inputs(await get()));
      const yes = { action: 'accept', content: { n: 1 }, _meta: { [RELATED]: { taskId: 'other' } } };
      return await alice.request('tasks/update', { taskId: 'own', inputResponses: { [name!]: yes } }, ABLE);
    };
    odd.on('', (_received, response) => response.writeHead(500).end());
    const refused = await update();
    expect(refused.body.error?.message).toContain('HTTP 500');
    odd.on('', (_received, response) => response.writeHead(202).end());
    expect((await update()).body.result).toMatchObject({ resultType: 'complete' });
    const said = { action: 'accept', content: { n: 1 }, _meta: { [RELATED]: { taskId: 'own' } } };
    expect(repliesTo(31).map((one) => (one as { result?: unknown }).result)).toStrictEqual([said, said]);
    ask();
    expect(inputs(await get())).toStrictEqual({});
  });

  it('is answered once, however often its answer is sent at the same moment', async () => {
    taskIs('input_required');
    ask(question(51));
    const [name] = Object.keys(inputs(await get()));
    const inputResponses = { [name!]: { action: 'decline' } };
    const update = () => alice.request('tasks/update', { taskId: 'own', inputResponses }, ABLE);
    await Promise.all([update(), update(), update()]);
    await update();
    expect(repliesTo(51)).toHaveLength(1);
  });

  it('is kept beside another that was heard at the same moment', async () => {
    taskIs('input_required');
    const asked: (() => void)[] = [];
    odd.on('tasks/result', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      const one = JSON.stringify({ jsonrpc: '2.0', ...question(61 + asked.length) });
      asked.push(() => response.write(`data: ${one}\n\n`));
      if (asked.length === 2) for (const put of asked) put();
    });
    await Promise.all([get(), get()]);
    expect(Object.keys(inputs(await get()))).toHaveLength(2);
  });

  it('of a task that has ended while somebody listened is not waited for', async () => {
    taskIs('input_required');
    odd.on('tasks/result', (received, response) => {
      taskIs('completed');
      answerWith('{"content":[],"n":7}')(received, response);
    });
    expect((await get()).body.result).toMatchObject({ status: 'completed', result: { n: 7 } });
  });

  it('that its server does not wait for any more is over, and the next one is heard', async () => {
    taskIs('input_required');
    ask(question(91));
    const [before, asked] = [(await elicitations()).length, inputs(await get())];
    ask(question(92));
    const params = { requestId: 91 };
    const cancelled = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    const state = JSON.stringify({ ...STATE, status: 'input_required' });
    odd.on(
      'tasks/get',
      streamOf((one) => [cancelled, resultEvent(one, state)]),
    );
    const others = Object.keys(inputs(await get()));
    expect(others).toHaveLength(1);
    expect(Object.keys(asked)).not.toStrictEqual(others);
    expect((await elicitations()).slice(before)).toStrictEqual(['held', 'cancelled', 'held']);
  });

  it('that is refused is so before the next one, and none is once nobody looks any more', async () => {
    await hasty.call('act', {}, ABLE);
    const waiting: ServerResponse[] = [];
    odd.on('', (_received, response) => void waiting.push(response));
    const ofNone = [211, 212, 213].map((id) =>
      JSON.stringify({ jsonrpc: '2.0', ...question(id), params: FORM }),
    );
    const state = JSON.stringify({ ...STATE, status: 'working' });
    odd.on(
      'tasks/get',
      streamOf((one) => [...ofNone, resultEvent(one, state)]),
    );
    const looking = get(ABLE, hasty);
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]?.writeHead(202).end();
    await expect.poll(() => waiting.length).toBe(2);
    expect(await statusOf(await looking)).toBe('timed_out');
    waiting[1]?.writeHead(202).end();
    await hasty.call('act', {}, ABLE);
    expect(waiting).toHaveLength(2);
    odd.on('', (_received, response) => response.writeHead(202).end());
  });

  it('is none of a client that did not say with this request that it can be asked, and waits for one that did', async () => {
    taskIs('input_required');
    ask(question(41));
    const unable = await get({ meta: { [CAPABILITIES]: { ...EXTENSION } } } as never);
    expect(unable.body.error?.message).toContain('did not say that it can be asked');
    expect(repliesTo(41)).toStrictEqual([]);
    expect(Object.keys(inputs(await get()))).toHaveLength(1);
  });
});

describe('a call whose task is waited for', () => {
  it('gets the result also where the wait breaks off, and once', async () => {
    let asked = 0;
    odd.on('tasks/result', (received, response) => {
      asked += 1;
      if (asked > 1) return streamOf((one) => [resultEvent(one, '{"content":[],"n":7}')])(received, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\ndata: \n\n');
    });
    const before = odd.mentioning('"tools/call"').length;
    const answer = await alice.call('must', {});
    expect(answer.body.result).toMatchObject({ resultType: 'complete', n: 7 });
    expect(odd.mentioning('"tools/call"')).toHaveLength(before + 1);
    expect(await statusOf(answer)).toBe('ok');
  });

  it.each([
    ['another task’s', answerWith(`{"content":[],"_meta":{"${RELATED}":{"taskId":"other"}}}`)],
    ['none', answerWith('[]')],
    [
      'an error of another request',
      (_received: Received, response: ServerResponse) => {
        const error = { code: -32_603, message: 'so' };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: 'other', error }));
      },
    ],
  ])('is not told a result that is %s', async (_what, script) => {
    odd.on('tasks/result', script);
    expect(await statusOf(await alice.call('must', {}))).toBe('protocol_error');
  });

  it('that wants a page opened first is made anew then, and nothing of its first answer stays held', async () => {
    const take = vi.spyOn(HeldBytes.prototype, 'take');
    const page = { mode: 'url', url: 'https://pay.example/', elicitationId: 'e', message: 'm' };
    odd.on('tasks/result', errorWith(-32_042, { elicitations: [page] }));
    const able = { meta: { [CAPABILITIES]: { elicitation: { url: {} } } } };
    const { result } = (await alice.call('must', {}, able)).body;
    const [name] = Object.keys(result?.['inputRequests'] ?? {});
    odd.on('tasks/result', answerWith('{"content":[],"n":8}'));
    const inputResponses = { [name!]: { action: 'accept' } };
    const again = {
      name: 'must',
      arguments: {},
      requestState: String(result?.['requestState']),
      inputResponses,
    };
    expect((await alice.request('tools/call', again, able)).body.result).toMatchObject({ n: 8 });
    const [held] = take.mock.contexts as readonly HeldBytes[];
    take.mockRestore();
    await expect.poll(() => held?.used).toBe(0);
  });

  it('whose maker lost access meanwhile is told nothing of what it came to', async () => {
    const bob = await door.statelessFor('bob@acme.example', 'odd');
    let told: (() => void) | undefined;
    odd.on('tasks/result', (received, response) => {
      told = () => answerWith('{"content":[],"secret":1}')(received, response);
    });
    const waiting = bob.call('must', {});
    await expect.poll(() => told).toBeDefined();
    await door.revokePerson('bob@acme.example');
    told?.();
    const answer = await waiting;
    expect(answer.text).not.toContain('secret');
    expect(await statusOf(answer)).toBe('withheld');
  });

  it('whose maker lost access meanwhile is cancelled at once, by its name', async () => {
    const giving = door.before(await startScriptedUpstream());
    beOdd(giving, { cancel: {} });
    await door.register({ soon: { url: giving.url, timeoutMs: 60_000 } });
    const leaving = await door.statelessFor('ada@acme.example', 'soon');
    giving.on('tasks/result', () => undefined);
    const waiting = leaving.call('must', {});
    await expect.poll(() => giving.mentioning('"tasks/result"').length).toBe(1);
    await door.revokePerson('ada@acme.example');
    expect(await statusOf(await waiting)).toBe('withheld');
    const cancelled = () =>
      giving.mentioning('"tasks/cancel"').map(({ message }) => message.params?.['taskId']);
    await expect.poll(cancelled).toStrictEqual(['own']);
  });

  it('whose maker lost access before it had a name is cancelled when that comes', async () => {
    const giving = door.before(await startScriptedUpstream());
    beOdd(giving, { cancel: {} });
    await door.register({ late: { url: giving.url } });
    const leaving = await door.statelessFor('ada@acme.example', 'late');
    let name: (() => void) | undefined;
    giving.on('tools/call', (received, response) => {
      const task = JSON.stringify({ task: { ...STATE, status: 'working' } });
      name = () => answerWith(task)(received, response);
    });
    const waiting = leaving.call('must', {});
    await expect.poll(() => name).toBeDefined();
    await door.revokePerson('ada@acme.example');
    name?.();
    expect(await statusOf(await waiting)).toBe('withheld');
    await expect.poll(() => giving.mentioning('"tasks/cancel"').length).toBe(1);
    expect(giving.mentioning('"tasks/result"')).toStrictEqual([]);
  });

  it('whose maker lost access meanwhile is not asked for again where the wait breaks off', async () => {
    const audrey = await door.statelessFor('audrey@acme.example', 'odd');
    let breakOff: (() => void) | undefined;
    odd.on('tasks/result', (_received, response) => {
      breakOff = () =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\ndata: \n\n');
    });
    const before = odd.mentioning('"tasks/result"').length;
    const waiting = audrey.call('must', {});
    await expect.poll(() => breakOff).toBeDefined();
    await door.revokePerson('audrey@acme.example');
    breakOff?.();
    expect(await statusOf(await waiting)).toBe('withheld');
    expect(odd.mentioning('"tasks/result"')).toHaveLength(before + 1);
  });

  it('is not made anew where the session is lost after it had begun', async () => {
    odd.on('tasks/result', (_received, response) => response.writeHead(404).end());
    const before = odd.mentioning('"tools/call"').length;
    const answer = await alice.call('must', {});
    expect(await statusOf(answer)).toBe('failed');
    expect(odd.mentioning('"tools/call"')).toHaveLength(before + 1);
  });
});

describe('a call that is given up before its task has a name', () => {
  let giving: ScriptedUpstream;
  let client: StatelessClient;
  /** Answers the call that waits, with this result. */
  let answer: ((result: string) => void) | undefined;

  beforeAll(async () => {
    giving = door.before(await startScriptedUpstream());
    beOdd(giving, { cancel: {} });
    await door.register({ giving: { url: giving.url } });
    client = await door.statelessFor('alice@acme.example', 'giving');
  });

  function hold(): void {
    answer = undefined;
    giving.on('tools/call', (received, response) => {
      answer = (result) => answerWith(result)(received, response);
    });
  }

  async function giveUp(name: string, extra: Extra): Promise<void> {
    hold();
    const leaving = new AbortController();
    const open = client.open('tools/call', { name, arguments: {} }, extra, leaving.signal);
    await expect.poll(() => answer).toBeDefined();
    leaving.abort();
    await expect(open).rejects.toThrow();
    await expect.poll(async () => (await door.summaries()).at(-1)?.status).toBe('cancelled');
  }

  const heard = () =>
    giving.received.slice(-2).map(({ message }) => [message.method, message.params?.['taskId']]);

  it.each([
    ['its client may have', 'act', ABLE],
    ['is waited for', 'must', {}],
  ])('cancels the one that %s when that comes, and by its name alone', async (_what, name, extra) => {
    await giveUp(name, extra);
    answer?.(JSON.stringify({ task: { ...STATE, status: 'working' } }));
    await expect.poll(heard).toStrictEqual([
      ['tools/call', undefined],
      ['tasks/cancel', 'own'],
    ]);
  });

  it('cancels the one that a session has asked for, too', async () => {
    const session = await door.openFor('alice@acme.example', 'giving');
    hold();
    const waiting = session.request('tools/call', { name: 'act', task: {} }, 'leaving');
    await expect.poll(() => answer).toBeDefined();
    await session.notify('notifications/cancelled', { requestId: 'leaving' });
    expect(await statusOf(await waiting)).toBe('cancelled');
    answer?.(JSON.stringify({ task: { ...STATE, status: 'working' } }));
    await expect.poll(() => heard()[1]).toStrictEqual(['tasks/cancel', 'own']);
  });

  it('cancels the one that was named and of which nobody was told', async () => {
    hold();
    const leaving = new AbortController();
    const open = client.open('tools/call', { name: 'act', arguments: {} }, ABLE, leaving.signal);
    await expect.poll(() => answer).toBeDefined();
    await door.asOwner(async (owner) => {
      await owner.query('begin');
      await owner.query('lock table mcp_task in access exclusive mode');
      answer?.(JSON.stringify({ task: { ...STATE, status: 'working' } }));
      const noting = () => door.asOwner(async (other) => (await other.query(WAITING_FOR_LOCK)).rowCount);
      await expect.poll(noting).toBeGreaterThan(0);
      leaving.abort();
      await expect(open).rejects.toThrow();
      await expect.poll(heard).toContainEqual(['tasks/cancel', 'own']);
      await owner.query('rollback');
    });
  });

  it('is cancelled as any call where its name does not come soon', async () => {
    await giveUp('must', {});
    await expect.poll(() => heard()[1]?.[0], { timeout: 5_000 }).toBe('notifications/cancelled');
  });
});
