/** Which era a server speaks: found out, remembered, and found out anew where it changes or lies. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal, ServerId } from '#lib/core';
import { newClaims } from './session-id.ts';
import type { SessionUpstream } from './session.ts';
import { createSessionStore } from './store.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, send } from './testing/mcp-client.ts';
import {
  answerWith,
  DISCOVERED as PRIVATE,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
  TOOL,
} from './testing/scripted-upstream.ts';

const NOBODY = {
  grant: '5f0e3c2a-0000-4000-8000-000000000002',
  mode: 'agent',
  agent: { clientId: 'nightly', admission: 'listed' },
} as unknown as Principal;

const DISCOVERED = {
  ...PRIVATE,
  capabilities: { tools: {}, resources: {} },
  ttlMs: 60_000,
  cacheScope: 'public',
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'scripted', version: '2' } },
};

let door: FrontDoor;
let upstream: ScriptedUpstream;
let token: string;
let count = 0;
let id: string;

beforeAll(async () => {
  door = await openFrontDoor();
}, 120_000);

afterAll(() => door?.close());

/** A server of its own for each test, so that nothing is remembered of it. */
beforeEach(async () => {
  upstream = await startScriptedUpstream();
  id = `era-${++count}`;
});

afterEach(() => upstream.stop());

async function register(): Promise<void> {
  await door.register({ [id]: { url: upstream.url, timeoutMs: 2_000 } });
  token = await door.agentToken(id);
}

/** Resolves once the gateway has heard of it. */
async function revokeBob(session: RawSession): Promise<void> {
  await door.revokePerson('bob@acme.example');
  await expect.poll(async () => (await session.request('ping')).status).toBe(401);
}

const open = () => RawSession.open(door.resource(id), token);
const received = (method: string) => upstream.received.filter(({ message }) => message.method === method);

function refuseWith(status: number, code: number, data: object = {}, named = true): Script {
  return ({ message }, response) => {
    const error = { code, message: 'no', data };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: named ? message.id : null, error }));
  };
}

function beStateless(): void {
  upstream.on('server/discover', answerWith(JSON.stringify(DISCOVERED)));
  upstream.on('initialize', refuseWith(400, -32022, { supported: ['2026-07-28'] }));
  upstream.on('tools/list', answerWith(JSON.stringify({ ...DISCOVERED, tools: [TOOL] })));
}

/** As the official SDK's servers refuse what comes without a session. */
function beOfSessions(): void {
  const refuse = refuseWith(400, -32000, {}, false);
  upstream.on('server/discover', refuse);
  upstream.on('initialize', (one, response) => {
    response.setHeader('mcp-session-id', 'after-the-flip');
    answerWith(
      '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}',
    )(one, response);
  });
  upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL] })));
  upstream.on('tools/call', (one, response) =>
    (one.headers['mcp-session-id'] === undefined ? refuse : answerWith('{"content":[]}'))(one, response),
  );
}

describe('[mcp-2026-era] a server is taken to speak', () => {
  it.each([
    ['an error of another era', refuseWith(400, -32000)],
    ['an unknown method', refuseWith(200, -32601)],
    ['an unknown method with its status', refuseWith(404, -32601)],
    ['a result that names no revision', answerWith('{}')],
    ['revisions of sessions alone', answerWith('{"supportedVersions":["2025-11-25"]}')],
    ['the offer of such a revision', refuseWith(400, -32022, { supported: ['2025-06-18'] })],
  ])('in sessions, where the newer question is answered with %s', async (_what, script) => {
    upstream.on('server/discover', script);
    await register();
    await open();
    expect(received('initialize').length).toBeGreaterThan(1);
    expect((await (await open()).call('act')).body.result).toBeDefined();
    expect(received('tools/call').at(-1)?.headers).not.toHaveProperty('mcp-method');
  });

  it('without sessions, where it answers the question; it is asked once as long as the answer may be kept', async () => {
    beStateless();
    await register();
    await open();
    const asked = received('server/discover').length;
    await open();
    await open();
    expect(received('server/discover')).toHaveLength(asked);
    expect(received('initialize')).toHaveLength(0);
  });

  it('what it said before, for everybody else too, only if it says that all may know', async () => {
    beStateless();
    upstream.on('server/discover', answerWith(JSON.stringify({ ...DISCOVERED, cacheScope: 'private' })));
    await register();
    await open();
    const asked = received('server/discover').length;
    await open();
    expect(received('server/discover')).toHaveLength(asked);
    token = await door.agentToken(id);
    await open();
    expect(received('server/discover')).toHaveLength(asked + 1);
  });

  it.each([
    [401, 'refused the credential'],
    [403, 'refused the credential'],
    [500, 'HTTP 500'],
    [503, 'HTTP 503'],
  ])('nothing in particular, where it answers HTTP %d', async (status, words) => {
    await register();
    await door.restartGateway();
    upstream.on('server/discover', (_one, response) => void response.writeHead(status).end());
    const before = received('initialize').length;
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    };
    const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
    const answer = await send(door.resource(id), initialize, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(502);
    expect(answer.body.error?.message).toContain(words);
    expect(received('initialize')).toHaveLength(before);
  });

  it('without sessions, where it refuses the revision and offers that very one: it is asked once more', async () => {
    beStateless();
    const refuse = refuseWith(400, -32022, { supported: ['2026-07-28'] });
    upstream.on('server/discover', (one, response) => {
      upstream.on('server/discover', answerWith(JSON.stringify(DISCOVERED)));
      refuse(one, response);
    });
    await register();
    expect(received('server/discover')).toHaveLength(2);
    await open();
    expect(received('initialize')).toHaveLength(0);
  });

  it('nothing, where it refuses what it offers, and is not asked without end', async () => {
    upstream.on('server/discover', refuseWith(400, -32022, { supported: ['2026-07-28'] }));
    const draft = { id, title: id, url: upstream.url, emailAllowed: false, timeoutMs: 2_000 };
    const target = { ...draft, credential: { agent: 'none' } } as never;
    const found = await door.gateway().readDefinitions(door.tenant, target);
    expect(found).toMatchObject({ ok: false, error: { kind: 'nonsense' } });
    expect(received('server/discover')).toHaveLength(2);
  });

  it('no revision that is spoken here, where it names others', async () => {
    upstream.on('server/discover', refuseWith(400, -32022, { supported: ['2099-01-01'] }));
    const draft = { id, title: id, url: upstream.url, emailAllowed: false, timeoutMs: 2_000 };
    const target = { ...draft, credential: { agent: 'none' } } as never;
    const found = await door.gateway().readDefinitions(door.tenant, target);
    expect(found).toMatchObject({ ok: false, error: { kind: 'nonsense' } });
    expect(found.ok ? '' : found.error.message).toContain('2099-01-01');
    expect(received('initialize')).toHaveLength(0);
  });
});

describe('[mcp-2026-era] a server that changes its era under a live session', () => {
  it('from stateless to sessions is found out, and the call is done once', async () => {
    beStateless();
    await register();
    const session = await open();
    beOfSessions();
    const answer = await session.call('act', { n: 1 });
    expect(answer.body.result).toBeDefined();
    const calls = received('tools/call');
    expect(calls.map(({ headers }) => headers['mcp-session-id'])).toStrictEqual([
      undefined,
      'after-the-flip',
    ]);
    const attempts = calls.map(
      ({ message }) =>
        (message.params?.['_meta'] as object as Record<string, string>)['dev.countersign/attempt'],
    );
    expect(new Set(attempts).size).toBe(2);
    expect((await door.receipt(attempts[0] ?? ''))?.summary.kind).toBe('attempt');
    expect((await session.call('act', { n: 2 })).body.result).toBeDefined();
    expect(received('tools/call')).toHaveLength(3);
  });

  it('from sessions to stateless is found out, and the call is done once', async () => {
    await register();
    const session = await open();
    beStateless();
    const modern: Script = (one, response) =>
      (one.headers['mcp-method'] === undefined
        ? refuseWith(400, -32022, { supported: ['2026-07-28'] })
        : answerWith('{"resultType":"complete","content":[]}'))(one, response);
    upstream.on('tools/call', modern);
    expect((await session.call('act', { n: 1 })).body.result).toBeDefined();
    expect(received('tools/call')).toHaveLength(2);
    expect(received('tools/call').at(-1)?.headers).toMatchObject({ 'mcp-protocol-version': '2026-07-28' });
  });
});

describe('a session that a release wrote which knew one era alone', () => {
  it('is one of the session era', async () => {
    const store = createSessionStore(door.database, door.modules.keys);
    const hash = 'ab'.repeat(32);
    const claims = { ...newClaims(NOBODY, Date.now() + 60_000), server: 'none' as ServerId };
    const upstream = { protocolVersion: '2025-11-25', sessionId: 'theirs' } as SessionUpstream;
    const state = {
      protocolVersion: '2025-11-25',
      upstream,
      handshake: { capabilities: {}, clientInfo: {} },
    };
    await store.create(door.tenant.id, hash, claims, state);
    expect((await store.load(door.tenant.id, hash))?.upstream).toStrictEqual({ ...upstream, era: 'session' });
  });
});

describe('a server of the stateless era', () => {
  it('[mcp-2026-x-mcp-header] offers no tool whose headers are ambiguous', async () => {
    beStateless();
    const property = { a: { type: 'string', 'x-mcp-header': 'A' } };
    const ambiguous = {
      name: 'ambiguous',
      inputSchema: { type: 'object', oneOf: [{ properties: property }] },
    };
    upstream.on('tools/list', answerWith(JSON.stringify({ tools: [TOOL, ambiguous] })));
    await register();
    const session = await open();
    const listed = await session.request('tools/list');
    expect(listed.body.result).toStrictEqual({ tools: [TOOL] });
    expect((await session.call('ambiguous')).body.error?.message).toBe('Unknown tool: ambiguous');
  });

  it('that wants input gets it from an agent that can be asked, and goes on with its own state', async () => {
    beStateless();
    await register();
    const inputRequests = {
      city: {
        method: 'elicitation/create',
        params: { mode: 'form', message: 'Where?', requestedSchema: { type: 'object', properties: {} } },
      },
      page: {
        method: 'elicitation/create',
        params: { mode: 'url', message: 'Pay', url: 'https://pay.example.com/' },
      },
    };
    let rounds = 0;
    upstream.on('tools/call', (one, response) => {
      rounds += 1;
      const asks = { resultType: 'input_required', inputRequests, requestState: 'its own' };
      const said = { content: [{ type: 'text', text: JSON.stringify(one.message.params) }] };
      answerWith(JSON.stringify(rounds === 1 ? asks : said))(one, response);
    });
    const session = await RawSession.open(door.resource(id), token, { elicitation: { form: {}, url: {} } });
    const stream = await session.stream('tools/call', { name: 'act' });
    const [form, page] = [await stream.next(), await stream.next()].toSorted((one) =>
      one.params?.['mode'] === 'form' ? -1 : 1,
    );
    expect(page?.params).toMatchObject({ message: `The server '${id}' asks: Pay`, elicitationId: page?.id });
    await session.respond(form?.id, { result: { action: 'accept', content: { city: 'Bern' } } });
    await session.respond(page?.id, { result: { action: 'decline' } });
    const told = JSON.parse((await stream.answer()).result?.content?.[0]?.text ?? '{}') as unknown;
    expect(told).toMatchObject({
      requestState: 'its own',
      inputResponses: {
        city: { action: 'accept', content: { city: 'Bern' } },
        page: { action: 'decline' },
      },
    });
  });

  it('that wants input gets none: each question is receipted, and the call ends in words', async () => {
    beStateless();
    await register();
    const inputRequests = {
      name: { method: 'elicitation/create', params: { message: 'Who?', requestedSchema: {} } },
      roots: { method: 'roots/list' },
    };
    const result = { resultType: 'input_required', inputRequests, requestState: 'sealed' };
    upstream.on('tools/call', answerWith(JSON.stringify(result)));
    const answer = await (await open()).call('act');
    expect(answer.body.error?.message).toContain('asked for something first, which was refused');
    expect(answer.text).not.toContain('sealed');
    const outcome = await door.receipt(answer.headers.get('countersign-receipt') ?? '');
    expect(outcome?.summary.status).toBe('failed');
    const receipts = await door.receipts();
    const asked = receipts.filter(({ summary }) => summary.attempt === outcome?.summary.attempt);
    expect(asked.map(({ summary }) => summary.kind).toSorted()).toStrictEqual([
      'elicitation',
      'roots',
      'tool_call',
    ]);
    expect(received('tools/call')).toHaveLength(1);
  });

  it.each([
    ['nothing at all', '{"resultType":"input_required"}', 'does not say which'],
    [
      'what no server may ask',
      '{"resultType":"input_required","inputRequests":{"a":{"method":"tools/call","params":{}}}}',
      'does not know',
    ],
    ['a list', '{"resultType":"input_required","inputRequests":[]}', 'does not say which'],
    [
      'a state that is no text',
      '{"resultType":"input_required","requestState":"\\ud800"}',
      'does not say which',
    ],
    [
      'something under a name that is no text',
      '{"resultType":"input_required","inputRequests":{"\\ud800":{"method":"roots/list"}}}',
      'does not know',
    ],
  ])('that wants %s is refused', async (_what, result, words) => {
    beStateless();
    await register();
    upstream.on('tools/call', answerWith(result));
    const answer = await (await open()).call('act');
    expect(answer.body.error?.message).toContain(words);
  });

  it('is asked again with its own state, at most so often', async () => {
    beStateless();
    await register();
    upstream.on('tools/call', answerWith('{"resultType":"input_required","requestState":"on and on"}'));
    const answer = await (await open()).call('act', { n: 1 });
    expect(answer.body.error?.message).toContain('more than 8 times');
    const calls = received('tools/call');
    expect(calls).toHaveLength(9);
    const [first, ...others] = calls.map(({ message }) => message);
    expect(first?.params).not.toHaveProperty('requestState');
    for (const { params } of others) {
      expect(params).toMatchObject({ requestState: 'on and on', arguments: { n: 1 } });
    }
    expect(new Set(calls.map(({ message }) => message.id)).size).toBe(9);
  });

  it('gets no further round once access was revoked', async () => {
    beStateless();
    await register();
    const person = await door.userToken(id, 'bob@acme.example');
    const session = await RawSession.open(door.resource(id), person);
    let rounds = 0;
    upstream.on('tools/call', (one, response) => {
      rounds += 1;
      const goOn = () => answerWith('{"resultType":"input_required","requestState":"s"}')(one, response);
      if (rounds === 2) void revokeBob(session).then(goOn);
      else goOn();
    });
    const answer = await session.call('act');
    expect(answer.body.error?.message).toContain('revoked');
    expect(received('tools/call')).toHaveLength(2);
  });

  it('that answers after a round is answered for under the id of the agent', async () => {
    beStateless();
    await register();
    let rounds = 0;
    upstream.on('tools/call', (one, response) => {
      rounds += 1;
      const result = rounds === 1 ? '{"resultType":"input_required","requestState":"s"}' : '{"content":[]}';
      answerWith(result)(one, response);
    });
    const answer = await (await open()).request('tools/call', { name: 'act' }, 'mine');
    expect(answer.body).toMatchObject({ id: 'mine', result: { content: [] } });
  });
});

describe('a server that lies about its era', () => {
  it('is refused in words, and asked no third time', async () => {
    beStateless();
    await register();
    const session = await open();
    upstream.on('tools/call', refuseWith(400, -32000, {}, false));
    const answer = await session.call('act');
    expect(answer.body.error?.message).toContain('refuses what is said in it');
    expect(received('tools/call')).toHaveLength(1);
  });

  it.each([
    ['a type of result that nobody knows', '{"resultType":"maybe","content":[]}', '"maybe"'],
    ['a task that nobody allowed', '{"resultType":"task","taskId":"t"}', '"task"'],
  ])('by %s is refused', async (_what, result, words) => {
    beStateless();
    await register();
    upstream.on('tools/call', answerWith(result));
    const answer = await (await open()).call('act');
    expect(answer.body.error?.message).toContain(words);
  });

  it('by a request to the agent is cut off', async () => {
    beStateless();
    await register();
    upstream.on('tools/call', (_one, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}\n\n');
    });
    const answer = await (await open()).call('act');
    expect(answer.body.error?.message).toContain('a request to the client');
    expect(received('')).toHaveLength(0);
  });

  it('by a call whose stream it breaks off is not asked again', async () => {
    beStateless();
    await register();
    upstream.on('tools/call', (_one, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('id: 7\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n');
    });
    const answer = await (await open()).call('act');
    expect(answer.text).toContain('ended its stream');
    expect(received('tools/call')).toHaveLength(1);
    expect(upstream.received.filter(({ httpMethod }) => httpMethod === 'GET')).toHaveLength(0);
  });
});

describe('[mcp-2026-header-mismatch] a server that refuses the headers of a call', () => {
  it('gets it no second time; what it shows now is compared with what was approved', async () => {
    beStateless();
    await register();
    const session = await open();
    const changed = { ...TOOL, description: 'Something else' };
    upstream.on('tools/list', answerWith(JSON.stringify({ resultType: 'complete', tools: [changed] })));
    upstream.on('tools/call', refuseWith(400, -32020));
    const answer = await session.call('act');
    expect(answer.body.error?.message).toContain('refused the headers');
    expect(received('tools/call')).toHaveLength(1);
    let again = await session.call('act');
    while (again.body.result?.isError !== true) again = await session.call('act');
    expect(again.body.result.content?.[0]?.text).toContain('Denied');
  });

  it('for want of a capability is explained', async () => {
    beStateless();
    await register();
    upstream.on('tools/call', refuseWith(400, -32021, { requiredCapabilities: { sampling: {} } }));
    const answer = await (await open()).call('act');
    expect(answer.body.error?.message).toContain('needs an agent that offers it sampling');
  });
});
