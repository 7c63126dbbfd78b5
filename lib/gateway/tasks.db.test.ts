/** Tasks of 2025-11-25, with a server that does not tell its callers apart: whose they are is kept here. */
import { ElicitRequestSchema, type ElicitRequest } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { startTaskServer, type TaskFixture } from '../../e2e/fixtures/task-server.ts';
import { OWNER_TASKS_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { connect, RawSession, stampOf, type RawAnswer } from './testing/mcp-client.ts';
import { disclosedIn } from './testing/read-log.ts';
import {
  answerWith,
  resultEvent,
  startScriptedUpstream,
  streamOf,
  TOOL,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';

const RELATED = 'io.modelcontextprotocol/related-task';
const METHODS = ['tasks/get', 'tasks/result', 'tasks/cancel'];

let door: FrontDoor;
let office: TaskFixture;
let alice: RawSession;
let token: string;
/** A server whose words a test writes itself. */
let odd: ScriptedUpstream;
let oddSession: RawSession;
let oddToken: string;

beforeAll(async () => {
  door = await openFrontDoor({
    policies: {
      jobs: 'permit (principal, action, resource in Server::"jobs");',
      // Of the tasks of its reports alone nothing more than that.
      half: 'permit (principal, action == Action::"tools/call", resource in Server::"half");',
      report: `permit (principal, action in [Action::"tasks/get", Action::"tasks/result"],
        resource in Tool::"half/report");`,
      calls: 'permit (principal, action == Action::"tools/call", resource in Server::"calls");',
      odd: 'permit (principal, action, resource in Server::"odd");',
    },
  });
  office = await startTaskServer();
  const setup = { url: office.url, timeoutMs: 10_000 };
  odd = await startScriptedUpstream();
  beOdd();
  await door.register({ jobs: setup, half: setup, calls: setup, odd: { url: odd.url } });
  token = await door.userToken('jobs', 'alice@acme.example');
  alice = await RawSession.open(door.resource('jobs'), token);
  oddToken = await door.userToken('odd', 'alice@acme.example');
  oddSession = await RawSession.open(door.resource('odd'), oddToken);
}, 120_000);

afterAll(async () => {
  await office?.stop();
  await odd?.stop();
  await door?.close();
});

/** The id of the task that a server made of a call. */
async function begin(session: RawSession, name = 'report'): Promise<string> {
  const answer = await session.request('tools/call', callOf(name));
  return String((answer.body.result?.['task'] as JsonObject | undefined)?.['taskId']);
}

function callOf(name: string): JsonObject {
  return { name, arguments: name === 'report' ? { topic: 'rain' } : {}, task: { ttl: 60_000 } };
}

async function receiptOf({ body }: RawAnswer) {
  return await door.receipt(stampOf(body).id);
}

function count(method: string): number {
  return office.received.filter((one) => one === method).length;
}

describe('a task', () => {
  it('is made, asked for and fetched by the SDK’s client, each step receipted', async () => {
    const { client } = await connect(door.resource('jobs'), token);
    expect(client.getServerCapabilities()?.tasks).toStrictEqual({
      list: {},
      cancel: {},
      requests: { tools: { call: {} } },
    });
    const { tools } = await client.listTools();
    expect(tools.find(({ name }) => name === 'report')?.execution).toStrictEqual({ taskSupport: 'required' });
    const call = { name: 'report', arguments: { topic: 'snow' } };
    const kinds = new Set<string>();
    let result: unknown;
    for await (const message of client.experimental.tasks.callToolStream(call)) {
      kinds.add(message.type);
      if (message.type === 'taskCreated') await office.finish(message.task.taskId, 'a lot');
      if (message.type === 'result') result = message.result;
    }
    await client.close();
    expect([...kinds]).toStrictEqual(['taskCreated', 'taskStatus', 'result']);
    expect(JSON.stringify(result)).toContain('snow: a lot');
    const receipts = await door.receipts();
    const made = receipts.find(({ summary }) => summary.kind === 'tool_call' && summary.status === 'task');
    const fetched = receipts.findLast(({ summary }) => summary.kind === 'task');
    expect(fetched?.summary).toMatchObject({ status: 'ok', tool: 'report' });
    const details = { call: made?.summary.attempt, method: 'tasks/result' };
    expect(disclosedIn(fetched as never)['details']).toBe(JSON.stringify(details));
    const ids = [made, fetched].flatMap((one) => [one?.summary.id, one?.summary.attempt]);
    expect((await door.verify(ids as string[])).verdict).toBe('VALID');
  });

  it('is its maker’s in another session too, at another replica, until it is cancelled', async () => {
    const id = await begin(alice);
    const replica = await door.addReplica();
    const other = await RawSession.open(replica.resource('jobs'), token);
    expect((await other.request('tasks/get', { taskId: id })).body.result).toMatchObject({
      taskId: id,
      status: 'working',
    });
    const cancelled = await other.request('tasks/cancel', { taskId: id });
    expect(cancelled.body.result).toMatchObject({ status: 'cancelled' });
    expect((await receiptOf(cancelled))?.summary).toMatchObject({ kind: 'task', status: 'ok' });
    const again = await alice.request('tasks/cancel', { taskId: id });
    expect(again.body.error?.message).toContain('terminal status');
    expect((await receiptOf(again))?.summary).toMatchObject({ kind: 'task', status: 'rpc_error' });
    await replica.close();
  });

  it('asks its maker inside tasks/result, and ends with the answer', async () => {
    const asked: ElicitRequest['params'][] = [];
    const { client } = await connect(door.resource('jobs'), token, { elicitation: {} });
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params);
      return { action: 'accept', content: { colour: 'green' } };
    });
    await client.listTools();
    let result: unknown;
    const call = { name: 'survey', arguments: {} };
    for await (const message of client.experimental.tasks.callToolStream(call))
      if (message.type === 'result') result = message.result;
    await client.close();
    expect(JSON.stringify(result)).toContain('green');
    expect(asked[0]?._meta?.[RELATED]).toBeDefined();
    const receipts = await door.receipts();
    const fetched = receipts.findLast(({ summary }) => summary.kind === 'task');
    const questions = receipts.filter(({ summary }) => summary.kind === 'elicitation');
    expect(questions.map(({ summary }) => [summary.status, summary.attempt])).toStrictEqual([
      ['held', fetched?.summary.attempt],
      ['ok', fetched?.summary.attempt],
    ]);
  });

  it('is waited for until whoever waits says that they no longer do', async () => {
    const id = await begin(alice);
    const [asked, before] = [count('tasks/result'), count('notifications/cancelled')];
    const waiting = alice.request('tasks/result', { taskId: id }, 'waits');
    await expect.poll(() => count('tasks/result')).toBeGreaterThan(asked);
    await expect
      .poll(async () => {
        await alice.notify('notifications/cancelled', { requestId: 'waits', reason: 'later' });
        return count('notifications/cancelled');
      })
      .toBeGreaterThan(before);
    expect((await receiptOf(await waiting))?.summary).toMatchObject({ kind: 'task', status: 'cancelled' });
    await office.finish(id, 'now');
    const fetched = await alice.request('tasks/result', { taskId: id });
    expect(fetched.body.result?.content?.[0]?.text).toBe('rain: now');
  });

  it('is one of so many of its maker, who is told what to do about one more, and its server is not asked', async () => {
    const bob = await RawSession.open(
      door.resource('jobs'),
      await door.userToken('jobs', 'bob@acme.example'),
    );
    await begin(bob);
    await door.asOwner((owner) =>
      owner.query(
        `insert into mcp_task (tenant_id, id_hash, tool, call_id, expires_at, owner_hash)
          select tenant_id, decode(md5(n::text), 'hex'), tool, call_id, expires_at, owner_hash from generate_series(2, $1) as n,
          (select * from mcp_task where expires_at < now() + interval '2 days' order by expires_at desc limit 1) as made`,
        [OWNER_TASKS_MAX],
      ),
    );
    const before = count('tools/call');
    const { body } = await bob.request('tools/call', callOf('report'));
    expect(body.error).toMatchObject({
      code: -31000,
      message: expect.stringContaining("server 'jobs'") as string,
    });
    expect(body.error?.message).toContain('without params.task');
    expect(count('tools/call')).toBe(before);
    expect((await bob.call('echo', { text: 'still' })).text).toContain('still');
    expect(await begin(alice)).not.toBe('undefined');
    await door.asOwner((owner) => owner.query('delete from mcp_task where octet_length(id_hash) = 16'));
  });

  it('is not told to whom lost access while they waited', async () => {
    const ada = await RawSession.open(
      door.resource('jobs'),
      await door.userToken('jobs', 'ada@acme.example'),
    );
    const id = await begin(ada);
    const before = count('tasks/result');
    const waiting = ada.request('tasks/result', { taskId: id });
    await expect.poll(() => count('tasks/result')).toBeGreaterThan(before);
    await door.revokePerson('ada@acme.example');
    await office.finish(id, 'secret');
    const answer = await waiting;
    expect(answer.text).not.toContain('secret');
    expect((await receiptOf(answer))?.summary).toMatchObject({ kind: 'task', status: 'withheld' });
    expect((await ada.request('tasks/get', { taskId: id })).status).toBe(401);
  });
});

describe('somebody else’s task', () => {
  it.each([
    ['another person, through the same client', () => door.userToken('jobs', 'bob@acme.example', token)],
    ['another client of the same person', () => door.userToken('jobs', 'alice@acme.example')],
    ['an agent without a person', () => door.agentToken('jobs')],
  ])(
    'is none to %s, as is one that was made up [mcp-tasks-access] [mcp-tasks-error]',
    async (_who, tokenOf) => {
      const id = await begin(alice);
      const stranger = await RawSession.open(door.resource('jobs'), await tokenOf());
      const before = office.received.length;
      for (const method of METHODS) {
        const foreign = await stranger.request(method, { taskId: id });
        const invented = await stranger.request(method, { taskId: 'f'.repeat(32) });
        expect(foreign.body.error).toMatchObject({ code: -32602, message: `Unknown task: ${id}` });
        expect(invented.body.error).toMatchObject({
          code: -32602,
          message: `Unknown task: ${'f'.repeat(32)}`,
        });
        const denied = await receiptOf(foreign);
        expect(denied?.summary).toMatchObject({ kind: 'task', status: 'denied', effect: 'deny' });
      }
      expect(office.received.slice(before)).toStrictEqual([]);
      expect((await alice.request('tasks/get', { taskId: id })).body.result).toMatchObject({
        status: 'working',
      });
    },
  );

  it('is in nobody’s list but its maker’s, whose pages hide where they end [mcp-tasks-access] [mcp-tasks-error]', async () => {
    const bob = await RawSession.open(
      door.resource('jobs'),
      await door.userToken('jobs', 'bob@acme.example'),
    );
    const own: string[] = [];
    for (let index = 0; index < 11; index += 1) own.push(await begin(bob));
    const { tasks, cursors } = await listAll(bob);
    expect(tasks).toStrictEqual(own);
    expect(cursors.length).toBeGreaterThan(0);
    const ids = office.received.length;
    const foreign = await alice.request('tasks/list', { cursor: cursors[0] });
    const invented = await alice.request('tasks/list', { cursor: own[0] });
    expect([foreign.body.error?.code, invented.body.error?.code]).toStrictEqual([-32602, -32602]);
    expect(office.received).toHaveLength(ids);
    const hers = await begin(alice);
    const listed = await listAll(alice);
    expect(listed.tasks).toContain(hers);
    expect(listed.tasks.filter((id) => own.includes(id))).toStrictEqual([]);
    // The server's own cursor is a task's id.
    expect(listed.cursors.filter((cursor) => own.includes(cursor))).toStrictEqual([]);
  });
});

async function listAll(session: RawSession): Promise<{ tasks: string[]; cursors: string[] }> {
  const tasks: string[] = [];
  const cursors: string[] = [];
  for (;;) {
    const cursor = cursors.at(-1);
    const { body } = await session.request('tasks/list', cursor === undefined ? {} : { cursor });
    const page = (body.result?.['tasks'] ?? []) as JsonObject[];
    tasks.push(...page.map(({ taskId }) => String(taskId)));
    const next = body.result?.['nextCursor'];
    if (typeof next !== 'string') return { tasks, cursors };
    cursors.push(next);
  }
}

describe('policy', () => {
  it('permits tasks by the tool that made them, and the client is offered no more', async () => {
    const half = await door.userToken('half', 'alice@acme.example');
    const { client } = await connect(door.resource('half'), half);
    expect(client.getServerCapabilities()?.tasks).toStrictEqual({
      list: {},
      requests: { tools: { call: {} } },
    });
    await client.close();
    const session = await RawSession.open(door.resource('half'), half, { elicitation: {} });
    const report = await begin(session);
    const survey = await begin(session, 'survey');
    expect((await session.request('tasks/get', { taskId: report })).body.result).toBeDefined();
    expect((await session.request('tasks/get', { taskId: survey })).body.error).toMatchObject({
      code: -32602,
      message: `Unknown task: ${survey}`,
    });
    expect((await session.request('tasks/cancel', { taskId: report })).body.error?.code).toBe(-32601);
    expect((await listAll(session)).tasks).toStrictEqual([report]);
  });

  it('that permits no tasks makes a call of a call, and tasks no methods at all [mcp-tasks-undeclared]', async () => {
    const calls = await door.userToken('calls', 'alice@acme.example');
    const { client } = await connect(door.resource('calls'), calls);
    expect(client.getServerCapabilities()).not.toHaveProperty('tasks');
    await client.close();
    const session = await RawSession.open(door.resource('calls'), calls);
    const params = { name: 'echo', arguments: { text: 'hello' }, task: {} };
    expect((await session.request('tools/call', params)).body.result?.content?.[0]?.text).toBe('hello');
    expect((await session.request('tools/call', callOf('report'))).body).not.toHaveProperty('result.task');
    for (const method of [...METHODS, 'tasks/list'])
      expect((await session.request(method, { taskId: 't' })).body.error?.code).toBe(-32601);
  });
});

/** A server that says of its tasks whatever it likes. */
function beOdd(): void {
  odd.on('initialize', (received, response) => {
    response.setHeader('mcp-session-id', 'scripted-session');
    const capabilities = { tools: {}, tasks: { requests: { tools: { call: {} } } } };
    const serverInfo = { name: 'odd', version: '1' };
    const protocolVersion = received.message.params?.['protocolVersion'];
    answerWith(JSON.stringify({ protocolVersion, capabilities, serverInfo }))(received, response);
  });
  const tools = [{ ...TOOL, execution: { taskSupport: 'optional' } }];
  odd.on('tools/list', answerWith(JSON.stringify({ tools })));
  odd.on('tools/call', answerWith('{"task":{"taskId":"own","status":"working","ttl":null}}'));
}

const ACT = { name: 'act', arguments: {}, task: {} };
const OWN = { taskId: 'own' };

describe('a server', () => {
  it.each([
    ['a task without an id', 'tools/call', ACT, '{"task":{"status":"working"}}'],
    ['a task whose id is no text', 'tools/call', ACT, '{"task":{"taskId":7}}'],
    ['a task with an endless id', 'tools/call', ACT, `{"task":{"taskId":"${'x'.repeat(1_025)}"}}`],
    ['another task', 'tasks/get', OWN, '{"taskId":"other","status":"working"}'],
    ['another’s result', 'tasks/result', OWN, `{"content":[],"_meta":{"${RELATED}":{"taskId":"other"}}}`],
  ])('that answers with %s is not believed', async (_what, method, params, result) => {
    beOdd();
    await oddSession.request('tools/call', ACT);
    odd.on(method, answerWith(result));
    const answer = await oddSession.request(method, params);
    expect(answer.body.error?.message).toContain('task');
    expect((await receiptOf(answer))?.summary.status).toBe('protocol_error');
  });

  it('whose stream broke off before its answer has made a task all the same, which is its maker’s', async () => {
    beOdd();
    odd.on('tools/call', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\nretry: 1\ndata: \n\n');
    });
    const id = 'after the break';
    odd.on(
      'GET',
      streamOf(() => {
        const call = odd.mentioning('"tools/call"').at(-1)!;
        return [resultEvent(call, JSON.stringify({ task: { taskId: id, status: 'working', ttl: null } }))];
      }),
    );
    odd.on('tasks/get', answerWith(JSON.stringify({ taskId: id, status: 'working' })));
    expect((await receiptOf(await oddSession.request('tools/call', ACT)))?.summary.status).toBe('task');
    expect((await oddSession.request('tasks/get', { taskId: id })).body.result).toMatchObject({ taskId: id });
  });

  it('that makes no task of a call, though it could, just did what it was called for', async () => {
    odd.on('tools/call', answerWith('{"content":[]}'));
    expect((await receiptOf(await oddSession.request('tools/call', ACT)))?.summary.status).toBe('ok');
  });

  it('tells nobody of tasks that are not theirs, on no stream', async () => {
    beOdd();
    await oddSession.request('tools/call', ACT);
    const status = (taskId: string) =>
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tasks/status', params: { taskId } });
    const others = ['other', 'own', ''].map(status);
    odd.on(
      'tasks/get',
      streamOf((one) => [...others, resultEvent(one, '{"taskId":"own"}')]),
    );
    const inCall = await oddSession.request('tasks/get', OWN);
    expect(inCall.text.match(/tasks\/status/g)).toHaveLength(1);
    const last = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"all"}}';
    odd.on(
      'GET',
      streamOf(() => [...others, last]),
    );
    const stream = await oddSession.listen();
    expect(await stream.next()).toMatchObject({ params: { taskId: 'own' } });
    expect(await stream.next()).toMatchObject({ method: 'notifications/message' });
    await stream.close();
  });

  it('gets to see no task that a request of the agent’s says to belong to', async () => {
    const _meta = { [RELATED]: { taskId: 'other' }, progressToken: 1 };
    for (const [method, params] of Object.entries({
      'tools/call': ACT,
      'tools/list': {},
      'logging/setLevel': {},
    }))
      await oddSession.request(method, { ...params, _meta });
    expect(odd.mentioning('related-task')).toStrictEqual([]);
    expect(odd.mentioning('progressToken')).toHaveLength(3);
  });

  it('at another address has none of the tasks of the one before', async () => {
    beOdd();
    await oddSession.request('tools/call', ACT);
    const before = odd;
    odd = await startScriptedUpstream();
    beOdd();
    await door.register({ odd: { url: odd.url } });
    await before.stop();
    oddSession = await RawSession.open(door.resource('odd'), oddToken);
    const answer = await oddSession.request('tasks/get', OWN);
    expect(answer.body.error).toMatchObject({ code: -32602, message: 'Unknown task: own' });
    expect(odd.mentioning('tasks/get')).toStrictEqual([]);
  });

  it('whose task could not be noted has made none that anybody is told of', async () => {
    beOdd();
    await door.asOwner((owner) => owner.query('revoke insert on mcp_task from countersign_app'));
    const answer = await oddSession
      .request('tools/call', ACT)
      .finally(() => door.asOwner((owner) => owner.query('grant insert on mcp_task to countersign_app')));
    expect(answer.body.error?.message).toContain('could not be noted');
    expect((await receiptOf(answer))?.summary).toMatchObject({ kind: 'tool_call', status: 'failed' });
  });
});
