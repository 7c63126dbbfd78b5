/** Calls that are still under way when a process has waited for them as long as it may. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Flights } from './flights.ts';
import { Settlement } from './settle-act.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { stampOf, type RawAnswer, type RawSession } from './testing/mcp-client.ts';
import {
  answerWith,
  DISCOVERED,
  startScriptedUpstream,
  TOOL,
  type Received,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';

const EXTENSION = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const NEW = { resultType: 'task', taskId: 'own', status: 'working', ttlMs: null };

let door: FrontDoor;
/** A server with sessions. */
let plain: ScriptedUpstream;
/** A server without, that makes tasks of all calls. */
let maker: ScriptedUpstream;
let alice: Readonly<Record<'plain' | 'maker', RawSession>>;
/** The call that waits at its server. */
let held: { readonly received: Received; readonly response: ServerResponse } | undefined;

beforeAll(async () => {
  door = await openFrontDoor({ config: { drainMs: 1 } });
  plain = door.before(await startScriptedUpstream());
  maker = door.before(await startScriptedUpstream());
  const discovered = { ...DISCOVERED, capabilities: { tools: {}, ...EXTENSION } };
  maker.on('server/discover', answerWith(JSON.stringify(discovered)));
  maker.on('tools/list', answerWith(JSON.stringify({ resultType: 'complete', tools: [TOOL] })));
  maker.on('tasks/cancel', answerWith('{"resultType":"complete"}'));
  await door.register({ plain: { url: plain.url }, maker: { url: maker.url } });
  const open = (server: string) => door.openFor('alice@acme.example', server);
  alice = { plain: await open('plain'), maker: await open('maker') };
}, 120_000);

afterAll(() => door?.close());

beforeEach(() => {
  held = undefined;
  for (const server of [plain, maker])
    server.on('tools/call', (received, response) => {
      const needsTask = server === maker && !received.body.includes(Object.keys(EXTENSION.extensions)[0]!);
      if (needsTask) refuseWithoutTask(received, response);
      else held = { received, response };
    });
});

function refuseWithoutTask({ message }: Received, response: ServerResponse): void {
  const error = { code: -32_021, message: 'needs more', data: { requiredCapabilities: EXTENSION } };
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
}

async function statusOf({ body }: RawAnswer): Promise<string | undefined> {
  return (await door.receiptOf(stampOf(body).id)).summary.status;
}

it('end by the word of the process, in the log too, and their server is told', async () => {
  const waiting = alice.plain.request('tools/call', { name: 'act' }, 'late');
  await expect.poll(() => held).toBeDefined();
  await door.restartGateway();
  const answer = await waiting;
  expect(answer.body.error?.message).toContain('did not answer before this process had to stop');
  expect(await statusOf(answer)).toBe('timed_out');
  const told = plain.received.at(-1)?.message;
  expect([told?.method, told?.params?.['requestId']]).toStrictEqual([
    'notifications/cancelled',
    held?.received.message.id,
  ]);
});

it('have their task cancelled though it has no name yet, when that comes soon', async () => {
  const waiting = alice.maker.call('act');
  await expect.poll(() => held).toBeDefined();
  const restarting = door.restartGateway();
  expect(await statusOf(await waiting)).toBe('timed_out');
  answerWith(JSON.stringify(NEW))(held!.received, held!.response);
  await restarting;
  const told = maker.received.at(-1)?.message;
  expect([told?.method, told?.params?.['taskId']]).toStrictEqual(['tasks/cancel', 'own']);
});

it('are not forwarded any more where their attempt was just being written', async () => {
  const before = plain.received.length;
  const stop = vi.spyOn(Flights.prototype, 'stop');
  let waiting: Promise<RawAnswer> | undefined;
  let restarting: Promise<void> | undefined;
  await door.breakLog(async () => {
    waiting = alice.plain.call('act');
    await expect.poll(() => door.gateway().activity().calls).toBe(1);
    restarting = door.restartGateway();
    await expect.poll(() => stop.mock.calls.length).toBe(1);
  });
  stop.mockRestore();
  await restarting;
  const answer = await waiting!;
  expect(answer.body.error?.message).toContain('was not forwarded');
  expect(await statusOf(answer)).toBe('failed');
  const called = plain.received.slice(before).filter(({ message }) => message.method === 'tools/call');
  expect(called).toStrictEqual([]);
});

it('are not said to have been done where they were to be sent once more, and were not', async () => {
  const waiting = alice.plain.call('act');
  await expect.poll(() => held).toBeDefined();
  const before = plain.received.length;
  const stop = vi.spyOn(Flights.prototype, 'stop');
  let restarting: Promise<void> | undefined;
  await door.breakLog(async () => {
    held?.response.writeHead(404).end();
    const opened = () => plain.received.slice(before).map(({ message }) => message.method);
    await expect.poll(opened).toContain('notifications/initialized');
    restarting = door.restartGateway();
    await expect.poll(() => stop.mock.calls.length).toBe(1);
  });
  stop.mockRestore();
  await restarting;
  const answer = await waiting;
  expect(answer.body.error?.message).toContain('was not forwarded');
  expect(await statusOf(answer)).toBe('failed');
});

it('have a task cancelled of which their client is not told in the end, before the process goes', async () => {
  const ada = await door.statelessFor('ada@acme.example', 'maker');
  const waiting = ada.call('act', {}, { meta: { 'io.modelcontextprotocol/clientCapabilities': EXTENSION } });
  await expect.poll(() => held).toBeDefined();
  const stop = vi.spyOn(Flights.prototype, 'stop');
  const end = vi.spyOn(Settlement.prototype, 'end');
  let isCancelled = false;
  maker.on('tasks/cancel', (received, response) => {
    setTimeout(() => {
      isCancelled = true;
      answerWith('{"resultType":"complete"}')(received, response);
    }, 200);
  });
  let restarting: Promise<void> | undefined;
  await door.breakLog(async () => {
    await door.revokePerson('ada@acme.example');
    answerWith(JSON.stringify(NEW))(held!.received, held!.response);
    await expect.poll(() => end.mock.calls.length).toBe(1);
    restarting = door.restartGateway();
    await expect.poll(() => stop.mock.calls.length).toBe(1);
  });
  stop.mockRestore();
  end.mockRestore();
  await restarting;
  expect(isCancelled).toBe(true);
  expect((await waiting).text).not.toContain('own');
});
