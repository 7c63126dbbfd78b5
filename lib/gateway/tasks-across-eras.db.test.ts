/** Tasks of a server with sessions (2025-11-25) for clients without (2026-07-28): it knows a task in the session alone that made it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { startTaskServer, type TaskFixture } from '../../e2e/fixtures/task-server.ts';
import { openFrontDoor, type FrontDoor, type Replica } from './testing/front-door.ts';
import { stampOf, type RawAnswer } from './testing/mcp-client.ts';
import { disclosedIn } from './testing/read-log.ts';
import { StatelessClient, type Extra } from './testing/stateless-client.ts';

const TASKS = 'io.modelcontextprotocol/tasks';
const TAKES_TASKS = { extensions: { [TASKS]: {} } };
const METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel'];
const RAIN = { topic: 'rain' };
const GREEN = { action: 'accept', content: { colour: 'green' } };

const POLICIES = {
  jobs: 'permit (principal, action, resource in Server::"jobs");',
  calls: 'permit (principal, action == Action::"tools/call", resource in Server::"calls");',
};

let door: FrontDoor;
let office: TaskFixture;
let alice: StatelessClient;
let replica: Replica;

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  office = door.before(await startTaskServer({ isBound: true }));
  const setup = { url: office.url, timeoutMs: 10_000 };
  await door.register({ jobs: setup, calls: setup });
  alice = await door.statelessFor('alice@acme.example', 'jobs');
  replica = await door.addReplica();
}, 120_000);

afterAll(async () => {
  await replica?.close();
  await door?.close();
});

/** What a client says with a request of what it can do. */
function able(capabilities: JsonObject): Extra {
  return { meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities } };
}

const ABLE = able({ ...TAKES_TASKS, elicitation: { form: {} } });
const ASKABLE = able({ elicitation: { form: {} } });

async function begin(name = 'report', args: JsonObject = RAIN, client = alice): Promise<string> {
  const { body } = await client.call(name, args, ABLE);
  return String(body.result?.['taskId']);
}

function get(id: string, client = alice, extra = ABLE): Promise<RawAnswer> {
  return client.request('tasks/get', { taskId: id }, extra);
}

async function receiptOf(answer: RawAnswer) {
  return await door.receiptOf(answer);
}

/** The same caller at the other replica. */
function elsewhere(): StatelessClient {
  return new StatelessClient(replica.resource('jobs'), alice.token);
}

/** What the server heard of since then, in order. */
function heardSince(before: number): readonly string[] {
  return office.received.slice(before).filter((method) => method !== 'initialize');
}

describe('a task', () => {
  it('comes in place of the result, is asked for and brings it, each step receipted', async () => {
    const made = await alice.call('report', RAIN, ABLE);
    expect(made.body.result).toMatchObject({
      resultType: 'task',
      status: 'working',
      ttlMs: 60_000,
      pollIntervalMs: 20,
      createdAt: expect.any(String) as string,
    });
    expect(made.body.result).not.toHaveProperty('task');
    const id = String(made.body.result?.['taskId']);
    expect((await receiptOf(made)).summary).toMatchObject({ kind: 'tool_call', status: 'task' });
    const working = await get(id);
    expect(working.body.result).toMatchObject({ resultType: 'complete', taskId: id, status: 'working' });
    await office.finish(id, 'a lot');
    const before = office.received.length;
    const ended = await get(id);
    expect(heardSince(before)).toStrictEqual(['tasks/get', 'tasks/result']);
    expect(ended.body.result).toMatchObject({ resultType: 'complete', status: 'completed', ttlMs: 60_000 });
    const result = ended.body.result?.['result'] as JsonObject;
    expect(result['content']).toStrictEqual([{ type: 'text', text: 'rain: a lot' }]);
    expect(JSON.stringify(result)).not.toContain('related-task');
    const fetched = await receiptOf(ended);
    expect(fetched.summary).toMatchObject({ kind: 'task', status: 'ok', tool: 'report' });
    const call = (await receiptOf(made)).summary.attempt;
    expect(disclosedIn(fetched)['details']).toBe(JSON.stringify({ call, method: 'tasks/get' }));
    const ids = [made, working, ended].map(({ body }) => stampOf(body).id);
    expect((await door.verify([...ids, fetched.summary.attempt!])).verdict).toBe('VALID');
  });

  it('is offered by server/discover, and made of a call that its tool lets choose', async () => {
    const { body } = await alice.request('server/discover');
    expect(body.result?.['capabilities']).toMatchObject(TAKES_TASKS);
    expect(body.result?.['capabilities']).not.toHaveProperty('tasks');
    expect((await alice.call('digest', RAIN, ABLE)).body.result).toMatchObject({ resultType: 'task' });
    expect((await alice.call('echo', { text: 'plain' }, ABLE)).body.result).toMatchObject({
      resultType: 'complete',
      content: [{ text: 'plain' }],
    });
  });

  it('is its maker’s at another replica, in the session that made it, until it is cancelled', async () => {
    const id = await begin();
    const there = elsewhere();
    expect((await get(id, there)).body.result).toMatchObject({ status: 'working' });
    const cancelled = await there.request('tasks/cancel', { taskId: id }, ABLE);
    expect(Object.keys(cancelled.body.result ?? {})).toStrictEqual(['resultType', '_meta']);
    expect((await receiptOf(cancelled)).summary).toMatchObject({ kind: 'task', status: 'ok' });
    const state = (await get(id)).body.result;
    expect(state).toMatchObject({ status: 'cancelled' });
    expect(state).not.toHaveProperty('result');
    // A server of that revision refuses this; one of the extension takes note.
    expect((await alice.request('tasks/cancel', { taskId: id }, ABLE)).body.result).toMatchObject({
      resultType: 'complete',
    });
  });

  it('whose tool failed has come to a result that says so, and so does its receipt', async () => {
    const id = await begin();
    await office.finish(id, 'none', 'failed');
    const ended = await get(id);
    expect(ended.body.result).toMatchObject({ status: 'completed', result: { isError: true } });
    expect((await receiptOf(ended)).summary).toMatchObject({ kind: 'task', status: 'tool_error' });
  });

  it('is looked at for whoever follows it on a stream, when its server says that it has changed', async () => {
    const id = await begin();
    const stream = await alice.listen({ taskIds: [id, 'f'.repeat(32)] }, ABLE);
    await expect.poll(() => stream.methods).toContain('notifications/subscriptions/acknowledged');
    expect(stream.messages[0]?.params?.['notifications']).toStrictEqual({ taskIds: [id] });
    await expect.poll(() => office.streams()).toBeGreaterThan(0);
    await office.finish(id, 'told');
    await expect.poll(() => stream.methods).toContain('notifications/tasks');
    const { params } = stream.messages.at(-1)!;
    expect(params).toMatchObject({
      taskId: id,
      status: 'completed',
      result: { content: [{ text: 'rain: told' }] },
    });
    await stream.close();
    // At this replica its server has nothing to say of it.
    const other = await elsewhere().listen({ taskIds: [id], toolsListChanged: true }, ABLE);
    await expect.poll(() => other.methods).toContain('notifications/subscriptions/acknowledged');
    expect(other.messages[0]?.params?.['notifications']).toStrictEqual({ toolsListChanged: true });
    await other.close();
  });

  it('is none any more when its server has lost the session that made it', async () => {
    const id = await begin();
    office.forgetSessions();
    const lost = await get(id);
    expect(lost.body.error?.code).toBe(-32602);
    expect((await receiptOf(lost)).summary).toMatchObject({ kind: 'task', status: 'rpc_error' });
  });

  it('comes to no client that did not say with the call that it takes one: its result is waited for', async () => {
    const before = office.received.length;
    const waiting = alice.call('report', RAIN);
    await expect.poll(() => heardSince(before)).toContain('tasks/result');
    await office.finish(office.open().at(-1)!, 'in time');
    const answer = await waiting;
    expect(answer.body.result).toMatchObject({
      resultType: 'complete',
      content: [{ text: 'rain: in time' }],
    });
    expect(answer.text).not.toContain('related-task');
    expect((await receiptOf(answer)).summary).toMatchObject({
      kind: 'tool_call',
      status: 'ok',
      tool: 'report',
    });
    for (const method of METHODS) {
      const refused = await alice.request(method, { taskId: office.open().at(-1)!, inputResponses: {} });
      expect([refused.status, refused.body.error?.code]).toStrictEqual([400, -32021]);
      const foreign = await alice.request(
        method,
        { taskId: office.open().at(-1)!, inputResponses: {} },
        ABLE,
      );
      expect(foreign.body.error?.message).toContain('Unknown task');
    }
  });

  it('that is waited for is given up with the call', async () => {
    const before = office.received.length;
    const leaving = new AbortController();
    const stream = alice.open('tools/call', { name: 'report', arguments: RAIN }, {}, leaving.signal);
    await expect.poll(() => heardSince(before)).toContain('tasks/result');
    leaving.abort();
    await expect(stream).rejects.toThrow();
    await expect.poll(() => heardSince(before)).toContain('tasks/cancel');
  });
});

describe('somebody else’s task', () => {
  it.each([
    ['another person', () => door.statelessFor('bob@acme.example', 'jobs')],
    ['another client of the same person', () => door.statelessFor('alice@acme.example', 'jobs')],
    ['an agent without a person', () => door.stateless('jobs')],
    ['the same person at another server', () => door.statelessFor('alice@acme.example', 'calls')],
  ])('is none to %s, as is one that was made up', async (_who, clientOf) => {
    const id = await begin();
    const stranger = await clientOf();
    const before = office.received.length;
    for (const method of METHODS) {
      for (const taskId of [id, 'f'.repeat(32)]) {
        const foreign = await stranger.request(method, { taskId, inputResponses: { any: GREEN } }, ABLE);
        expect(foreign.body.error).toMatchObject({ code: -32602, message: `Unknown task: ${taskId}` });
        expect((await receiptOf(foreign)).summary).toMatchObject({ kind: 'task', status: 'denied' });
      }
    }
    expect(heardSince(before).filter((method) => method.startsWith('tasks/'))).toStrictEqual([]);
    expect((await get(id)).body.result).toMatchObject({ status: 'working' });
  });
});

describe('policy', () => {
  it('that permits no tasks offers none, and the call waits for the result', async () => {
    const client = await door.statelessFor('alice@acme.example', 'calls');
    const { body } = await client.request('server/discover');
    expect(body.result?.['capabilities']).not.toHaveProperty('extensions');
    const before = office.received.length;
    const waiting = client.call('report', RAIN, ABLE);
    await expect.poll(() => heardSince(before)).toContain('tasks/result');
    await office.finish(office.open().at(-1)!, 'waited');
    expect((await waiting).body.result).toMatchObject({ content: [{ text: 'rain: waited' }] });
  });

  it('withdrawn since the call hides the task, and its server hears nothing', async () => {
    const id = await begin();
    await office.finish(id, 'hidden');
    await savePolicies({
      ...POLICIES,
      none: 'forbid (principal, action == Action::"tasks/result", resource);',
    });
    const before = office.received.length;
    const hidden = await get(id);
    await savePolicies(POLICIES);
    expect(hidden.text).not.toContain('rain: hidden');
    expect((await receiptOf(hidden)).summary).toMatchObject({ kind: 'task', status: 'denied' });
    expect(heardSince(before)).toStrictEqual([]);
    expect((await get(id)).text).toContain('rain: hidden');
  });
});

async function savePolicies(policies: Readonly<Record<string, string>>): Promise<void> {
  const { registry, policy } = door.modules;
  await door.database.tenantDb(door.tenant.id).transaction(async (tx) => {
    const servers = await registry.listIn(tx, door.tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await policy.save(tx, door.tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}

describe('what a task asks', () => {
  const update = (id: string, inputResponses: JsonObject, client = alice) =>
    client.request('tasks/update', { taskId: id, inputResponses }, ABLE);

  /** Looks until something is asked. */
  async function asked(
    id: string,
    client = alice,
  ): Promise<{ readonly answer: RawAnswer; readonly name: string }> {
    const answer = await get(id, client);
    expect(answer.body.result).toMatchObject({ status: 'input_required' });
    const [name] = Object.keys(answer.body.result?.['inputRequests'] ?? {});
    return { answer, name: name ?? '' };
  }

  const questionsSince = async (count: number) =>
    (await door.summaries()).filter(({ kind }) => kind === 'elicitation').slice(count);
  const questionCount = async () => (await questionsSince(0)).length;

  it('is decided on and in the log before its maker hears of it, and answered at another replica', async () => {
    const before = await questionCount();
    const id = await begin('survey', {});
    const { answer, name } = await asked(id);
    expect(answer.body.result?.['inputRequests']).toStrictEqual({
      [name]: {
        method: 'elicitation/create',
        params: expect.objectContaining({ message: 'Which colour?' }) as object,
      },
    });
    expect(answer.text).not.toContain('related-task');
    // One question, at whichever replica its maker looks.
    expect((await asked(id, elsewhere())).name).toBe(name);
    const misfit = await update(id, { [name]: { action: 'maybe' } });
    expect(misfit.body.error?.code).toBe(-32602);
    const answered = await update(id, { [name]: GREEN, invented: GREEN }, elsewhere());
    expect(Object.keys(answered.body.result ?? {})).toStrictEqual(['resultType', '_meta']);
    await update(id, { [name]: { action: 'decline' } });
    await expect.poll(async () => (await get(id)).body.result?.['status']).toBe('completed');
    expect((await get(id)).text).toContain('green');
    const noted = await questionsSince(before);
    const { attempt } = (await receiptOf(answer)).summary;
    expect(noted).toMatchObject([
      { status: 'held', attempt },
      { status: 'ok', attempt },
    ]);
    const [held, said] = noted.map((one) => one.id);
    expect(disclosedIn(await door.receiptOf(said!))['details']).toBe(JSON.stringify({ question: held }));
    expect((await door.verify([held!, said!, stampOf(answer.body).id])).verdict).toBe('VALID');
  });

  it('is over with the task, and the log says so', async () => {
    const before = await questionCount();
    const id = await begin('survey', {});
    const { name } = await asked(id);
    await alice.request('tasks/cancel', { taskId: id }, ABLE);
    expect(await questionsSince(before)).toMatchObject([{ status: 'held' }, { status: 'cancelled' }]);
    const late = await update(id, { [name]: GREEN });
    expect(late.body.result).toMatchObject({ resultType: 'complete' });
    expect(await questionsSince(before)).toHaveLength(2);
  });

  it('and policy lets nobody be asked is refused to its server, which goes on without', async () => {
    await savePolicies({
      ...POLICIES,
      none: 'forbid (principal, action == Action::"elicitation/create", resource);',
    });
    const before = await questionCount();
    const id = await begin('survey', {});
    const first = await get(id);
    expect(first.text).not.toContain('Which colour');
    await expect.poll(async () => (await get(id)).body.result?.['status']).toBe('completed');
    await savePolicies(POLICIES);
    expect((await get(id)).text).toContain('No policy here permits');
    expect(await questionsSince(before)).toMatchObject([{ status: 'denied' }]);
  });

  it('is asked inside the call where the client takes no task, and its result is the call’s', async () => {
    const first = await alice.call('survey', {}, ASKABLE);
    expect(first.body.result).toMatchObject({ resultType: 'input_required' });
    expect(first.text).not.toContain('related-task');
    const { requestState, inputRequests } = first.body.result as unknown as {
      requestState: string;
      inputRequests: JsonObject;
    };
    const inputResponses = { [Object.keys(inputRequests)[0] ?? '']: GREEN };
    const params = { name: 'survey', arguments: {}, requestState, inputResponses };
    const answer = await alice.request('tools/call', params, ASKABLE);
    expect(answer.body.result).toMatchObject({ resultType: 'complete' });
    expect(answer.text).toContain('green');
  });
});
