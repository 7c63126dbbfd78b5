/** Clients with a session in front of a server of 2026-07-28 whose tools make tasks and nothing else. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '#lib/core';
import { startStatelessServer, type StatelessFixture } from '../../e2e/fixtures/stateless-server.ts';
import { TaskDesk, TASKS_EXTENSION, type Work } from '../../e2e/fixtures/task-desk.ts';
import { RECENT_REVOCATIONS_MAX } from './constants.ts';
import { HeldBytes } from './held-bytes.ts';
import { InputQuestions } from './input-round.ts';
import { RecentRevocations } from './recent-revocations.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { send, stampOf, type RawAnswer, type RawSession } from './testing/mcp-client.ts';
import { disclosedIn } from './testing/read-log.ts';
import {
  answerWith,
  DISCOVERED,
  resultEvent,
  startScriptedUpstream,
  streamOf,
  TOOL,
  type Received,
  type Script,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';

const EXTENSION = { extensions: { [TASKS_EXTENSION]: {} } };
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const ATTEMPT = 'dev.countersign/attempt';
const SLOW = { name: 'slow_compute', arguments: { seconds: 60, label: 'rain' } };
const WAITING_FOR_LOCK = 'select 1 from pg_locks where not granted';
const YES = { action: 'accept', content: { confirm: true } };
const FORM = {
  method: 'elicitation/create',
  params: { message: 'Which?', requestedSchema: { type: 'object', properties: {} } },
};
const NEW = { resultType: 'task', taskId: 'own', status: 'working', ttlMs: null, pollIntervalMs: 0 };
const WORKING = { taskId: 'own', status: 'working', pollIntervalMs: 0 };
const WAITING = { ...WORKING, status: 'input_required' };
const DONE = { taskId: 'own', status: 'completed', result: { resultType: 'complete', content: [], n: 1 } };

let door: FrontDoor;
let office: StatelessFixture;
let desk: TaskDesk;
let odd: ScriptedUpstream;
let alice: RawSession;
/** Of the same person, at the server whose words the tests write. */
let strange: RawSession;
/** The same where the server has little time. */
let hasty: RawSession;
/** The newest task of the desk. */
let newest: string;
/** What the process holds of answers. */
let held: HeldBytes;
/** What it remembers of lost access. */
let recent: RecentRevocations;

beforeAll(async () => {
  door = await openFrontDoor({ config: { resultBytesMax: 4 * 1024 * 1024 } });
  desk = createDesk();
  office = door.before(await startStatelessServer(desk));
  odd = door.before(await startScriptedUpstream());
  odd.on(
    'server/discover',
    answerWith(JSON.stringify({ ...DISCOVERED, capabilities: { tools: {}, ...EXTENSION } })),
  );
  odd.on('tools/list', answerWith(JSON.stringify({ resultType: 'complete', tools: [TOOL] })));
  await door.register({
    jobs: { url: office.url },
    odd: { url: odd.url },
    hasty: { url: odd.url, timeoutMs: 1_000 },
  });
  const take = vi.spyOn(HeldBytes.prototype, 'take');
  const touched = vi.spyOn(RecentRevocations.prototype, 'touched');
  alice = await askable('jobs');
  held = take.mock.contexts[0] as HeldBytes;
  recent = touched.mock.contexts[0] as RecentRevocations;
  vi.restoreAllMocks();
  strange = await askable('odd');
  hasty = await askable('hasty');
}, 120_000);

afterAll(() => door?.close());

beforeEach(() => {
  odd.on('tools/call', needing(answerWith(JSON.stringify(NEW))));
  odd.on('tasks/cancel', answerWith('{"resultType":"complete"}'));
  odd.on('tasks/update', answerWith('{"resultType":"complete"}'));
  taskIs(DONE);
});

/** A desk at which nothing is done but as a task. */
function createDesk(): TaskDesk {
  const only = (run: (work: Work) => Promise<JsonObject>) => ({
    required: true,
    begin: () => (work: Work) => {
      newest = work.id;
      return run(work);
    },
  });
  return new TaskDesk(
    new Map([
      ['slow_compute', only(async ({ told }) => said(await told))],
      ['failing_job', only(() => Promise.resolve({ ...said('It failed.'), isError: true }))],
      ['protocol_error_job', only(() => Promise.reject(new Error('the job broke')))],
      [
        'multi_input',
        only(async ({ ask }) =>
          said(JSON.stringify(await ask({ first: form('The first?'), second: form('The second?') }))),
        ),
      ],
    ]),
  );
}

function said(text: string): JsonObject {
  return { content: [{ type: 'text', text }] };
}

function form(message: string): JsonObject {
  const requestedSchema = { type: 'object', properties: { confirm: { type: 'boolean' } } };
  return { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } };
}

function askable(server: string, person = 'alice@acme.example'): Promise<RawSession> {
  return door.openFor(person, server, { elicitation: { form: {} } });
}

/** What a server does that makes only tasks of calls: it refuses whoever does not say that they take one. */
function needing(script: Script): Script {
  return (received, response) => {
    if (takesTasks(received)) return script(received, response);
    NEEDED(received, response);
  };
}

const NEEDED: Script = (received, response) => {
  const data = { requiredCapabilities: EXTENSION };
  refuse(received, response, { code: -32_021, message: 'needs more', data });
};

function takesTasks({ message }: Received): boolean {
  const meta = message.params?.['_meta'] as Record<string, { readonly extensions?: JsonObject }> | undefined;
  return meta?.[CAPABILITIES]?.extensions?.[TASKS_EXTENSION] !== undefined;
}

function refuse({ message }: Received, response: ServerResponse, error: JsonObject): void {
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
}

/** How tasks/get is answered from now on: with these states, one after another, and then with the last. */
function taskIs(...states: readonly (JsonObject | Script)[]): void {
  const left = [...states];
  odd.on('tasks/get', (received, response) => {
    const state = left.length > 1 ? left.shift()! : left[0]!;
    if (typeof state === 'function') return state(received, response);
    answerWith(JSON.stringify({ resultType: 'complete', ...state }))(received, response);
  });
}

/** Messages of this method, or only those since then. */
function heard(method: string, since = 0): readonly Received['message'][] {
  return odd.received.slice(since).flatMap(({ message }) => (message.method === method ? [message] : []));
}

async function receiptOf({ body }: RawAnswer) {
  return await door.receiptOf(stampOf(body).id);
}

async function statusOf(answer: RawAnswer): Promise<string | undefined> {
  return (await receiptOf(answer)).summary.status;
}

/** Receipts that name this one as their attempt. */
async function receiptsOf(attempt: string | undefined) {
  return (await door.summaries()).filter((one) => one.attempt === attempt);
}

/** Both sides have much to do in between, beside other tests. */
function soon<Value>(look: () => Value) {
  return expect.poll(look, { timeout: 10_000 });
}

/** Waits until the task that is under way has been looked at. */
async function whenLookedAt(): Promise<void> {
  const before = office.seen('tasks/get').length;
  await soon(() => office.seen('tasks/get').length).toBeGreaterThan(before);
}

describe('a call of a tool that makes tasks and nothing else', () => {
  it('gets what its task comes to, under one attempt and one outcome', async () => {
    const waiting = alice.request('tools/call', SLOW);
    await whenLookedAt();
    desk.finish(newest, 'snow');
    const answer = await waiting;
    expect(answer.body.result).toStrictEqual({ ...said('snow'), _meta: answer.body.result?._meta });
    const { summary } = await receiptOf(answer);
    expect(summary).toMatchObject({ kind: 'tool_call', status: 'ok', tool: 'slow_compute' });
    expect(await receiptsOf(summary.attempt)).toHaveLength(1);
    expect((await door.verify([summary.id, summary.attempt!])).verdict).toBe('VALID');
    const calls = office.seen('tools/call');
    expect(
      calls.map(({ meta }) => [meta[ATTEMPT], JSON.stringify(meta).includes(TASKS_EXTENSION)]),
    ).toStrictEqual([
      [summary.attempt, false],
      [summary.attempt, true],
    ]);
    const look = office.seen('tasks/get').at(-1);
    expect(look).toMatchObject({ headers: { 'mcp-name': newest }, meta: { [ATTEMPT]: summary.attempt } });
  });

  it.each([
    ['failing_job', 'tool_error', { result: { isError: true } }],
    ['protocol_error_job', 'rpc_error', { error: { code: -32_603, message: 'Error: the job broke' } }],
  ])('that fails (%s) says so, and so does its receipt', async (name, status, body) => {
    const answer = await alice.call(name);
    expect(answer.body).toMatchObject(body);
    expect(await statusOf(answer)).toBe(status);
  });

  it('is one whatever its client says of tasks, for a session is offered none there [mcp-tasks-undeclared]', async () => {
    const answer = await alice.request('tools/call', { name: 'failing_job', task: { ttl: 60_000 } });
    expect(answer.body.result).toMatchObject({ isError: true });
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel', 'tasks/list'])
      expect((await alice.request(method, { taskId: newest })).body.error?.code).toBe(-32_601);
  });

  it('asks inside the call what its task asks, each once, and both are in the log', async () => {
    const stream = await alice.stream('tools/call', { name: 'multi_input' });
    const asked = [await stream.nextOf('elicitation/create'), await stream.nextOf('elicitation/create')];
    expect(asked.map(({ params }) => params?.['message'])).toStrictEqual(['The first?', 'The second?']);
    await alice.respond(asked[0]!.id, { result: YES });
    await soon(() => office.seen('tasks/update').length).toBe(1);
    await whenLookedAt();
    await alice.respond(asked[1]!.id, { result: { action: 'decline' } });
    const body = await stream.answer();
    expect(body.result?.content?.[0]?.text).toBe(
      JSON.stringify({ first: YES, second: { action: 'decline' } }),
    );
    const given = office.seen('tasks/update').map(({ params }) => params['inputResponses']);
    expect(given).toStrictEqual([{ first: YES }, { second: { action: 'decline' } }]);
    const { attempt } = (await door.receiptOf(stampOf(body).id)).summary;
    const kinds = (await receiptsOf(attempt)).map(({ kind, status }) => [kind, status]);
    expect(kinds).toStrictEqual([
      ...['held', 'held', 'ok', 'ok'].map((status) => ['elicitation', status]),
      ['tool_call', 'ok'],
    ]);
  });

  it('that is cancelled cancels its task', async () => {
    const waiting = alice.request('tools/call', SLOW, 'leaving');
    await whenLookedAt();
    const before = office.seen('tasks/cancel').length;
    await alice.notify('notifications/cancelled', { requestId: 'leaving' });
    expect(await statusOf(await waiting)).toBe('cancelled');
    await soon(() => office.seen('tasks/cancel').length).toBe(before + 1);
    expect(office.seen('tasks/cancel').at(-1)?.headers).toMatchObject({ 'mcp-name': newest });
  });
});

describe('a server that makes a task of a call', () => {
  const call = (session = strange) => session.call('act');
  const asked = (message: string) => ({
    ...WAITING,
    inputRequests: { q: { ...FORM, params: { ...FORM.params, message } } },
  });

  it.each<[string, JsonObject | Script, string]>([
    ['another task', { ...DONE, taskId: 'other' }, 'protocol_error'],
    ['one in a state that there is not', { taskId: 'own', status: 'asleep' }, 'protocol_error'],
    [
      'one that wants a browser',
      { taskId: 'own', status: 'failed', error: { code: -32_042, message: 'm' } },
      'protocol_error',
    ],
    [
      'one whose result asks',
      { ...DONE, result: { resultType: 'input_required', inputRequests: {} } },
      'protocol_error',
    ],
    [
      'the answer to another question',
      (_received, response) =>
        answerWith(JSON.stringify(DONE))({ message: { id: 'x' } } as Received, response),
      'protocol_error',
    ],
    ['that it was cancelled', { taskId: 'own', status: 'cancelled' }, 'failed'],
    [
      'that it knows no such task',
      (received, response) => refuse(received, response, { code: -32_602, message: 'gone' }),
      'failed',
    ],
    [
      'another revision than before',
      { taskId: 'own', status: 'failed', error: { code: -32_022, message: 'm' } },
      'failed',
    ],
  ])('and then names %s has done nothing that is passed on', async (_what, state, status) => {
    const before = odd.received.length;
    taskIs(state);
    const answer = await call();
    expect(answer.body.result).toBeUndefined();
    expect(await statusOf(answer)).toBe(status);
    // Once without and once with the word that a task is taken, and no more.
    expect(heard('tools/call', before)).toHaveLength(2);
    // What has ended by its own word is not given up.
    const hasEnded = status === 'failed' && typeof state === 'object';
    await soon(() => heard('tasks/cancel', before)).toHaveLength(hasEnded ? 0 : 1);
  });

  it('and brings its result says in it nothing that only others may say, nor what a session does not know', async () => {
    const _meta = {
      'dev.countersign/receipt': { id: 'false' },
      'io.modelcontextprotocol/serverInfo': {},
      own: 1,
    };
    taskIs({ ...DONE, result: { ...DONE.result, _meta } });
    const { result } = (await call()).body;
    const { 'dev.countersign/receipt': receipt, ...others } = result?._meta ?? {};
    expect([receipt, others]).toStrictEqual([
      expect.objectContaining({ log: expect.anything() as unknown }),
      { own: 1 },
    ]);
    expect(result).toStrictEqual({ _meta: result?._meta, content: [], n: 1 });
  });

  it('and brings its result has that digested in the receipt as it came', async () => {
    const { upstream } = disclosedIn(await receiptOf(await call()));
    const came = JSON.stringify({ resultType: 'complete', ...DONE });
    expect(upstream).toMatchObject({ sha256: createHash('sha256').update(came).digest('hex') });
  });

  it('is asked about it under a credential for just that', async () => {
    const before = odd.received.length;
    await call();
    const look = odd.received.slice(before).find(({ message }) => message.method === 'tasks/get');
    const claims = String(look?.headers.authorization).split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ method: 'tasks/get' });
  });

  it('without having been told that one may come is not believed', async () => {
    odd.on('tools/call', answerWith(JSON.stringify(NEW)));
    const before = odd.received.length;
    expect(await statusOf(await call())).toBe('protocol_error');
    expect(heard('tasks/get', before)).toStrictEqual([]);
  });

  it('and does not take one when it is told is not asked a third time', async () => {
    odd.on('tools/call', needing(NEEDED));
    const before = odd.received.length;
    const answer = await call();
    expect(answer.body.error?.message).toContain(`offers it ${TASKS_EXTENSION}`);
    expect(heard('tools/call', before)).toHaveLength(2);
  });

  it('is told with it what its client has said already', async () => {
    odd.on('tools/call', (received, response) => {
      const round = { resultType: 'input_required', inputRequests: { q: FORM }, requestState: 's' };
      if (received.message.params?.['inputResponses'] === undefined)
        return answerWith(JSON.stringify(round))(received, response);
      needing(answerWith(JSON.stringify(NEW)))(received, response);
    });
    const before = odd.received.length;
    const stream = await strange.stream('tools/call', { name: 'act' });
    const { id } = await stream.nextOf('elicitation/create');
    await strange.respond(id, { result: { action: 'accept', content: {} } });
    expect((await stream.answer()).result).toMatchObject({ n: 1 });
    const calls = heard('tools/call', before).map(({ params }) => [
      params?.['requestState'],
      params?.['inputResponses'] !== undefined,
    ]);
    expect(calls).toStrictEqual([
      [undefined, false],
      ['s', true],
      ['s', true],
    ]);
  });

  it('is asked again when it says, and never more than ten times a second', async () => {
    const times: number[] = [];
    const look: Script = (received, response) => {
      times.push(performance.now());
      answerWith(
        JSON.stringify({ resultType: 'complete', ...WORKING, pollIntervalMs: times.length === 1 ? 0 : 300 }),
      )(received, response);
    };
    taskIs(look, look, DONE);
    const start = performance.now();
    await call();
    expect(times[0]! - start).toBeGreaterThan(90);
    expect(times[1]! - times[0]!).toBeGreaterThan(90);
    expect(performance.now() - times[1]!).toBeGreaterThan(290);
  });

  it('may say to be asked later than it may be silent, but not be silent', async () => {
    odd.on('tools/call', needing(answerWith(JSON.stringify({ ...NEW, pollIntervalMs: 1_600 }))));
    expect((await call(hasty)).body.result).toMatchObject({ n: 1 });
    odd.on('tools/call', needing(answerWith(JSON.stringify(NEW))));
    const left = vi.fn();
    taskIs((_received, response) => void response.on('close', left));
    const before = odd.received.length;
    expect(await statusOf(await call(hasty))).toBe('timed_out');
    await soon(() => left.mock.calls.length).toBe(1);
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
  });

  it('and says much of it fills no memory until it is asked again', async () => {
    taskIs({ ...WORKING, statusMessage: 'x'.repeat(100_000), pollIntervalMs: 60_000 });
    const take = vi.spyOn(HeldBytes.prototype, 'take');
    const before = odd.received.length;
    const waiting = strange.request('tools/call', { name: 'act' }, 'long');
    await soon(() => heard('tasks/get', before)).toHaveLength(1);
    await soon(() => take.mock.calls.some(([, bytes]) => bytes > 10_000)).toBe(true);
    const [held] = take.mock.contexts as readonly HeldBytes[];
    take.mockRestore();
    await soon(() => held?.used).toBe(0);
    await strange.notify('notifications/cancelled', { requestId: 'long' });
    await waiting;
  });

  it('and is busy for a moment is asked once more', async () => {
    taskIs((_received, response) => response.writeHead(503).end(), DONE);
    expect((await call()).body.result).toMatchObject({ n: 1 });
  });

  it('and says how far it is has that passed on to who wants to know, after what it said before', async () => {
    const progress = {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 'far', progress: 7 },
    };
    odd.on(
      'tools/call',
      needing(streamOf((received) => [JSON.stringify(progress), resultEvent(received, JSON.stringify(NEW))])),
    );
    taskIs({ ...WORKING, statusMessage: 'half' }, { ...WORKING, statusMessage: 'half' }, DONE);
    const stream = await strange.stream('tools/call', { name: 'act', _meta: { progressToken: 'far' } });
    const told = [await stream.next(), await stream.next(), await stream.next()];
    expect(told.map(({ params, result }) => params ?? result?.['n'])).toStrictEqual([
      { progressToken: 'far', progress: 7 },
      { progressToken: 'far', progress: 8, message: 'half' },
      1,
    ]);
  });

  it('and goes on is not held in memory until it is asked again', async () => {
    taskIs({ ...WORKING, statusMessage: 'half', pollIntervalMs: 300 }, DONE);
    const stream = await strange.stream('tools/call', { name: 'act', _meta: { progressToken: 'far' } });
    await stream.nextOf('notifications/progress');
    expect(held.used).toBe(0);
    await stream.answer();
  });

  it('and does not wait for an answer any more has that told, and another asked by the same name', async () => {
    taskIs(asked('One?'), asked('Another?'));
    const stream = await strange.stream('tools/call', { name: 'act' });
    const first = await stream.nextOf('elicitation/create');
    expect((await stream.nextOf('notifications/cancelled')).params).toMatchObject({ requestId: first.id });
    const second = await stream.nextOf('elicitation/create');
    await strange.respond(second.id, { result: { action: 'cancel' } });
    await expect
      .poll(() => heard('tasks/update').at(-1)?.params?.['inputResponses'])
      .toStrictEqual({ q: { action: 'cancel' } });
    taskIs(DONE);
    await stream.answer();
    expect(await elicitations(4)).toStrictEqual(['held', 'cancelled', 'held', 'ok']);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['asks something else by the same name', asked('The house?'), asked('The house?')],
    ['takes back what it asked, and asks it anew,', WORKING, asked('A cup?')],
  ])('and %s hears no answer to what it asked before', async (_what, next, then) => {
    let change: (() => void) | undefined;
    const changing: Script = (received, response) => {
      change = () => answerWith(JSON.stringify({ resultType: 'complete', ...next }))(received, response);
    };
    taskIs(asked('A cup?'), changing, then);
    const before = odd.received.length;
    const stream = await strange.stream('tools/call', { name: 'act' });
    const first = await stream.nextOf('elicitation/create');
    await soon(() => change).toBeDefined();
    await strange.respond(first.id, { result: { action: 'accept', content: {} } });
    change?.();
    const second = await stream.nextOf('elicitation/create');
    await strange.respond(second.id, { result: { action: 'decline' } });
    const given = () => heard('tasks/update', before).map(({ params }) => params?.['inputResponses']);
    await soon(given).toStrictEqual([{ q: { action: 'decline' } }]);
    taskIs(DONE);
    await stream.answer();
  });

  it.each([
    ['the result, where that is there', DONE, { result: { n: 1 } }, 0],
    [
      'an error, where it still waits',
      { ...WAITING, inputRequests: { q: FORM } },
      { error: { code: -31_000 } },
      1,
    ],
  ])('and takes no answer any more gets its call %s', async (_what, then, body, cancelled) => {
    odd.on('tasks/update', (received, response) => {
      taskIs(then);
      refuse(received, response, { code: -32_602, message: 'too late' });
    });
    taskIs({ ...WAITING, inputRequests: { q: FORM } });
    const before = odd.received.length;
    const stream = await strange.stream('tools/call', { name: 'act' });
    const { id } = await stream.nextOf('elicitation/create');
    await strange.respond(id, { result: { action: 'decline' } });
    expect(await stream.answer()).toMatchObject(body);
    await soon(() => heard('tasks/cancel', before)).toHaveLength(cancelled);
  });

  it('and says more than a megabyte before it has ended has it cancelled', async () => {
    taskIs({ ...WORKING, statusMessage: 'x'.repeat(1024 * 1024) });
    const before = odd.received.length;
    expect(await statusOf(await call())).toBe('protocol_error');
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
    expect(heard('tasks/get', before)).toHaveLength(1);
  });

  it('and asks more than may be asked in one call has it cancelled', async () => {
    const looks = Array.from({ length: 5 }, (_, look): JsonObject => {
      const asked = Array.from({ length: 16 }, (_each, index) => [`${look} ${index}`, FORM] as const);
      return { ...WAITING, inputRequests: Object.fromEntries(asked) };
    });
    taskIs(...looks);
    const before = odd.received.length;
    const answer = await call();
    expect(answer.body.error?.message).toContain('more messages inside this call than are relayed');
    expect(await statusOf(answer)).toBe('protocol_error');
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
  });

  it('and asks what nobody is to be asked has it cancelled, and hears no answer', async () => {
    const secret = { type: 'object', properties: { password: { type: 'string' } } };
    const params = { message: 'Your password?', requestedSchema: secret };
    taskIs({ taskId: 'own', status: 'input_required', inputRequests: { q: { ...FORM, params } } });
    const before = odd.received.length;
    const answer = await call();
    expect(answer.body.error?.message).toContain('asked for something first, which was refused');
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
    expect(heard('tasks/update', before)).toStrictEqual([]);
  });

  it('is asked no more once policy does not permit the call, and told to give it up', async () => {
    taskIs(WORKING);
    const before = odd.received.length;
    const waiting = call();
    await soon(() => heard('tasks/get', before).length).toBeGreaterThan(0);
    await savePolicies('forbid (principal, action, resource == Tool::"odd/act");');
    const answer = await waiting;
    await savePolicies();
    expect(answer.body.error?.message).toContain('no longer permitted');
    expect(await statusOf(answer)).toBe('failed');
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
  });

  it('is asked no more once the session has ended, and told to give it up', async () => {
    odd.on('tools/call', needing(answerWith(JSON.stringify({ ...NEW, pollIntervalMs: 60_000 }))));
    const leaving = await askable('odd');
    const before = odd.received.length;
    const waiting = call(leaving);
    await soon(() => heard('tools/call', before)).toHaveLength(2);
    expect((await send(leaving.url, '', leaving.headers, 'DELETE')).status).toBeLessThan(300);
    await waiting;
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
    expect(heard('tasks/get', before)).toStrictEqual([]);
  });

  it('is asked as long as access lasts, however many have lost theirs', async () => {
    const look: Script = (received, response) => {
      for (let lost = 0; lost < RECENT_REVOCATIONS_MAX; lost += 1)
        recent.add({ tenant: door.tenant.id, kind: 'grant', subject: 'of nobody here' });
      answerWith(JSON.stringify({ resultType: 'complete', ...WORKING }))(received, response);
    };
    taskIs(look, look, DONE);
    expect((await call()).body.result).toMatchObject({ n: 1 });
  });

  it('is told to give it up as soon as access is lost, whenever it wanted to be asked', async () => {
    odd.on('tools/call', needing(answerWith(JSON.stringify({ ...NEW, pollIntervalMs: 60_000 }))));
    const audrey = await askable('odd', 'audrey@acme.example');
    const before = odd.received.length;
    const waiting = call(audrey);
    await soon(() => heard('tools/call', before)).toHaveLength(2);
    await door.revokePerson('audrey@acme.example');
    expect(await statusOf(await waiting)).toBe('withheld');
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
    expect(heard('tasks/get', before)).toStrictEqual([]);
  });

  it('tells nobody of it who lost access meanwhile, and is not asked any more', async () => {
    const bob = await askable('odd', 'bob@acme.example');
    const before = odd.received.length;
    taskIs((received, response) => {
      const answer = answerWith(JSON.stringify({ resultType: 'complete', ...WORKING }));
      void door.revokePerson('bob@acme.example').then(() => answer(received, response));
    });
    expect(await statusOf(await call(bob))).toBe('withheld');
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
    expect(heard('tasks/get', before)).toHaveLength(1);
  });
});

it('a task whose call is given up before anybody was told of it is cancelled', async () => {
  const able = { meta: { [CAPABILITIES]: EXTENSION } };
  const client = await door.statelessFor('alice@acme.example', 'odd');
  let answer: (() => void) | undefined;
  odd.on('tools/call', (received, response) => {
    answer = () => answerWith(JSON.stringify(NEW))(received, response);
  });
  const leaving = new AbortController();
  const before = odd.received.length;
  const open = client.open('tools/call', { name: 'act', arguments: {} }, able, leaving.signal);
  await soon(() => answer).toBeDefined();
  await door.asOwner(async (owner) => {
    await owner.query('begin');
    await owner.query('lock table mcp_task in access exclusive mode');
    answer?.();
    const noting = () => door.asOwner(async (other) => (await other.query(WAITING_FOR_LOCK)).rowCount);
    await soon(noting).toBeGreaterThan(0);
    leaving.abort();
    await expect(open).rejects.toThrow();
    await soon(() => heard('tasks/cancel', before)).toHaveLength(1);
    await owner.query('rollback');
  });
});

describe('a call that is given up before its task has a name', () => {
  let answer: ((script: Script) => void) | undefined;

  /** When the server has it. */
  async function giveUp(): Promise<number> {
    answer = undefined;
    odd.on(
      'tools/call',
      needing((received, response) => {
        answer = (script) => script(received, response);
      }),
    );
    const before = odd.received.length;
    const waiting = strange.request('tools/call', { name: 'act' }, 'leaving');
    await soon(() => answer).toBeDefined();
    await strange.notify('notifications/cancelled', { requestId: 'leaving' });
    expect(await statusOf(await waiting)).toBe('cancelled');
    return before;
  }

  it('cancels it when that comes', async () => {
    const before = await giveUp();
    answer?.(answerWith(JSON.stringify(NEW)));
    const cancelled = () => heard('tasks/cancel', before).map(({ params }) => params?.['taskId']);
    await soon(cancelled).toStrictEqual(['own']);
    expect(heard('tasks/get', before)).toStrictEqual([]);
  });

  it.each<[string, Script]>([
    ['a result', answerWith('{"resultType":"complete","content":[]}')],
    ['what is none', answerWith('{"resultType":"riddle"}')],
    ['a question', answerWith('{"resultType":"input_required","requestState":"s"}')],
    ['a refusal', NEEDED],
  ])('asks for nothing where its server answers with %s, and nothing stays held', async (_what, script) => {
    const before = await giveUp();
    const take = vi.spyOn(HeldBytes.prototype, 'take');
    answer?.(script);
    await soon(() => take.mock.contexts.length).toBeGreaterThan(0);
    take.mockRestore();
    await soon(() => held.used).toBe(0);
    expect(heard('tasks/cancel', before)).toStrictEqual([]);
  });
});

it('a server that asks round after round more than may be asked ends its call', async () => {
  let rounds = 0;
  odd.on('tools/call', (received, response) => {
    rounds += 1;
    const asked = Array.from({ length: rounds > 4 ? 1 : 16 }, (_, at) => [`${at}`, FORM] as const);
    const round = { resultType: 'input_required', inputRequests: Object.fromEntries(asked) };
    answerWith(JSON.stringify(round))(received, response);
  });
  const stream = await strange.stream('tools/call', { name: 'act' });
  for (let asked = 0; asked < 64; asked += 1)
    await strange.respond((await stream.nextOf('elicitation/create')).id, { result: { action: 'decline' } });
  expect((await stream.answer()).error?.message).toContain('more messages inside this call');
});

it('nothing of all this is waited for, or held, any more', async () => {
  const ask = vi.spyOn(InputQuestions.prototype, 'askOne');
  taskIs({ ...WAITING, inputRequests: { q: FORM } });
  const stream = await strange.stream('tools/call', { name: 'act' });
  const { id } = await stream.nextOf('elicitation/create');
  taskIs(DONE);
  await strange.respond(id, { result: { action: 'decline' } });
  await stream.answer();
  const [questions] = ask.mock.contexts as readonly InputQuestions[];
  ask.mockRestore();
  expect([questions?.waiting, held.used]).toStrictEqual([0, 0]);
});

it('nothing of all this was attempted without an outcome, or with two', async () => {
  const summaries = await door.summaries();
  const attempts = summaries.filter(({ kind }) => kind === 'attempt').map(({ id }) => id);
  const ended = summaries.filter(({ kind }) => kind === 'tool_call');
  expect(ended.flatMap(({ attempt }) => attempt ?? []).toSorted()).toStrictEqual(attempts.toSorted());
});

/** How the newest questions in the log stand, oldest first. */
async function elicitations(count: number): Promise<readonly (string | undefined)[]> {
  const all = (await door.summaries()).filter(({ kind }) => kind === 'elicitation');
  return all.slice(-count).map(({ status }) => status);
}

/** This besides that everything is permitted. */
async function savePolicies(more?: string): Promise<void> {
  const { database, modules, tenant } = door;
  const policies = { all: 'permit (principal, action, resource);', ...(more === undefined ? {} : { more }) };
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    const servers = await modules.registry.listIn(tx, tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await modules.policy.save(tx, tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}
