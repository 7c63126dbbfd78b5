/** Attacks on the data plane, by agents and by upstreams, each of which once worked or nearly did. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type GrantId, type Principal, type ServerId } from '#lib/core';
import { EnvelopeError } from '#lib/keys';
import { newClaims } from './session-id.ts';
import type { SessionState } from './session.ts';
import { createSessions } from './sessions.ts';
import { createSessionStore } from './store.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, stampOf } from './testing/mcp-client.ts';
import { StatelessClient } from './testing/stateless-client.ts';
import {
  answerWith,
  resultEvent,
  startScriptedUpstream,
  streamOf,
  TOOL,
  type Script,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';

let door: FrontDoor;
let upstream: ScriptedUpstream;
let session: RawSession;

beforeAll(async () => {
  door = await openFrontDoor({
    policies: {
      all: 'permit (principal, action, resource);',
      secret: 'forbid (principal, action, resource == Resource::"odd/file:///secret");',
    },
    config: { bodyBytesMax: 1_000_000, resultBytesMax: 1_000_000 },
  });
  upstream = door.before(await startScriptedUpstream());
  const setup = { url: upstream.url, timeoutMs: 3_000 } as const;
  await door.register({ odd: { ...setup, allowMethods: ['vendor/purge', 'notifications/vendor'] } });
}, 120_000);

afterAll(() => door?.close());

beforeEach(async () => {
  session = await door.open('odd');
  upstream.on('tools/call', answerWith('{"content":[]}'));
  upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL] })));
});

describe('an agent', () => {
  it('gets no method through undecided by leaving out the id', async () => {
    const answer = await session.notify('vendor/purge', { all: true });
    expect(answer.status).toBe(202);
    expect(upstream.mentioning('vendor/purge')).toHaveLength(0);
    expect((await session.notify('notifications/vendor', { n: 1 })).status).toBe(202);
    expect(upstream.mentioning('notifications/vendor')).toHaveLength(1);
  });
});

const STATE: SessionState = {
  protocolVersion: '2025-11-25',
  upstream: { era: 'session', protocolVersion: '2025-11-25' },
  handshake: { capabilities: {}, clientInfo: {} },
};

function principalOf(): Principal {
  return {
    tenant: door.tenant.id,
    tenantSlug: door.tenant.slug,
    server: 'odd' as ServerId,
    grant: '5f0e3c2a-0000-4000-8000-000000000001' as GrantId,
    mode: 'agent',
    agent: { clientId: 'nightly', admission: 'listed' },
  } as unknown as Principal;
}

describe('a session’s row', () => {
  it('opens for no other session, whoever put it there', async () => {
    const store = createSessionStore(door.database, door.modules.keys);
    const [theirs, mine] = ['a'.repeat(64), 'b'.repeat(64)];
    const claims = newClaims(principalOf(), Date.now() + 60_000);
    for (const hash of [theirs, mine]) await store.create(door.tenant.id, hash, claims, STATE);
    const move = `update mcp_session set sealed = (select sealed from mcp_session where id_hash = decode($1, 'hex'))
      where id_hash = decode($2, 'hex')`;
    expect((await door.asOwner((owner) => owner.query(move, [theirs, mine]))).rowCount).toBe(1);
    expect(await store.load(door.tenant.id, theirs)).toStrictEqual(STATE);
    await expect(store.load(door.tenant.id, mine)).rejects.toThrow(EnvelopeError);
  });
});

describe('a session that ends while its row is read', () => {
  it('does not come back', async () => {
    const { keys } = door.modules;
    const store = createSessionStore(door.database, keys);
    let ended: (() => void) | undefined;
    const slow: typeof store = {
      ...store,
      load: async (...asked) => {
        const state = await store.load(...asked);
        ended?.();
        return state;
      },
    };
    const [here, elsewhere, control] = [store, slow, store].map((each) =>
      createSessions({ keys, clock: systemClock, store: each }),
    );
    const principal = principalOf();
    const made = await here!.create(principal, STATE);
    const find = (sessions = elsewhere!) =>
      new Promise((resolve) => sessions.find(principal, made.id, (_error, session) => resolve(session)));
    expect(await find(control)).toMatchObject({ hash: made.hash });
    ended = () => void elsewhere!.revoke({ tenant: door.tenant.id, kind: 'session', subject: made.hash });
    expect(await find()).toBeUndefined();
  });
});

describe('a resource that policy forbids', () => {
  it.each(['file:///secret', 'FILE:///secret', 'file:///public/../secret', 'file:///public/%2E%2e/secr%65t'])(
    'is forbidden as %s, too',
    async (uri) => {
      const answer = await session.request('resources/read', { uri });
      const error = { code: -32602, message: `Unknown resource: ${uri}`, data: { uri } };
      expect(answer.body.error).toMatchObject(error);
      expect((await door.receipt(stampOf(answer.body).id))?.summary.status).toBe('denied');
      expect(upstream.mentioning('resources/read')).toHaveLength(0);
    },
  );
});

describe('an upstream', () => {
  it('that has lost its session for good is no call without an attempt', async () => {
    const gone = door.before(await startScriptedUpstream());
    await door.register({ gone: { url: gone.url } });
    const before = await door.openFor('alice@acme.example', 'gone');
    const refuse: Script = (_received, response) => void response.writeHead(404).end();
    for (const method of ['tools/call', 'initialize']) gone.on(method, refuse);
    const answer = await before.call('act');
    expect((await door.receipt(stampOf(answer.body).id))?.summary.status).toBe('failed');
    const { waivedCalls } = await door.modules.receipts.audit(door.tenant.id, { clockBoundSeconds: 60 });
    expect(waivedCalls.filter(({ server }) => server === 'gone')).toStrictEqual([]);
  });

  it('that forgets its session after it took a call is not sent the call again', async () => {
    upstream.on('tools/call', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('id: 1\nretry: 100\ndata:\n\n');
    });
    upstream.on('GET', (_received, response) => void response.writeHead(404).end());
    const before = upstream.mentioning('"tools/call"').length;
    const answer = await session.call('act', { n: 1 });
    expect(upstream.mentioning('"tools/call"').length - before).toBe(1);
    expect(answer.body.error?.message).toContain('has ended its session');
    const outcome = await door.receipt(stampOf(answer.body).id);
    expect(outcome?.summary.status).toBe('failed');
  });

  it.each([
    [
      'a stamp in the first of two _meta',
      '"params":{"_meta":{"dev.countersign/receipt":{"id":"forged"}},"_meta":{}}',
    ],
    [
      'a stamp in the first of two params',
      '"params":{"_meta":{"dev.countersign/receipt":{"id":"forged"}}},"params":{}',
    ],
    ['a key twice in the envelope', '"method":"notifications/forged","params":{}'],
  ])('can not smuggle %s of a message past us', async (_what, members) => {
    upstream.on(
      'tools/call',
      streamOf((received) => [
        `{"jsonrpc":"2.0","method":"notifications/message",${members}}`,
        resultEvent(received),
      ]),
    );
    const answer = await session.call('act');
    expect(answer.text).not.toContain('forged');
    expect(answer.body.error?.message).toContain('twice in one object');
    expect((await door.receipt(stampOf(answer.body).id))?.summary.status).toBe('protocol_error');
  });

  it('can not grow the log without end by asking the client again and again', async () => {
    const ask = (index: number) =>
      `{"jsonrpc":"2.0","id":"ask-${index}","method":"sampling/createMessage","params":{"messages":[]}}`;
    upstream.on(
      'tools/call',
      streamOf((received) => [
        ...Array.from({ length: 3_000 }, (_, index) => ask(index)),
        resultEvent(received),
      ]),
    );
    const answer = await session.call('act');
    expect(answer.body.error?.message).toContain('more messages');
    await expect.poll(async () => (await door.summaries()).length > 0).toBe(true);
    const asked = await door.receipts((summary) => summary.kind === 'sampling');
    expect(asked.length).toBeLessThanOrEqual(100);
  }, 60_000);

  it('leaves what it asked of the client in the archive', async () => {
    upstream.on(
      'tools/call',
      streamOf((received) => [
        '{"jsonrpc":"2.0","id":"ask-archive","method":"sampling/createMessage","params":{"messages":["archived"]}}',
        resultEvent(received),
      ]),
    );
    const answer = await session.call('act');
    const outcome = await door.receipt(stampOf(answer.body).id);
    await expect.poll(() => upstream.mentioning('ask-archive').length).toBe(1);
    const asked = (
      await door.receipts(
        (summary) => summary.kind === 'sampling' && summary.attempt === outcome?.summary.attempt,
      )
    ).at(-1);
    expect(asked).toBeDefined();
    const bodies = await door.modules.receipts.openBodies(door.tenant.id, asked!.summary.id, {
      all: true,
      actor: { mode: 'operator' },
    });
    expect(JSON.stringify(bodies)).toContain('archived');
  });

  it('that lists what can not be hashed hides that and nothing else', async () => {
    const bad = `{"name":"bad","inputSchema":{"type":"object"},"x":1e999}`;
    upstream.on('tools/list', answerWith(`{"tools":[${JSON.stringify(TOOL)},${bad}]}`));
    const answer = await session.request('tools/list');
    expect(answer.status).toBe(200);
    expect(answer.body.result?.['tools']).toMatchObject([{ name: 'act' }]);
  });

  it('that lists under another id is not believed', async () => {
    upstream.on('tools/list', (_received, response) => {
      const body = `{"jsonrpc":"2.0","id":"other","result":{"tools":[${JSON.stringify(TOOL)}]}}`;
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    expect((await session.request('tools/list')).body.error?.message).toContain('another request');
  });

  it('tells nobody anything inside a call once access was revoked', async () => {
    const token = await door.userToken('odd', 'alice@acme.example');
    const mine = await RawSession.open(door.resource('odd'), token);
    let go = (): void => undefined;
    upstream.on('tools/call', (received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"early"}}\n\n',
      );
      go = () =>
        response.end(
          `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"late"}}\n\ndata: ${resultEvent(received)}\n\n`,
        );
    });
    const before = upstream.mentioning('"tools/call"').length;
    const waiting = mine.call('act');
    await expect.poll(() => upstream.mentioning('"tools/call"').length).toBe(before + 1);
    await door.revokePerson('alice@acme.example');
    go();
    const answer = await waiting;
    expect(answer.text).toContain('early');
    expect(answer.text).not.toContain('late');
    expect(answer.text).toContain('Access was revoked');
  });

  it('lists nothing for whoever lost access meanwhile', async () => {
    const mine = await door.openFor('bob@acme.example', 'odd');
    let go = (): void => undefined;
    upstream.on('tools/list', (received, response) => {
      go = () => answerWith(JSON.stringify({ tools: [TOOL] }))(received, response);
    });
    const before = upstream.mentioning('"tools/list"').length;
    const waiting = mine.request('tools/list');
    await expect.poll(() => upstream.mentioning('"tools/list"').length).toBe(before + 1);
    await door.revokePerson('bob@acme.example');
    go();
    const answer = await waiting;
    expect([answer.status, answer.body.result]).toStrictEqual([401, undefined]);
  });
});

describe('a server that is at another address now', () => {
  it('is not told of the sessions at the one before, whose tokens stay good', async () => {
    const moved = await startScriptedUpstream();
    moved.on('initialize', (received, response) => {
      response.setHeader('mcp-session-id', 'another-session');
      const protocolVersion = received.message.params?.['protocolVersion'];
      const serverInfo = { name: 'moved', version: '1' };
      answerWith(JSON.stringify({ protocolVersion, capabilities: { tools: {} }, serverInfo }))(
        received,
        response,
      );
    });
    upstream.on('GET', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const token = session.headers['authorization']?.slice('Bearer '.length) ?? '';
    const stateless = new StatelessClient(door.resource('odd'), token);
    await stateless.call('act');
    const stream = await session.listen();
    await door.register({ odd: { url: moved.url, timeoutMs: 3_000 } });
    await expect(stream.next()).rejects.toThrow('the stream has ended');
    await door.restartGateway();
    const refused = await session.call('act');
    expect([refused.status, refused.body.error?.message]).toStrictEqual([
      404,
      expect.stringContaining('This session has ended'),
    ]);
    expect((await session.notify('notifications/initialized')).status).toBe(404);
    const again = await RawSession.open(door.resource('odd'), token);
    expect((await again.call('act')).body.result).toBeDefined();
    expect((await stateless.call('act')).body.result).toBeDefined();
    const told = moved.received.map(({ headers }) => headers['mcp-session-id'] ?? 'another-session');
    expect(new Set(told)).toStrictEqual(new Set(['another-session']));
    await moved.stop();
  });
});
