/** Tasks of 2026-07-28 with a server whose words a test writes itself: what is believed of them, and who hears of them. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { stampOf, type RawAnswer } from './testing/mcp-client.ts';
import {
  answerWith,
  DISCOVERED,
  resultEvent,
  startScriptedUpstream,
  streamOf,
  TOOL,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import type { StatelessClient } from './testing/stateless-client.ts';

const EXTENSION = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const ABLE = { meta: { 'io.modelcontextprotocol/clientCapabilities': { ...EXTENSION, elicitation: {} } } };
const ID = 'io.modelcontextprotocol/subscriptionId';
const TOLD = 'notifications/tasks';
const OURS = 'dev.countersign/receipt';
const DONE = { taskId: 'own', status: 'completed', result: { content: [], n: 1 } };
const TWICE = '"taskId":"own","status":"completed","result":{"content":[],"isError":false,"isError":true}';
const FORM = {
  method: 'elicitation/create',
  params: { message: 'Which?', requestedSchema: { type: 'object', properties: {} } },
};

const WANTS_BROWSER = {
  code: -32_042,
  message: 'Open this',
  data: { elicitations: [{ mode: 'url', url: 'http://evil.example', elicitationId: 'e', message: 'm' }] },
};

let door: FrontDoor;
let odd: ScriptedUpstream;
let alice: StatelessClient;
/** The server's own streams, the newest last. */
const feeds: ServerResponse[] = [];

beforeAll(async () => {
  door = await openFrontDoor();
  odd = door.before(await startScriptedUpstream());
  beOdd(odd);
  await door.register({ odd: { url: odd.url } });
  alice = await door.statelessFor('alice@acme.example', 'odd');
});

afterAll(() => door?.close());

beforeEach(async () => {
  odd.on('tools/call', answerWith('{"resultType":"task","taskId":"own","status":"working","ttlMs":null}'));
  await alice.call('act', {}, ABLE);
});

function beOdd(server: ScriptedUpstream): void {
  const capabilities = { tools: {}, ...EXTENSION };
  server.on('server/discover', answerWith(JSON.stringify({ ...DISCOVERED, capabilities })));
  server.on('tools/list', answerWith(JSON.stringify({ resultType: 'complete', tools: [TOOL] })));
  server.on('subscriptions/listen', (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    feeds.push(response);
  });
}

function say(...states: readonly JsonObject[]): void {
  for (const params of states)
    feeds.at(-1)?.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method: TOLD, params })}\n\n`);
}

/** How tasks/get is answered from now on. */
function taskIs(state: JsonObject | string): void {
  const text = typeof state === 'string' ? state : JSON.stringify({ resultType: 'complete', ...state });
  odd.on('tasks/get', answerWith(text));
}

function get(taskId = 'own'): Promise<RawAnswer> {
  return alice.request('tasks/get', { taskId }, ABLE);
}

async function statusOf({ body }: RawAnswer): Promise<unknown> {
  return (await door.receiptOf(stampOf(body).id)).summary.status;
}

/** How the questions in the log stand, one after another. */
async function ends(): Promise<readonly (string | undefined)[]> {
  return (await door.summaries()).flatMap(({ kind, status }) => (kind === 'elicitation' ? [status] : []));
}

describe('a server', () => {
  it.each([
    ['that was not told that one may come', '{"resultType":"task","taskId":"own","status":"working"}', {}],
    ['without an id', '{"resultType":"task","status":"working"}', ABLE],
    ['with an endless id', `{"resultType":"task","taskId":"${'x'.repeat(1_025)}","status":"working"}`, ABLE],
    ['whose id is no Unicode text', '{"resultType":"task","taskId":"\\ud800","status":"working"}', ABLE],
    ['in no state that there is', '{"resultType":"task","taskId":"own","status":"done"}', ABLE],
    ['that asks at once', '{"resultType":"task","taskId":"own","status":"working","inputRequests":{}}', ABLE],
  ])('that answers a call with a task %s is not believed', async (_what, result, extra) => {
    odd.on('tools/call', answerWith(result));
    const answer = await alice.call('act', {}, extra);
    expect(answer.body.error?.message).toContain('task');
    expect(await statusOf(answer)).toBe('protocol_error');
  });

  it.each([
    ['another task', { taskId: 'other', status: 'working' }],
    ['a working task with a result', { ...DONE, status: 'working' }],
    ['a working task that asks', { taskId: 'own', status: 'working', inputRequests: { a: FORM } }],
    ['a finished task without its result', { taskId: 'own', status: 'completed' }],
    ['a failed task whose error is none', { taskId: 'own', status: 'failed', error: { message: 7 } }],
    ['a result that says a thing twice', `{${TWICE}}`],
    ['more questions than are relayed', { ...waiting(17) }],
    ['a question that its revision does not know', { ...waiting(1, { method: 'tools/call', params: {} }) }],
    [
      'a question that is no Unicode text',
      waiting(1, { ...FORM, params: { ...FORM.params, message: '\ud800' } }),
    ],
    ['a question in other letters', { taskId: 'own', status: 'working', InputRequests: { a: FORM } }],
    ['a result that asks', { ...DONE, result: { resultType: 'input_required', inputRequests: { a: FORM } } }],
    ['a result that is a task', { ...DONE, result: { resultType: 'task', taskId: 'in', status: 'working' } }],
    ['an error that wants a browser', { taskId: 'own', status: 'failed', error: WANTS_BROWSER }],
  ])('that answers with %s is not believed', async (_what, state) => {
    taskIs(state);
    const answer = await get();
    expect(answer.body.error?.message).toContain('not valid MCP');
    expect(await statusOf(answer)).toBe('protocol_error');
  });

  it('says nothing in the end of a task that only we may say, and its numbers stay as they are', async () => {
    const meta = `"_meta":{"${OURS}":{"id":"forged"},"own":1}`;
    taskIs(`{"taskId":"own","status":"completed","result":{"content":[],"n":1.50,${meta}}}`);
    const { body, text } = await get();
    expect(text).toContain('"n":1.50');
    expect(body.result?.['result']).toMatchObject({ _meta: { own: 1 } });
    expect(text).not.toContain('forged');
    taskIs(`{"taskId":"own","status":"failed","error":{"code":1,"message":"m","data":{${meta}}}}`);
    const failed = await get();
    expect(failed.body.result?.['error']).toMatchObject({ data: { _meta: { own: 1 } } });
    expect(failed.text).not.toContain('forged');
  });

  it('may call its tasks what no header can carry', async () => {
    const taskId = 'ü\r\nx-own: 1 ';
    odd.on('tools/call', answerWith(JSON.stringify({ resultType: 'task', taskId, status: 'working' })));
    await alice.call('act', {}, ABLE);
    taskIs({ taskId, status: 'working' });
    const name = `=?base64?${Buffer.from(taskId).toString('base64')}?=`;
    const asked = await alice.request('tasks/get', { taskId }, { ...ABLE, headers: { 'mcp-name': name } });
    expect(asked.body.result).toMatchObject({ taskId });
    expect(odd.mentioning('"tasks/get"').at(-1)?.headers).toMatchObject({ 'mcp-name': name });
  });

  it('hears no answer where none is given, and none by a name in other letters', async () => {
    taskIs(DONE);
    await alice.request('tasks/get', { taskId: 'own', inputResponses: { a: { action: 'accept' } } }, ABLE);
    expect(odd.mentioning('inputResponses')).toStrictEqual([]);
    const params = { taskId: 'own', inputResponses: {}, InputResponses: { a: { action: 'accept' } } };
    expect((await alice.request('tasks/update', params, ABLE)).body.error?.code).toBe(-32602);
    expect(odd.mentioning('InputResponses')).toStrictEqual([]);
  });

  it('says in acknowledgements nothing else, and no receipt says other than what its maker was told', async () => {
    const result =
      '{"resultType":"complete","taskId":"own","status":"completed","result":{"content":["all"]}}';
    odd.on('tasks/cancel', answerWith(result));
    odd.on('tasks/update', answerWith(result));
    for (const method of ['tasks/cancel', 'tasks/update']) {
      const { body } = await alice.request(method, { taskId: 'own', inputResponses: {} }, ABLE);
      expect(Object.keys(body.result ?? {})).toStrictEqual(['resultType', '_meta']);
    }
    taskIs({ ...DONE, isError: true });
    expect(await statusOf(await get())).toBe('ok');
  });

  it('hears an answer once, and from none but whom it asked, though others have a task of that id', async () => {
    odd.on('tasks/update', answerWith('{"resultType":"complete"}'));
    const bob = await door.statelessFor('bob@acme.example', 'odd');
    await bob.call('act', {}, ABLE);
    taskIs(waiting(1));
    await get();
    const inputResponses = { q0: { action: 'accept', content: { own: 1 } } };
    const update = (client: StatelessClient) =>
      client.request('tasks/update', { taskId: 'own', inputResponses }, ABLE);
    await update(bob);
    expect(odd.mentioning('"content"')).toStrictEqual([]);
    await Promise.all([update(alice), update(alice), update(alice)]);
    expect(odd.mentioning('"content"')).toHaveLength(1);
  });

  it('hears no answer to what policy no longer lets it ask', async () => {
    odd.on('tasks/update', answerWith('{"resultType":"complete"}'));
    taskIs(waiting(1));
    expect((await get()).body.result).toHaveProperty('inputRequests.q0');
    const all = 'permit (principal, action, resource);';
    const none = 'forbid (principal, action == Action::"elicitation/create", resource);';
    const inputResponses = { q0: { action: 'accept', content: {} } };
    const update = () => alice.request('tasks/update', { taskId: 'own', inputResponses }, ABLE);
    const heard = () => odd.mentioning('"tasks/update"').at(-1)?.message.params?.['inputResponses'];
    await savePolicies({ all, none });
    await update();
    expect(heard()).toStrictEqual({});
    await savePolicies({ all });
    await update();
    expect(heard()).toStrictEqual(inputResponses);
  });

  it('hears all answers of an update or none, and those that it did not hear may be given again', async () => {
    taskIs(waiting(2));
    await get();
    const before = odd.mentioning('"content"').length;
    const yes = { action: 'accept', content: { own: 2 } };
    const update = (inputResponses: JsonObject) =>
      alice.request('tasks/update', { taskId: 'own', inputResponses }, ABLE);
    await door.asOwner(async (owner) => {
      await owner.query('begin');
      // They may be read, and not taken.
      await owner.query('lock table mcp_relay in exclusive mode');
      const updates = [update({ q0: yes }), update({ q1: yes, q0: yes })];
      const waits = `select 1 from pg_locks where not granted and relation = 'mcp_relay'::regclass`;
      await expect.poll(async () => (await owner.query(waits)).rowCount).toBe(2);
      await owner.query('commit');
      await Promise.all(updates);
    });
    await update({ q1: yes });
    const heard = odd
      .mentioning('"content"')
      .slice(before)
      .map(({ body }) => body);
    expect(heard.filter((body) => body.includes('"q0":'))).toHaveLength(1);
    expect(heard.filter((body) => body.includes('"q1":'))).toHaveLength(1);
  });

  it('asks no more of a task than of a call, whenever its maker looks', async () => {
    for (let look = 0; look < 4; look += 1) {
      const asked = Array.from({ length: 16 }, (_, index) => [`many${look}-${index}`, FORM] as const);
      taskIs({ taskId: 'own', status: 'input_required', inputRequests: Object.fromEntries(asked) });
      expect(Object.keys((await get()).body.result?.['inputRequests'] ?? {})).toHaveLength(16);
    }
    taskIs({ taskId: 'own', status: 'input_required', inputRequests: { 'one more': FORM } });
    const refused = await get();
    expect(refused.body.error?.message).toContain('more than may be asked');
    expect(await statusOf(refused)).toBe('protocol_error');
  });

  it('that asks something else by the same name has ended what it asked before', async () => {
    const before = (await ends()).length;
    for (const message of ['One?', 'Another?']) {
      const asked = { ...FORM, params: { ...FORM.params, message } };
      taskIs({ taskId: 'own', status: 'input_required', inputRequests: { same: asked } });
      expect((await get()).body.result?.['inputRequests']).toMatchObject({ same: { params: { message } } });
    }
    expect((await ends()).slice(before)).toStrictEqual(['held', 'held', 'cancelled']);
  });

  it('leaves no question open in the log, however its task ends', async () => {
    for (const end of ['completed', 'cancelled'] as const) {
      const before = (await ends()).length;
      taskIs({ taskId: 'own', status: 'input_required', inputRequests: { [`until ${end}`]: FORM } });
      await get();
      odd.on('tasks/cancel', answerWith('{"resultType":"complete"}'));
      taskIs(DONE);
      if (end === 'cancelled') await alice.request('tasks/cancel', { taskId: 'own' }, ABLE);
      else await get();
      expect((await ends()).slice(before)).toStrictEqual(['held', 'cancelled']);
    }
  });

  it('puts no question that policy has ruled out, or whose maker lost access, while it thought', async () => {
    const all = 'permit (principal, action, resource);';
    const none = 'forbid (principal, action == Action::"elicitation/create", resource);';
    const thinkFor = (meanwhile: () => Promise<void>) =>
      odd.on('tasks/get', (received, response) => {
        const answer = answerWith(JSON.stringify({ resultType: 'complete', ...waiting(1) }));
        void meanwhile().then(() => answer(received, response));
      });
    thinkFor(() => savePolicies({ all, none }));
    const asked = await get();
    await savePolicies({ all });
    expect(asked.body.error?.message).toContain('not put to anybody');
    const ada = await door.statelessFor('ada@acme.example', 'odd');
    await ada.call('act', {}, ABLE);
    const before = await keptQuestions();
    thinkFor(() => door.revokePerson('ada@acme.example'));
    const late = await ada.request('tasks/get', { taskId: 'own' }, ABLE);
    expect(await statusOf(late)).toBe('withheld');
    expect(await keptQuestions()).toStrictEqual(before);
  });

  it('says nothing of tasks to a session, neither on its stream nor in a call', async () => {
    const session = await door.openFor('bob@acme.example', 'odd');
    const streams = feeds.length;
    const stream = await session.listen();
    await expect.poll(() => feeds.length).toBeGreaterThan(streams);
    const news = { jsonrpc: '2.0', method: TOLD, params: { ...DONE, taskId: 'of another' } };
    say(news.params);
    feeds
      .at(-1)
      ?.write('data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error"}}\n\n');
    expect((await stream.next()).method).toBe('notifications/message');
    await stream.close();
    odd.on(
      'tools/call',
      streamOf((received) => [JSON.stringify(news), resultEvent(received)]),
    );
    expect((await session.call('act')).text).not.toContain(TOLD);
  });

  it('whose task could not be noted has made none that anybody is told of', async () => {
    await door.asOwner((owner) => owner.query('revoke insert on mcp_task from countersign_app'));
    const answer = await alice
      .call('act', {}, ABLE)
      .finally(() => door.asOwner((owner) => owner.query('grant insert on mcp_task to countersign_app')));
    expect(answer.body.error?.message).toContain('could not be noted');
  });
});

function waiting(count: number, request: JsonObject = FORM): JsonObject {
  const asked = Array.from({ length: count }, (_, index) => [`q${index}`, request]);
  return { taskId: 'own', status: 'input_required', inputRequests: Object.fromEntries(asked) as JsonObject };
}

describe('who listens for tasks', () => {
  it('says so, or is told to [mcp-tasks-extension-undeclared]', async () => {
    const { response, messages, ended } = await alice.listen({ taskIds: ['own'] });
    await ended;
    expect(response.status).toBe(400);
    expect(messages[0]?.error).toMatchObject({ code: -32021, data: { requiredCapabilities: EXTENSION } });
  });

  it('may name 64 of them', async () => {
    const taskIds = Array.from({ length: 65 }, (_, index) => `t${index}`);
    const { messages, ended } = await alice.listen({ taskIds }, ABLE);
    await ended;
    expect(messages[0]?.error).toMatchObject({ code: -32602 });
  });

  it('hears of their own alone, what tasks/get says, receipted [mcp-tasks-extension-binding]', async () => {
    taskIs(DONE);
    odd.on('tools/call', answerWith('{"resultType":"task","taskId":"unasked","status":"working","ttlMs":1}'));
    await alice.call('act', {}, ABLE);
    const before = odd.mentioning('"tasks/get"').length;
    const stream = await alice.listen({ taskIds: ['own', 'other'] }, { ...ABLE, id: 'mine' });
    await expect.poll(() => stream.messages.length).toBe(1);
    expect(stream.messages[0]?.params?.['notifications']).toStrictEqual({ taskIds: ['own'] });
    await expect.poll(() => odd.mentioning('taskIds').length).toBeGreaterThan(0);
    const asked = odd.mentioning('taskIds').at(-1)?.message.params;
    expect(asked?.['notifications']).toMatchObject({ taskIds: ['own'] });
    expect(asked?.['_meta']).toMatchObject({ 'io.modelcontextprotocol/clientCapabilities': EXTENSION });
    const forged = { taskId: 'own', status: 'completed', result: { content: [], said: 'on the stream' } };
    say({ taskId: 'other', status: 'working' }, { taskId: 'unasked', status: 'working' }, forged);
    await expect.poll(() => stream.methods).toContain(TOLD);
    const told = stream.messages.filter(({ method }) => method === TOLD);
    expect(told.map(({ params }) => params)).toMatchObject([{ ...DONE, _meta: { [ID]: 'mine' } }]);
    expect(JSON.stringify(told)).not.toContain('on the stream');
    const { id } = told[0]?.params?._meta?.[OURS] as unknown as { id: string };
    expect((await door.receiptOf(id)).summary).toMatchObject({ kind: 'task', status: 'ok' });
    expect(odd.mentioning('"tasks/get"')).toHaveLength(before + 1);
    await stream.close();
  });

  it('hears of one that goes on once in a second at most, and of one that has ended no more', async () => {
    odd.on('tools/call', answerWith('{"resultType":"task","taskId":"ended","status":"working"}'));
    await alice.call('act', {}, ABLE);
    const looks: [id: string, at: number][] = [];
    odd.on('tasks/get', (received, response) => {
      const taskId = String(received.message.params?.['taskId']);
      looks.push([taskId, performance.now()]);
      const state = taskId === 'own' ? { taskId, status: 'working' } : { ...DONE, taskId };
      answerWith(JSON.stringify({ resultType: 'complete', ...state }))(received, response);
      say(DONE, { ...DONE, taskId: 'ended' });
    });
    const streams = feeds.length;
    const stream = await alice.listen({ taskIds: ['own', 'ended'] }, ABLE);
    await expect.poll(() => feeds.length).toBeGreaterThan(streams);
    say(DONE, { ...DONE, taskId: 'ended' });
    await expect.poll(() => looks.filter(([id]) => id === 'own').length, { timeout: 5_000 }).toBe(2);
    await stream.close();
    const [first, second] = looks.filter(([id]) => id === 'own').map(([, at]) => at);
    expect(second! - first!).toBeGreaterThan(900);
    expect(looks.filter(([id]) => id === 'ended')).toHaveLength(1);
  });

  it('hears nothing any more once policy does not permit it', async () => {
    taskIs(DONE);
    const streams = feeds.length;
    const stream = await alice.listen({ taskIds: ['own'] }, ABLE);
    await expect.poll(() => feeds.length).toBeGreaterThan(streams);
    await savePolicies({ all: 'permit (principal, action == Action::"tools/call", resource);' });
    const before = odd.mentioning('"tasks/get"').length;
    say({ taskId: 'own', status: 'working' });
    await expect
      .poll(async () => (await door.summaries()).at(-1))
      .toMatchObject({ kind: 'task', status: 'denied' });
    expect(stream.methods).not.toContain(TOLD);
    expect(odd.mentioning('"tasks/get"')).toHaveLength(before);
    await savePolicies({ all: 'permit (principal, action, resource);' });
    await stream.close();
  });
});

it('a server at another address has none of the tasks of the one before', async () => {
  const other = door.before(await startScriptedUpstream());
  beOdd(other);
  await door.register({ odd: { url: other.url } });
  await expect.poll(async () => (await get()).body.error?.message).toBe('Unknown task: own');
  expect(other.mentioning('"tasks/get"')).toStrictEqual([]);
});

it('nothing of all this was attempted without an outcome, or with two', async () => {
  const summaries = await door.summaries();
  const attempts = summaries.filter(({ kind }) => kind === 'attempt').map(({ id }) => id);
  const ended = summaries.filter(({ kind }) => kind === 'tool_call' || kind === 'task');
  expect(ended.flatMap(({ attempt }) => attempt ?? []).toSorted()).toStrictEqual(attempts.toSorted());
});

/** What has been asked and waits for its answer: it is kept once it is in the log. */
async function keptQuestions(): Promise<unknown> {
  const { rows } = await door.asOwner((owner) => owner.query('select count(*) from mcp_relay'));
  return rows[0];
}

async function savePolicies(policies: Readonly<Record<string, string>>): Promise<void> {
  const { database, modules, tenant } = door;
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    const servers = await modules.registry.listIn(tx, tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await modules.policy.save(tx, tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}
