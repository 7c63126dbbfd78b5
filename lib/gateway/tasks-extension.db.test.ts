/** Tasks of 2026-07-28 (extension io.modelcontextprotocol/tasks), with a server that does not tell its callers apart. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { startStatelessServer, type StatelessFixture } from '../../e2e/fixtures/stateless-server.ts';
import { TASKS_EXTENSION, type TaskDesk } from '../../e2e/fixtures/task-desk.ts';
import { createTaskDesk } from '../../e2e/fixtures/task-tools.ts';
import { OWNER_TASKS_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { stampOf, type RawAnswer } from './testing/mcp-client.ts';
import { disclosedIn } from './testing/read-log.ts';
import { StatelessClient, type Extra } from './testing/stateless-client.ts';

const META = 'io.modelcontextprotocol';
const TAKES_TASKS = { extensions: { [TASKS_EXTENSION]: {} } };
const REQUIRED = { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } };
const METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel'];
const SLOW = { seconds: 60, label: 'rain' };

let door: FrontDoor;
let desk: TaskDesk;
let office: StatelessFixture;
let alice: StatelessClient;

beforeAll(async () => {
  door = await openFrontDoor({
    policies: {
      jobs: 'permit (principal, action, resource in Server::"jobs");',
      calls: 'permit (principal, action == Action::"tools/call", resource in Server::"calls");',
      half: 'permit (principal, action in [Action::"tools/call", Action::"tasks/get"], resource in Server::"half");',
      fetch: `permit (principal, action == Action::"tasks/result", resource in Tool::"half/slow_compute")
        when { !(context.arguments has later_json) };`,
    },
  });
  desk = createTaskDesk();
  office = door.before(await startStatelessServer(desk));
  await door.register({ jobs: { url: office.url }, calls: { url: office.url }, half: { url: office.url } });
  alice = await door.statelessFor('alice@acme.example', 'jobs');
}, 120_000);

afterAll(() => door?.close());

/** What a client says with a request of what it can do. */
function able(capabilities: JsonObject = TAKES_TASKS): Extra {
  return { meta: { [`${META}/clientCapabilities`]: capabilities } };
}

const ASKABLE = able({ ...TAKES_TASKS, elicitation: { form: {} } });

async function begin(client = alice, name = 'slow_compute', args: JsonObject = SLOW): Promise<string> {
  const { body } = await client.call(name, args, ASKABLE);
  return String(body.result?.['taskId']);
}

function get(id: string, client = alice, extra = ASKABLE): Promise<RawAnswer> {
  return client.request('tasks/get', { taskId: id }, extra);
}

/** Asks until the task is at this. */
async function waitFor(id: string, status: string, client = alice): Promise<RawAnswer> {
  let last: RawAnswer | undefined;
  await expect
    .poll(async () => {
      last = await get(id, client);
      return last.body.result?.['status'] ?? last.body.error?.message;
    })
    .toBe(status);
  return last!;
}

async function receiptOf({ body }: RawAnswer) {
  return await door.receiptOf(stampOf(body).id);
}

const DONE = { content: [{ type: 'text', text: 'snow' }] };

describe('a task', () => {
  it('comes in place of the result, is asked for and brings it, each step receipted', async () => {
    const made = await alice.call('slow_compute', SLOW, able());
    expect(made.body.result).toMatchObject({ resultType: 'task', status: 'working', ttlMs: 600_000 });
    const id = String(made.body.result?.['taskId']);
    expect((await receiptOf(made)).summary).toMatchObject({ kind: 'tool_call', status: 'task' });
    const working = await get(id);
    expect(working.body.result).toMatchObject({ resultType: 'complete', taskId: id, status: 'working' });
    desk.finish(id, 'snow');
    const ended = await waitFor(id, 'completed');
    expect(ended.body.result).toMatchObject({ resultType: 'complete', result: DONE, ttlMs: 600_000 });
    const fetched = await receiptOf(ended);
    expect(fetched.summary).toMatchObject({ kind: 'task', status: 'ok', tool: 'slow_compute' });
    const call = (await receiptOf(made)).summary.attempt;
    expect(disclosedIn(fetched)['details']).toBe(JSON.stringify({ call, method: 'tasks/get' }));
    const ids = [made, working, ended].map(({ body }) => stampOf(body).id);
    expect((await door.verify([...ids, fetched.summary.attempt!])).verdict).toBe('VALID');
  });

  it('is offered by server/discover, and named in headers made from the body alone [mcp-tasks-extension]', async () => {
    const { body } = await alice.request('server/discover');
    expect(body.result?.['capabilities']).toMatchObject(TAKES_TASKS);
    const id = await begin();
    await get(id);
    expect(office.seen('tasks/get').at(-1)?.headers).toMatchObject({ 'mcp-name': id });
    const before = office.journal.length;
    for (const name of ['other', undefined]) {
      const wrong = await get(id, alice, { ...ASKABLE, headers: { 'mcp-name': name } });
      expect([wrong.status, wrong.body.error?.code]).toStrictEqual([400, -32020]);
    }
    expect(office.journal).toHaveLength(before);
  });

  it('is its maker’s at another replica, until it is cancelled', async () => {
    const id = await begin();
    const replica = await door.addReplica();
    const there = new StatelessClient(replica.resource('jobs'), alice.token);
    expect((await get(id, there)).body.result).toMatchObject({ status: 'working' });
    const cancelled = await there.request('tasks/cancel', { taskId: id }, ASKABLE);
    expect(cancelled.body.result).toMatchObject({ resultType: 'complete' });
    expect((await receiptOf(cancelled)).summary).toMatchObject({ kind: 'task', status: 'ok' });
    expect((await waitFor(id, 'cancelled')).body.result).not.toHaveProperty('result');
    await replica.close();
  });

  it.each([
    ['failing_job', 'completed', 'tool_error'],
    ['protocol_error_job', 'failed', 'rpc_error'],
  ])('of %s ends %s, and its receipt says how', async (name, status, outcome) => {
    const ended = await waitFor(await begin(alice, name, {}), status);
    expect((await receiptOf(ended)).summary).toMatchObject({ kind: 'task', status: outcome });
  });

  it('comes to no client that did not say with the call that it takes one [mcp-tasks-extension-undeclared]', async () => {
    const { body } = await alice.call('slow_compute', { seconds: 0, label: 'sun' });
    expect(body.result).toMatchObject({ resultType: 'complete', content: [{ text: 'sun computed' }] });
    expect(JSON.stringify(office.seen('tools/call').at(-1)?.meta)).not.toContain('tasks');
    const needed = await alice.call('failing_job', {});
    expect([needed.status, needed.body.error?.code]).toStrictEqual([400, -32021]);
    expect(needed.body.error?.data).toMatchObject(REQUIRED);
    const id = await begin();
    const before = office.journal.length;
    for (const method of METHODS) {
      const refused = await alice.request(method, { taskId: id, inputResponses: {} });
      expect([refused.status, refused.body.error?.code]).toStrictEqual([400, -32021]);
      expect(refused.body.error?.data).toMatchObject(REQUIRED);
    }
    expect(office.journal).toHaveLength(before);
  });

  it('is not told to whom lost access while they waited', async () => {
    const ada = await door.statelessFor('ada@acme.example', 'jobs');
    const id = await begin(ada);
    await door.revokePerson('ada@acme.example');
    desk.finish(id, 'secret');
    expect((await get(id, ada)).status).toBe(401);
  });

  it('is one of so many of its maker, beyond which the server is not told that one may come', async () => {
    const bob = await door.statelessFor('bob@acme.example', 'jobs');
    await begin(bob);
    await door.asOwner((owner) =>
      owner.query(
        `insert into mcp_task (tenant_id, id_hash, tool, call_id, expires_at, owner_hash)
          select tenant_id, decode(md5(n::text), 'hex'), tool, call_id, expires_at, owner_hash from generate_series(2, $1) as n,
          (select * from mcp_task where expires_at < now() + interval '2 days' order by expires_at desc limit 1) as made`,
        [OWNER_TASKS_MAX],
      ),
    );
    const call = await bob.call('slow_compute', { seconds: 0, label: 'at once' }, ASKABLE);
    const needed = await bob.call('failing_job', {}, ASKABLE);
    await door.asOwner((owner) => owner.query('delete from mcp_task where octet_length(id_hash) = 16'));
    expect(call.body.result).toMatchObject({ resultType: 'complete' });
    expect(needed.body.error).toMatchObject({
      code: -31000,
      message: expect.stringContaining('as many as are kept') as string,
    });
  });
});

describe('somebody else’s task', () => {
  it.each([
    [
      'another person, through the same client',
      async () =>
        new StatelessClient(alice.url, await door.userToken('jobs', 'bob@acme.example', alice.token)),
    ],
    ['another client of the same person', () => door.statelessFor('alice@acme.example', 'jobs')],
    ['an agent without a person', () => door.stateless('jobs')],
  ])('is none to %s, as is one that was made up [mcp-tasks-extension-binding]', async (_who, clientOf) => {
    const id = await begin();
    const stranger = await clientOf();
    const before = office.journal.filter(({ method }) => method.startsWith('tasks/')).length;
    for (const method of METHODS) {
      for (const taskId of [id, 'f'.repeat(32)]) {
        const foreign = await stranger.request(method, { taskId, inputResponses: {} }, ASKABLE);
        expect(foreign.body.error).toMatchObject({ code: -32602, message: `Unknown task: ${taskId}` });
        expect((await receiptOf(foreign)).summary).toMatchObject({ kind: 'task', status: 'denied' });
      }
    }
    expect(office.journal.filter(({ method }) => method.startsWith('tasks/'))).toHaveLength(before);
    expect((await get(id)).body.result).toMatchObject({ status: 'working' });
  });

  it('is none at a server that is registered under another name', async () => {
    const id = await begin();
    const elsewhere = new StatelessClient(
      door.resource('half'),
      await door.userToken('half', 'alice@acme.example', alice.token),
    );
    expect((await get(id, elsewhere)).body.error?.message).toBe(`Unknown task: ${id}`);
  });
});

it('a session is offered no tasks of this kind, and has results of all calls', async () => {
  const session = await door.openFor('alice@acme.example', 'jobs');
  const task = { ttl: 60_000 };
  const params = { name: 'slow_compute', arguments: { seconds: 0, label: 'fog' }, task };
  expect((await session.request('tools/call', params)).body.result).toMatchObject({
    content: [{ text: 'fog computed' }],
  });
  const needed = await session.request('tools/call', { name: 'failing_job', arguments: {}, task });
  expect(needed.body.result).toMatchObject({ content: [{ text: 'The job failed.' }], isError: true });
  const id = await begin();
  expect((await session.request('tasks/get', { taskId: id })).body.error?.code).toBe(-32601);
});

describe('policy', () => {
  it('that permits no tasks leaves the server untold, and the client not offered any', async () => {
    const client = await door.statelessFor('alice@acme.example', 'calls');
    const { body } = await client.request('server/discover');
    expect(body.result?.['capabilities']).not.toHaveProperty('extensions');
    const made = await client.call('slow_compute', { seconds: 0, label: 'wind' }, ASKABLE);
    expect(made.body.result).toMatchObject({ resultType: 'complete' });
    const needed = await client.call('failing_job', {}, ASKABLE);
    expect(needed.body.error?.message).toContain('no policy permits you to follow');
    expect((await get('any', client)).body.error?.message).toBe('Unknown task: any');
  });

  it('that does not permit the result does not permit the state that has it', async () => {
    const client = await door.statelessFor('alice@acme.example', 'half');
    const id = await begin(client);
    desk.finish(id, 'snow');
    expect((await waitFor(id, 'completed', client)).body.result).toMatchObject({ result: DONE });
    const later = await client.request('tasks/get', { taskId: id, later: 'x' }, ASKABLE);
    expect(later.body.error?.message).toContain('Denied');
    expect((await receiptOf(later)).summary).toMatchObject({ kind: 'task', status: 'denied' });
    const cancelled = await client.request('tasks/cancel', { taskId: id }, ASKABLE);
    expect(cancelled.body.error?.message).toBe(`Unknown task: ${id}`);
  });
});

describe('what a task asks', () => {
  const YES = { action: 'accept', content: { confirm: true } };
  const update = (id: string, inputResponses: JsonObject, client = alice) =>
    client.request('tasks/update', { taskId: id, inputResponses }, ASKABLE);

  async function questionsOf(id: string) {
    const { body } = await waitFor(id, 'input_required');
    return body.result?.['inputRequests'] as unknown as Record<
      string,
      { method: string; params: JsonObject }
    >;
  }

  it('is decided on and in the log before its maker hears of it, and so is the answer before the server does', async () => {
    const id = await begin(alice, 'confirm_delete', { filename: 'a.txt' });
    const asked = await waitFor(id, 'input_required');
    expect(asked.body.result?.['inputRequests']).toMatchObject({
      confirm: { method: 'elicitation/create', params: { message: 'Delete a.txt?' } },
    });
    await get(id);
    const answered = await update(id, { confirm: YES, invented: YES });
    expect(answered.body.result).toMatchObject({ resultType: 'complete' });
    expect(office.seen('tasks/update').at(-1)?.params['inputResponses']).toStrictEqual({ confirm: YES });
    const ended = await waitFor(id, 'completed');
    expect(JSON.stringify(ended.body.result?.['result'])).toContain('true');
    const noted = (await door.summaries()).filter(({ kind }) => kind === 'elicitation').slice(-2);
    const { attempt } = (await receiptOf(asked)).summary;
    expect(noted).toMatchObject([
      { status: 'held', attempt },
      { status: 'ok', attempt },
    ]);
    const [held, said] = noted.map((one) => one.id);
    const details = JSON.stringify({ question: held });
    expect(disclosedIn(await door.receiptOf(said!))['details']).toBe(details);
    expect((await door.verify([held!, said!, stampOf(ended.body).id])).verdict).toBe('VALID');
  });

  it('is answered in parts, at any replica, each once and with what fits', async () => {
    const id = await begin(alice, 'multi_input', {});
    expect(Object.keys(await questionsOf(id))).toStrictEqual(['first', 'second']);
    const misfit = await update(id, { first: { action: 'maybe' } });
    expect(misfit.body.error).toMatchObject({ code: -32602 });
    const replica = await door.addReplica();
    const there = new StatelessClient(replica.resource('jobs'), alice.token);
    await update(id, { first: YES }, there);
    await replica.close();
    expect(Object.keys(await questionsOf(id))).toStrictEqual(['second']);
    await update(id, { first: YES });
    expect(office.seen('tasks/update').at(-1)?.params['inputResponses']).toStrictEqual({});
    await update(id, { second: YES });
    await waitFor(id, 'completed');
  });

  it('may be nothing that nobody is to be asked: then its maker is told why, and may cancel', async () => {
    const id = await begin(alice, 'confirm_delete', { filename: 'it, with your password' });
    await expect.poll(async () => (await get(id)).body.error?.message).toContain('not put to anybody');
    const refused = await get(id);
    expect(refused.text).not.toContain('inputRequests');
    const denied = (await door.summaries()).filter(({ kind }) => kind === 'elicitation').at(-1);
    expect(denied).toMatchObject({
      status: 'denied',
      attempt: (await receiptOf(refused)).summary.attempt,
    });
    await update(id, { confirm: YES });
    expect(office.seen('tasks/update').at(-1)?.params['inputResponses']).toStrictEqual({});
    expect((await alice.request('tasks/cancel', { taskId: id }, ASKABLE)).body.result).toBeDefined();
  });

  it('is nothing that the client did not say with this request that it can be asked', async () => {
    const id = await begin(alice, 'confirm_delete', { filename: 'b.txt' });
    await questionsOf(id);
    expect((await get(id, alice, able())).body.error?.message).toContain('did not say that it can be asked');
  });

  it('before it becomes one is asked as in any call, and the task comes to whom it was asked', async () => {
    const first = await alice.call('test_tool_with_task', {}, ASKABLE);
    expect(first.body.result).toMatchObject({ resultType: 'input_required' });
    const { requestState } = first.body.result as unknown as { requestState: string };
    const answers = { user_name: { action: 'accept', content: { user_name: 'Ada' } } };
    const params = { name: 'test_tool_with_task', arguments: {}, requestState, inputResponses: answers };
    const undeclared = await alice.request('tools/call', params, able({ elicitation: { form: {} } }));
    expect(undeclared.body.error?.code).toBe(-32602);
    const made = await alice.request('tools/call', params, ASKABLE);
    expect(made.body.result).toMatchObject({ resultType: 'task' });
    expect(made.body.result).not.toHaveProperty('requestState');
    const ended = await waitFor(String(made.body.result?.['taskId']), 'completed');
    expect(JSON.stringify(ended.body.result?.['result'])).toContain('Ada');
  });
});
