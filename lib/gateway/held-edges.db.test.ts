/** Where calls of the stateless era could be held, told or done once too often. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PRINCIPAL_CALLS_IN_FLIGHT_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import {
  answerWith,
  resultEvent,
  startScriptedUpstream,
  TOOL,
  type Received,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const ABLE = { meta: { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } } };
const QUESTION = 'data: {"jsonrpc":"2.0","id":"q","method":"roots/list"}\n\n';
const ROWS = 'select 1 from mcp_relay';
const WAITING = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%mcp_relay%'`;
const TEXT = '{"content":[{"type":"text","text":"done"}]}';

let door: FrontDoor;
let upstream: ScriptedUpstream;
let client: StatelessClient;
/** Ends the calls that wait at the server. */
let finish: () => void;

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startScriptedUpstream());
  upstream.on('prompts/list', answerWith('{"prompts":[{"name":"greet"}]}'));
  await door.register({ asks: { url: upstream.url, timeoutMs: 20_000 } });
}, 120_000);

afterAll(() => door?.close());

beforeEach(async () => {
  client = await door.stateless('asks');
  asksIn('tools/call');
});

/** Asks for roots inside each such call, which ends when `finish` says so. */
function asksIn(method: string, result = TEXT): void {
  const ends: (() => void)[] = [];
  finish = () => ends.splice(0).forEach((end) => end());
  upstream.on(method, (received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(QUESTION);
    ends.push(() => void response.end(`data: ${resultEvent(received, result)}\n\n`));
  });
}

interface Held {
  readonly requestState: string;
  readonly inputRequests: object;
}

async function held(by = client): Promise<string> {
  const { body } = await by.call('act', {}, ABLE);
  expect(body.result).toMatchObject({ resultType: 'input_required' });
  return (body.result as unknown as Held).requestState;
}

const retry = (requestState: string, by = client) =>
  by.request('tools/call', { name: 'act', arguments: {}, requestState, inputResponses: {} }, ABLE);

async function revokeAlice(alice: StatelessClient): Promise<void> {
  await door.revokePerson('alice@acme.example');
  await expect.poll(async () => (await alice.request('tools/list')).status).toBe(401);
}

describe('a question', () => {
  it('is not put to whoever loses access while their call is being held', async () => {
    const alice = new StatelessClient(client.url, await door.userToken('asks', 'alice@acme.example'));
    const { answer, before } = await door.asOwner(async (owner) => {
      await owner.query('begin');
      await owner.query('lock table mcp_relay in access exclusive mode');
      const rows = (await owner.query(ROWS)).rowCount ?? 0;
      const call = alice.call('act', {}, ABLE);
      await expect
        .poll(async () => door.asOwner(async (other) => (await other.query(WAITING)).rowCount), {
          timeout: 5_000,
        })
        .toBe(1);
      await revokeAlice(alice);
      await owner.query('rollback');
      return { answer: call, before: rows };
    });
    const rows = () => door.asOwner(async (owner) => (await owner.query(ROWS)).rowCount);
    await expect.poll(rows).toBe(before + 1);
    await door.summaries();
    finish();
    const { body } = await answer;
    expect([body.result, body.error?.message]).toStrictEqual([
      undefined,
      expect.stringContaining('Access was revoked'),
    ]);
  });

  it('inside anything of which a client could not ask again is refused, and that goes on', async () => {
    asksIn('completion/complete', '{"completion":{"values":["a"]}}');
    upstream.on('', (_received, response) => {
      response.writeHead(202).end();
      finish();
    });
    const ref = { type: 'ref/prompt', name: 'greet' };
    const params = { ref, argument: { name: 'who', value: 'w' } };
    const { body } = await client.request('completion/complete', params, ABLE);
    expect(body.result).toMatchObject({ resultType: 'complete', completion: { values: ['a'] } });
    expect(upstream.mentioning('"q"').at(-1)?.body).toContain('"error"');
  });
});

describe('access that was revoked', () => {
  it('opens no session at a server any more, for whoever waited for its list', async () => {
    const alice = new StatelessClient(client.url, await door.userToken('asks', 'alice@acme.example'));
    let lose = (): void => undefined;
    upstream.on('tools/list', (_received, response) => {
      lose = () => void response.writeHead(404).end();
    });
    const before = upstream.mentioning('"tools/list"').length;
    const list = alice.request('tools/list');
    await expect.poll(() => upstream.mentioning('"tools/list"').length).toBe(before + 1);
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL] })));
    await revokeAlice(alice);
    const opened = upstream.mentioning('"initialize"').length;
    lose();
    await list;
    expect(upstream.mentioning('"initialize"')).toHaveLength(opened);
  });
});

describe('a client that leaves while its call is held at another replica', () => {
  it('does no harm where the database is away', async () => {
    const other = await door.addReplica();
    const there = new StatelessClient(other.resource('asks'), client.token);
    const { body } = await client.call('act', {}, ABLE);
    const { requestState, inputRequests } = body.result as unknown as Held;
    const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, { roots: [] }]));
    const leaving = new AbortController();
    const before = upstream.mentioning('"q"').length;
    upstream.on('', (_received, response) => void response.writeHead(202).end());
    const params = { name: 'act', arguments: {}, requestState, inputResponses };
    const again = there.open('tools/call', params, ABLE, leaving.signal).catch(() => undefined);
    await expect.poll(() => upstream.mentioning('"q"').length).toBe(before + 1);
    await door.asOwner(async (owner) => {
      await owner.query('alter table mcp_relay rename to mcp_relay_away');
      leaving.abort();
      await again;
      finish();
      await expect
        .poll(async () => (await door.summaries()).at(-1))
        .toMatchObject({ kind: 'tool_call', status: 'ok' });
      await owner.query('alter table mcp_relay_away rename to mcp_relay');
    });
    await other.close();
  });
});

describe('a server without sessions', () => {
  it('that forgets what it was in the middle of a call is not told of the call again', async () => {
    const modern = await startScriptedUpstream();
    const discovered = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0 };
    modern.on('server/discover', answerWith(JSON.stringify({ resultType: 'complete', ...discovered })));
    await door.register({ modern: { url: modern.url } });
    const agent = await door.stateless('modern');
    const gone = (_received: Received, response: { writeHead(status: number): { end(): unknown } }) =>
      void response.writeHead(404).end();
    modern.on('tools/call', (received, response) => {
      modern.on('tools/call', (one, then) => {
        modern.on('server/discover', gone);
        modern.on('tools/call', answerWith('{"content":[]}'));
        gone(one, then);
      });
      answerWith('{"resultType":"input_required","requestState":"s"}')(received, response);
    });
    const { body } = await agent.call('act');
    expect(modern.mentioning('"tools/call"')).toHaveLength(2);
    expect(body.error?.message).toContain("The server 'modern'");
    await modern.stop();
  });
});

describe('an answer that is kept for a client that may ask again', () => {
  it('has its place among the calls of its principal until it is fetched', async () => {
    const calls = Array.from({ length: PRINCIPAL_CALLS_IN_FLIGHT_MAX }, () => held());
    const states = await Promise.all(calls);
    finish();
    const last = await retry(states.at(-1) ?? '');
    expect(last.body.result?.content?.[0]?.text).toBe('done');
    await held();
    const refused = await client.call('act', {}, ABLE);
    expect([refused.status, refused.body.result]).toStrictEqual([503, undefined]);
  });

  it('is let go with the access of whom it is for', async () => {
    const alice = new StatelessClient(client.url, await door.userToken('asks', 'alice@acme.example'));
    const active = () => door.gateway().activity().calls;
    const before = active();
    await held(alice);
    finish();
    const waiting = async () => (await door.summaries()).at(-1);
    await expect.poll(waiting, { timeout: 20_000 }).toMatchObject({ kind: 'tool_call', status: 'ok' });
    expect(active()).toBe(before + 1);
    await revokeAlice(alice);
    await expect.poll(active).toBe(before);
  });
});
