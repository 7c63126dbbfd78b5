/** What a session hears of: what it subscribed to, at whichever replica, as long as it may read it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SESSION_CALLS_IN_FLIGHT_MAX, SUBSCRIBED_RESOURCES_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, type MessageStream } from './testing/mcp-client.ts';
import {
  answerWith,
  initializeWith,
  startScriptedUpstream,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';

const ALL = { all: 'permit (principal, action, resource);' };
const UPDATED = 'notifications/resources/updated';

let door: FrontDoor;
let upstream: ScriptedUpstream;
let session: RawSession;
let stream: MessageStream;
/** The server says that these have changed, and then something else, so that a test knows when it has said all. */
let say: (...uris: readonly string[]) => void;

beforeAll(async () => {
  door = await openFrontDoor({ policies: ALL });
  upstream = door.before(await startScriptedUpstream());
  await door.register({ feed: { url: upstream.url } });
  for (const method of ['resources/subscribe', 'resources/unsubscribe'])
    upstream.on(method, answerWith('{}'));
  upstream.on('GET', (_received, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    say = (...uris) => {
      for (const uri of uris) response.write(event(UPDATED, { uri }));
      response.write(event('notifications/message', { level: 'info', data: 'that is all' }));
    };
  });
}, 120_000);

afterAll(() => door?.close());

beforeEach(async () => {
  session = await door.open('feed');
  stream = await session.listen();
});

function event(method: string, params: unknown): string {
  return `data: ${JSON.stringify({ jsonrpc: '2.0', method, params })}\n\n`;
}

const initializeAs = (id: string) => initializeWith({ tools: {}, resources: { subscribe: true } }, id);

async function heard(): Promise<readonly unknown[]> {
  const uris: unknown[] = [];
  for (;;) {
    const { method, params } = await stream.next();
    if (method === 'notifications/message') return uris;
    uris.push(params?.['uri']);
  }
}

async function setPolicies(policies: Record<string, string>): Promise<void> {
  const { registry, policy } = door.modules;
  await door.database.tenantDb(door.tenant.id).transaction(async (tx) => {
    const servers = await registry.listIn(tx, door.tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await policy.save(tx, door.tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}

describe('a change of a resource', () => {
  it('is told to whom subscribed to it, or to what it is part of, and of nothing else', async () => {
    say('file:///a');
    expect(await heard()).toStrictEqual([]);
    await session.request('resources/subscribe', { uri: 'file:///a' });
    say('file:///a', 'file:///a/part', 'file:///ab', 'file:///b');
    expect(await heard()).toStrictEqual(['file:///a', 'file:///a/part']);
    await session.request('resources/unsubscribe', { uri: 'file:///a' });
    say('file:///a');
    expect(await heard()).toStrictEqual([]);
  });

  it('is not told to a session whose subscription the server refused', async () => {
    upstream.on('resources/subscribe', ({ message }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32602, message: 'no' } }),
      );
    });
    await session.request('resources/subscribe', { uri: 'file:///a' });
    upstream.on('resources/subscribe', answerWith('{}'));
    say('file:///a');
    expect(await heard()).toStrictEqual([]);
  });

  it('is no longer told once policy forbids to read it', async () => {
    await session.request('resources/subscribe', { uri: 'file:///a' });
    await setPolicies({ ...ALL, no: 'forbid (principal, action, resource == Resource::"feed/file:///a");' });
    try {
      await expect
        .poll(
          async () => {
            say('file:///a');
            return await heard();
          },
          { timeout: 5_000 },
        )
        .toStrictEqual([]);
    } finally {
      await setPolicies(ALL);
    }
  });

  it('is told to whom subscribed at another replica', async () => {
    const other = await door.addReplica();
    const there = new RawSession(other.resource('feed'), session.headers);
    await there.request('resources/subscribe', { uri: 'file:///a' });
    await expect
      .poll(
        async () => {
          say('file:///a');
          return await heard();
        },
        { timeout: 5_000 },
      )
      .toStrictEqual(['file:///a']);
    await other.close();
  });

  it('inside a call is told under the same conditions', async () => {
    upstream.on('tools/call', ({ message }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const uri of ['file:///a', 'file:///b']) response.write(event(UPDATED, { uri }));
      response.end(`data: {"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":{"content":[]}}\n\n`);
    });
    await session.request('resources/subscribe', { uri: 'file:///a' });
    const { text } = await session.call('act');
    expect(text).toContain('file:///a');
    expect(text).not.toContain('file:///b');
  });
});

describe('a session', () => {
  it('subscribes to so many resources, is told what to do about one more, and its server hears nothing of it', async () => {
    const subscribe = async (name: string) =>
      (await session.request('resources/subscribe', { uri: `file:///${name}` })).body.result !== undefined;
    const many = (count: number, name: string) =>
      Promise.all(Array.from({ length: count }, (_, index) => subscribe(`${name}/${index}`)));
    expect(await many(SUBSCRIBED_RESOURCES_MAX - 4, 'many')).not.toContain(false);
    // At once, so that nobody knows of the others when they are let through.
    expect((await many(8, 'more')).filter(Boolean)).toHaveLength(4);
    const { body } = await session.request('resources/subscribe', { uri: 'file:///late' });
    expect(body.error).toMatchObject({
      code: -31000,
      message: expect.stringContaining("server 'feed'") as string,
    });
    expect(body.error?.message).toContain('resources/unsubscribe');
    expect(upstream.mentioning('file:///late')).toHaveLength(0);
    expect(await subscribe('many/0')).toBe(true);
    await session.request('resources/unsubscribe', { uri: 'file:///many/1' });
    expect(await subscribe('late')).toBe(true);
  });

  it('that wants more than it may is counted, in one receipt a minute for all that was refused for load', async () => {
    const replica = await door.addReplica();
    const busy = await RawSession.open(replica.resource('feed'), await door.agentToken('feed'));
    const subscribe = (name: string) => busy.request('resources/subscribe', { uri: `file:///${name}` });
    await Promise.all(
      Array.from({ length: SUBSCRIBED_RESOURCES_MAX }, (_, index) => subscribe(`busy/${index}`)),
    );
    expect((await subscribe('one-too-many')).body.error?.code).toBe(-31000);
    const answers: (() => void)[] = [];
    upstream.on('tools/call', (received, response) =>
      answers.push(() => answerWith('{"content":[]}')(received, response)),
    );
    const calls = Array.from({ length: SESSION_CALLS_IN_FLIGHT_MAX }, () => busy.call('act'));
    await expect.poll(() => answers.length).toBe(SESSION_CALLS_IN_FLIGHT_MAX);
    for (const { status } of [await busy.call('act'), await busy.call('act')]) expect(status).toBe(503);
    for (const answer of answers) answer();
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    await replica.close();
    expect(await door.refusals()).toContainEqual({ reason: 'overloaded', count: 3 });
  });
});

describe('a server that has lost its session', () => {
  it('is told again which changes and which log messages the agent wants', async () => {
    upstream.on('logging/setLevel', answerWith('{}'));
    await session.request('resources/subscribe', { uri: 'file:///a' });
    await session.request('resources/subscribe', { uri: 'file:///b' });
    await session.request('resources/unsubscribe', { uri: 'file:///b' });
    await session.request('logging/setLevel', { level: 'warning' });
    const before = upstream.received.length;
    upstream.on('tools/call', (_received, response) => {
      upstream.on('tools/call', answerWith('{"content":[]}'));
      response.writeHead(404).end();
    });
    expect((await session.call('act')).body.result).toBeDefined();
    const told = upstream.received.slice(before).map(({ message }) => {
      const { method, params } = message;
      return method === 'initialize' || method === 'tools/call'
        ? method
        : `${method} ${JSON.stringify(params)}`;
    });
    expect(told).toStrictEqual([
      'tools/call',
      'initialize',
      'notifications/initialized undefined',
      'logging/setLevel {"level":"warning"}',
      'resources/subscribe {"uri":"file:///a"}',
      'tools/call',
    ]);
  });
});

describe('a call that is refused late', () => {
  it('goes on in the session that another has opened meanwhile, for that one is not lost', async () => {
    const opened: string[] = [];
    let refuse = (): void => undefined;
    upstream.on('initialize', (received, response) => {
      opened.push(`anew-${opened.length}`);
      initializeAs(opened.at(-1) ?? '')(received, response);
    });
    upstream.on('tools/call', (received, response) => {
      const id = String(received.headers['mcp-session-id']);
      if (id.startsWith('anew'))
        return answerWith(`{"content":[{"type":"text","text":"${id}"}]}`)(received, response);
      if (received.body.includes('"n":1')) refuse = () => void response.writeHead(404).end();
      else response.writeHead(404).end();
    });
    const before = upstream.mentioning('"n":1').length;
    const late = session.call('act', { n: 1 });
    await expect.poll(() => upstream.mentioning('"n":1').length).toBe(before + 1);
    expect((await session.call('act', { n: 2 })).text).toContain('anew-0');
    refuse();
    expect((await late).text).toContain('anew-0');
    expect(opened).toStrictEqual(['anew-0']);
    upstream.on('initialize', initializeAs('scripted-session'));
    upstream.on('tools/call', answerWith('{"content":[]}'));
  });
});

describe('one session at two replicas', () => {
  let other: Awaited<ReturnType<FrontDoor['addReplica']>>;
  let there: RawSession;

  beforeEach(async () => {
    upstream.on('logging/setLevel', answerWith('{}'));
    other = await door.addReplica();
    there = new RawSession(other.resource('feed'), session.headers);
    // From now on both have the row in mind.
    for (const each of [session, there]) expect((await each.call('act')).status).toBe(200);
  });

  afterEach(() => other.close());

  /** The server has lost its session; what it is told then, before it is called again. */
  async function toldAgain(): Promise<readonly unknown[]> {
    const before = upstream.received.length;
    upstream.on('tools/call', (_received, response) => {
      upstream.on('tools/call', answerWith('{"content":[]}'));
      response.writeHead(404).end();
    });
    expect((await session.call('act')).body.result).toBeDefined();
    const told = upstream.received.slice(before).map(({ message }) => message.params);
    return told.flatMap((params) => params?.['uri'] ?? params?.['level'] ?? []);
  }

  it('loses nothing of what it was told at either of them', async () => {
    await session.request('resources/subscribe', { uri: 'file:///here' });
    await there.request('logging/setLevel', { level: 'warning' });
    await there.request('resources/subscribe', { uri: 'file:///there' });
    await Promise.all(
      [session, there].flatMap((each, index) =>
        [1, 2, 3].map((count) => each.request('resources/subscribe', { uri: `file:///${index}/${count}` })),
      ),
    );
    await session.request('resources/unsubscribe', { uri: 'file:///there' });
    const both = ['0/1', '0/2', '0/3', '1/1', '1/2', '1/3'].map((path) => `file:///${path}`);
    expect((await toldAgain()).toSorted()).toStrictEqual([...both, 'file:///here', 'warning'].toSorted());
  });

  it('is opened anew by the faster of them, and the slower ends what it opened', async () => {
    const opened: string[] = [];
    const ended: string[] = [];
    const called: string[] = [];
    const waiting: (() => void)[] = [];
    upstream.on('initialize', (received, response) => {
      waiting.push(() => {
        opened.push(`anew-${opened.length}`);
        initializeAs(opened.at(-1) ?? '')(received, response);
      });
      if (waiting.length >= 2) for (const answer of waiting.splice(0)) answer();
    });
    upstream.on('', ({ httpMethod, headers }, response) => {
      if (httpMethod === 'DELETE') ended.push(String(headers['mcp-session-id']));
      response.writeHead(202).end();
    });
    upstream.on('tools/call', (received, response) => {
      const id = String(received.headers['mcp-session-id']);
      if (!id.startsWith('anew')) return void response.writeHead(404).end();
      called.push(id);
      answerWith('{"content":[]}')(received, response);
    });
    for (let count = 0; count < 2; count += 1) await Promise.all([session.call('act'), there.call('act')]);
    expect(new Set(called.slice(-2)).size).toBe(1);
    await expect.poll(() => ended).toStrictEqual(opened.filter((id) => id !== called.at(-1)));
    upstream.on('initialize', initializeAs('scripted-session'));
    upstream.on('tools/call', answerWith('{"content":[]}'));
  });
});

describe('a session that is lost twice', () => {
  it('is opened anew for the second loss while the slower replica still ends what it opened for the first', async () => {
    const other = await door.addReplica();
    const there = new RawSession(other.resource('feed'), session.headers);
    for (const each of [session, there]) expect((await each.call('act')).status).toBe(200);
    const lost = new Set(['scripted-session']);
    const waiting: (() => void)[] = [];
    let opened = 0;
    let end: (() => void) | undefined;
    upstream.on('initialize', (received, response) => {
      waiting.push(() => initializeAs(`anew-${(opened += 1)}`)(received, response));
      if (opened > 0 || waiting.length === 2) for (const answer of waiting.splice(0)) answer();
    });
    upstream.on('', ({ httpMethod }, response) => {
      if (httpMethod === 'DELETE') end ??= () => void response.writeHead(202).end();
      else response.writeHead(202).end();
    });
    const called: string[] = [];
    upstream.on('tools/call', (received, response) => {
      const id = String(received.headers['mcp-session-id']);
      if (lost.has(id)) return void response.writeHead(404).end();
      called.push(id);
      return answerWith('{"content":[]}')(received, response);
    });
    const first = [session.call('act'), there.call('act')];
    await Promise.race(first);
    await expect.poll(() => end).toBeDefined();
    for (const id of called) lost.add(id);
    const second = await Promise.all([session.call('act'), there.call('act')]);
    expect(second.map(({ body }) => body.result)).toStrictEqual([expect.anything(), expect.anything()]);
    end?.();
    for (const { body } of await Promise.all(first)) expect(body.result).toBeDefined();
    upstream.on('', (_received, response) => void response.writeHead(202).end());
    upstream.on('initialize', initializeAs('scripted-session'));
    upstream.on('tools/call', answerWith('{"content":[]}'));
    await other.close();
  });
});

describe('a change inside a call', () => {
  it('is no longer told once policy forbids to read it', async () => {
    upstream.on('tools/call', ({ message }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event(UPDATED, { uri: 'file:///a' }));
      response.end(`data: {"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":{"content":[]}}\n\n`);
    });
    await session.request('resources/subscribe', { uri: 'file:///a' });
    await setPolicies({ ...ALL, no: 'forbid (principal, action, resource == Resource::"feed/file:///a");' });
    try {
      await expect
        .poll(async () => (await session.call('act')).text, { timeout: 5_000 })
        .not.toContain('file:///a');
    } finally {
      await setPolicies(ALL);
    }
  });
});

describe('a server that says more than can be looked up', () => {
  it('is no longer listened to before what waits fills the memory', async () => {
    const text = 'x'.repeat(500_000);
    const told = event(UPDATED, { uri: 'file:///unknown', text });
    let isCut = false;
    upstream.on('GET', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      response.once('close', () => (isCut = true));
      say = () => {
        for (let count = 0; count < 16; count += 1) response.write(told);
      };
    });
    const other = await RawSession.open(door.resource('feed'), await door.agentToken('feed'));
    await other.listen();
    await door.asOwner(async (owner) => {
      await owner.query('begin');
      await owner.query('lock table mcp_session in access exclusive mode');
      say();
      await expect.poll(() => isCut, { timeout: 5_000 }).toBe(true);
      await owner.query('rollback');
    });
  });
});

describe('[mcp-stream-resume] a session’s own stream', () => {
  const asked: (string | undefined)[] = [];

  beforeEach(() => {
    upstream.on('GET', ({ headers }, response) => {
      asked.push(headers['last-event-id'] as string | undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        `id: own-${asked.length}\n${event('notifications/message', { level: 'info', data: 'x' })}`,
      );
    });
  });

  it('is taken up again where it broke off, with an id that says nothing to others', async () => {
    const first = await session.listen();
    const { eventId } = await first.next();
    expect(eventId).toBeDefined();
    expect(eventId).not.toContain('own-');
    const again = await session.listen({ 'last-event-id': eventId ?? '' });
    await again.next();
    expect(asked.slice(-2)).toStrictEqual([undefined, `own-${asked.length - 1}`]);
  });

  it('is not taken up with what another session was told, nor with anything made up', async () => {
    const { eventId = '' } = await (await session.listen()).next();
    const other = await door.open('feed');
    const before = asked.length;
    for (const id of [eventId, 'own-1', `${eventId.slice(0, -4)}AAAA`, eventId + '.x']) {
      const refused = await other.listen({ 'last-event-id': id });
      expect(refused.status).toBe(400);
    }
    expect(asked).toHaveLength(before);
  });
});
