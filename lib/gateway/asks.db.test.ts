/** What a server asks of the client, through the front door: what passes, what never does, and whose answer counts. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, type Json, type JsonObject } from '#lib/core';
import { SERVER_REQUESTS_MAX, SESSION_QUESTIONS_MAX } from './constants.ts';
import { BERN, FORM, type Question, toolAsks as scriptTool } from './testing/asking-tool.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { disclosedIn } from './testing/read-log.ts';
import { RawSession, stampOf, type MessageStream } from './testing/mcp-client.ts';
import { resultEvent, startScriptedUpstream, type ScriptedUpstream } from './testing/scripted-upstream.ts';

const ABLE = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };
const PROMPT = { messages: [{ role: 'user', content: { type: 'text', text: 'Why?' } }], maxTokens: 50 };
const SAID = { role: 'assistant', model: 'm', content: { type: 'text', text: 'Because.' } };
const PAGE = {
  mode: 'url',
  message: 'Please pay',
  url: 'https://pay.example.com/1',
  elicitationId: 'e-1',
};

let door: FrontDoor;
let upstream: ScriptedUpstream;
let session: RawSession;

const here = 'resource in [Server::"asks", Server::"quick"]';
const POLICIES = {
  calls: 'permit (principal, action == Action::"tools/call", resource);',
  sampling: `permit (principal, action == Action::"sampling/createMessage", resource)
    when { ${here} && context.arguments.maxTokens <= 100 };`,
  elicitation: `permit (principal, action == Action::"elicitation/create", resource)
    when { ${here} && (context.arguments.mode == "form" ||
      (context.arguments has host && context.arguments.host == "pay.example.com")) };`,
  roots: `permit (principal, action == Action::"roots/list", resource) when { ${here} };`,
};

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  upstream = door.before(await startScriptedUpstream());
  const setup = { url: upstream.url, timeoutMs: 20_000 };
  await door.register({ asks: setup, closed: setup, quick: { ...setup, timeoutMs: 700 } });
}, 120_000);

afterAll(() => door?.close());

beforeEach(async () => {
  session = await open('asks');
});

async function open(server: string, capabilities: JsonObject = ABLE): Promise<RawSession> {
  return door.open(server, capabilities);
}

function tokenOf({ headers }: RawSession): string {
  return headers['authorization']?.slice('Bearer '.length) ?? '';
}

/** From now on the tool asks these questions, `…q-0` and up, and says in its result what it was told to the first. */
function toolAsks(...questions: readonly Question[]): void {
  scriptTool(upstream, questions, ({ body, message }) =>
    String(message.id).endsWith('q-0') ? body : undefined,
  );
}

async function call(from = session): Promise<MessageStream> {
  return await from.stream('tools/call', { name: 'act', arguments: {} });
}

/** What the server was told, and the receipts of its questions inside this call, oldest first. */
async function endOf(stream: MessageStream) {
  const answer = await stream.answer();
  const outcome = await door.receipt(stampOf(answer).id);
  const asked = await door.receipts(
    (summary) => summary.attempt === outcome?.summary.attempt && summary.id !== outcome?.summary.id,
  );
  const told = JSON.parse(answer.result?.content?.[0]?.text ?? 'null') as {
    readonly result?: JsonObject;
    readonly error?: { readonly code: number; readonly message: string };
  };
  return { told, asked, outcome };
}

/** The tool asks one thing that nobody is to be asked. */
async function refusedQuestion(params: unknown, method = 'elicitation/create') {
  toolAsks([method, params]);
  const stream = await call();
  const first = await stream.next();
  expect(first.method).toBeUndefined();
  const answer = { ...first };
  const told = JSON.parse(answer.result?.content?.[0]?.text ?? 'null') as JsonObject;
  return told['error'] as unknown as { readonly code: number; readonly message: string };
}

describe('the progress of a client on a question', () => {
  it('reaches the server that asked to hear of it, and nothing else does', async () => {
    toolAsks(['sampling/createMessage', { ...PROMPT, _meta: { progressToken: 'how-far' } }]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    const progress = (progressToken: unknown) =>
      session.notify('notifications/progress', { progressToken, progress: 1, total: 2 });
    for (const token of ['how-far', 'another']) expect((await progress(token)).status).toBe(202);
    const stranger = await open('asks');
    await stranger.notify('notifications/progress', { progressToken: 'how-far', progress: 2 });
    await session.respond(id, { result: SAID });
    await stream.answer();
    await progress('how-far');
    const told = upstream.mentioning('notifications/progress').map(({ message }) => message.params);
    expect(told).toStrictEqual([{ progressToken: 'how-far', progress: 1, total: 2 }]);
  });
});

describe('a question that policy permits', () => {
  it('reaches the agent on the call’s own stream, and its answer the server [mcp-client-response]', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const question = await stream.nextOf('sampling/createMessage');
    expect(stream.contentType).toBe('text/event-stream');
    expect(question.params).toStrictEqual(PROMPT);
    const meta = { 'dev.countersign/receipt': { id: 'forged' }, own: 1 };
    const answered = await session.respond(question.id, { result: { ...SAID, _meta: meta } });
    expect([answered.status, answered.text]).toStrictEqual([202, '']);
    const { told } = await endOf(stream);
    expect(told.result).toStrictEqual({ ...SAID, _meta: { own: 1 } });
  });

  it('leaves a receipt of the question before it is asked, and one of the answer that names it', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const question = await stream.nextOf('sampling/createMessage');
    const before = await door.receipt(String(question.id));
    expect(before?.summary).toMatchObject({ kind: 'sampling', status: 'held', effect: 'allow' });
    await session.respond(question.id, { result: SAID });
    const { asked, outcome } = await endOf(stream);
    expect(asked.map(({ summary }) => summary.status)).toStrictEqual(['held', 'ok']);
    const answer = disclosedIn(asked[1]!);
    expect(answer['details']).toBe(JSON.stringify({ question: question.id }));
    expect(answer['result']).toMatchObject({ bytes: JSON.stringify(SAID).length, member: 'result' });
    expect(disclosedIn(outcome!)['events']).toMatchObject({ count: 1 });
    const ids = [...asked, outcome!].map(({ summary }) => summary.id);
    expect(await door.verify(ids)).toMatchObject({ verdict: 'VALID' });
  });

  it('never brings the contexts of other servers along', async () => {
    toolAsks(['sampling/createMessage', { ...PROMPT, includeContext: 'allServers' }]);
    const stream = await call();
    const question = await stream.nextOf('sampling/createMessage');
    expect(question.params).toStrictEqual({ ...PROMPT, includeContext: 'none' });
    await session.respond(question.id, { result: SAID });
    const { asked } = await endOf(stream);
    expect(disclosedIn(asked[0]!)['received']).toHaveProperty('sha256');
  });

  it('is asked as any other where it should become a task, which no client here has declared [mcp-tasks-undeclared]', async () => {
    const task = { ttl: 60_000 };
    toolAsks(['sampling/createMessage', { ...PROMPT, task }], ['elicitation/create', { ...FORM, task }]);
    const stream = await call();
    const questions = [await stream.next(), await stream.next()];
    expect(questions.map(({ params }) => params)).toStrictEqual(expect.arrayContaining([PROMPT, FORM]));
    for (const { id, method } of questions)
      await session.respond(id, { result: method === 'elicitation/create' ? BERN : SAID });
    const { told, asked } = await endOf(stream);
    expect(told.result).toStrictEqual(SAID);
    const held = asked.filter(({ summary }) => summary.status === 'held').map(disclosedIn);
    const sha256Of = (asked: unknown) =>
      createHash('sha256')
        .update(canonicalJson(asked as Json))
        .digest('hex');
    const hashed = (member: string) => new Set(held.map((one) => (one[member] as JsonObject)['sha256']));
    expect(hashed('arguments')).toStrictEqual(new Set([sha256Of(PROMPT), sha256Of(FORM)]));
    const received = [
      { ...PROMPT, task },
      { ...FORM, task },
    ].map(sha256Of);
    expect(hashed('received')).toStrictEqual(new Set(received));
  });

  it('may be declined by the agent, in its own words', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    await session.respond(id, { error: { code: -1, message: 'The user said no' } });
    const { told, asked } = await endOf(stream);
    expect(told.error).toStrictEqual({ code: -1, message: 'The user said no' });
    expect(asked.at(-1)?.summary.status).toBe('rpc_error');
  });

  it('is a form, the list of roots, or a page whose opener is told who asks [mcp-elicitation-url]', async () => {
    toolAsks(['roots/list'], ['elicitation/create', FORM], ['elicitation/create', PAGE]);
    const stream = await call();
    const questions = [await stream.next(), await stream.next(), await stream.next()];
    const by = (method: string, mode?: string) =>
      questions.find((each) => each.method === method && each.params?.['mode'] === mode);
    expect(by('elicitation/create')?.params).toStrictEqual(FORM);
    expect(by('elicitation/create', 'url')?.params).toStrictEqual({
      ...PAGE,
      message: "The server 'asks' asks: Please pay",
    });
    await session.respond(by('elicitation/create')?.id, {
      result: { action: 'accept', content: { city: 'Bern' } },
    });
    await session.respond(by('elicitation/create', 'url')?.id, { result: { action: 'accept' } });
    const roots = { roots: [{ uri: 'file:///home' }] };
    await session.respond(by('roots/list')?.id, { result: roots });
    const { told } = await endOf(stream);
    expect(told.result).toStrictEqual(roots);
    expect(upstream.mentioning('q-1"').at(-1)?.body).toContain('Bern');
  });

  it('keeps its call alive for as long as a person needs', async () => {
    const quick = await open('quick');
    toolAsks(['elicitation/create', FORM]);
    const stream = await call(quick);
    const { id } = await stream.nextOf('elicitation/create');
    const askedAt = performance.now();
    await expect.poll(() => performance.now() - askedAt, { timeout: 5_000 }).toBeGreaterThan(1_600);
    expect((await quick.respond(id, { result: { action: 'decline' } })).status).toBe(202);
    expect((await endOf(stream)).outcome?.summary.status).toBe('ok');
  });

  it('may come on the session’s own stream, outside any call', async () => {
    let ask = (): void => undefined;
    upstream.on('GET', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      ask = () => void response.write('data: {"jsonrpc":"2.0","id":"on-stream","method":"roots/list"}\n\n');
    });
    const stream = await session.listen();
    ask();
    const question = await stream.nextOf('roots/list');
    expect((await session.respond(question.id, { result: { roots: [] } })).status).toBe(202);
    await expect.poll(() => upstream.mentioning('"on-stream"').length).toBe(1);
    expect(upstream.mentioning('"on-stream"')[0]?.body).toContain('"result":{"roots":[]}');
    await stream.close();
  });

  it('is decided by the policy of now, however long the stream has been open', async () => {
    let count = 0;
    let ask = (): void => undefined;
    upstream.on('GET', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      ask = () => {
        count += 1;
        response.write(`data: {"jsonrpc":"2.0","id":"now-${count}","method":"roots/list"}\n\n`);
      };
    });
    const stream = await session.listen();
    ask();
    await stream.nextOf('roots/list');
    const { roots: _roots, ...others } = POLICIES;
    await savePolicies(others);
    try {
      const refused = () => {
        ask();
        return upstream.mentioning('"now-').some(({ body }) => body.includes('No policy here permits'));
      };
      await expect.poll(refused, { timeout: 4_000, interval: 400 }).toBe(true);
    } finally {
      await savePolicies(POLICIES);
      await stream.close();
    }
  });
});

describe('a question that nobody is asked', () => {
  it('is one that no policy permits, which is the default', async () => {
    session = await open('closed');
    const error = await refusedQuestion(PROMPT, 'sampling/createMessage');
    expect(error.code).toBe(-32601);
    const initialize = upstream.mentioning('"initialize"').at(-1)?.message.params;
    expect(initialize).toMatchObject({ capabilities: {} });
  });

  it('is one whose arguments no policy permits', async () => {
    const error = await refusedQuestion({ ...PROMPT, maxTokens: 101 }, 'sampling/createMessage');
    expect(error).toStrictEqual({ code: -31000, message: 'No policy here permits this server to ask that.' });
    const denied = (await door.receipts((summary) => summary.kind === 'sampling')).at(-1);
    expect(denied?.summary).toMatchObject({ status: 'denied', effect: 'deny' });
  });

  it('is one that the agent did not say it can be asked [mcp-client-capabilities]', async () => {
    session = await open('asks', { roots: {} });
    expect((await refusedQuestion(FORM)).code).toBe(-32601);
    expect((await refusedQuestion(PROMPT, 'sampling/createMessage')).code).toBe(-32601);
    session = await open('asks', { elicitation: {} });
    expect((await refusedQuestion(PAGE)).code).toBe(-32601);
  });

  it.each([
    ['a password', { password: { type: 'string' } }],
    ['an API key by its title', { k: { type: 'string', title: 'Your API-Key' } }],
    ['a token, in camel case', { githubToken: { type: 'string' } }],
    ['a card number in a sentence', { n: { type: 'string', description: 'the number of your credit card' } }],
    ['a one-time code', { otp: { type: 'integer' } }],
    ['something write-only', { x: { type: 'string', writeOnly: true } }],
    ['a password behind invisible characters', { x: { type: 'string', title: 'pass\u200Bword' } }],
    ['a password in a disguise of letters', { x: { type: 'string', title: 'pаssword' } }],
    ['a secret deeper inside', { x: { type: 'object', properties: { secret: { type: 'string' } } } }],
  ])('is a form for %s', async (_what, properties) => {
    const error = await refusedQuestion({ message: 'Hi', requestedSchema: { type: 'object', properties } });
    expect(error.code).toBe(-32602);
    expect(error.message).toMatch(/secret|write-only|disguise/);
  });

  it('is a form whose message asks for a password [mcp-elicitation-form]', async () => {
    const error = await refusedQuestion({ ...FORM, message: 'Type your pass-word as the city' });
    expect(error.message).toContain('password');
  });

  it.each([
    ['http', 'http://pay.example.com/'],
    ['a script', 'javascript:alert(1)'],
    ['a name that poses as a host', 'https://bank.example@pay.example.com/'],
    ['invisible characters', 'https://pay.example.com/\u202Egnp'],
    ['no address at all', 'pay.example.com'],
    ['a host that policy does not name', 'https://evil.example/'],
  ])('is a page with %s', async (_what, url) => {
    const error = await refusedQuestion({ ...PAGE, url });
    expect([-32602, -31000]).toContain(error.code);
  });

  it('is a page of Countersign itself', async () => {
    const error = await refusedQuestion({ ...PAGE, url: `${door.tenant.canonicalUrl}/connections` });
    expect(error.message).toContain('address of Countersign');
  });

  it('is one with tools for a model that has none, and one without sense', async () => {
    const tools = { ...PROMPT, tools: [] };
    expect((await refusedQuestion(tools, 'sampling/createMessage')).message).toContain('tools');
    expect((await refusedQuestion({ ...FORM, mode: 'fax' })).code).toBe(-32602);
    expect((await refusedQuestion({}, 'vendor/ask')).code).toBe(-32601);
  });
});

describe('an answer', () => {
  it('of another session is refused, and the question goes on waiting', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    const strangers = [await open('asks'), await RawSession.open(session.url, tokenOf(session), ABLE)];
    for (const stranger of strangers) {
      const refused = await stranger.respond(id, { result: { stolen: true } });
      expect(refused.status).toBe(400);
      expect(refused.body.error?.message).toContain('Nobody waits for this answer');
    }
    expect((await session.respond(id, { result: SAID })).status).toBe(202);
    expect((await endOf(stream)).told.result).toStrictEqual(SAID);
  });

  it('under another’s token is refused, though the session’s id is right', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    const thief = await open('asks');
    thief.headers['mcp-session-id'] = session.headers['mcp-session-id'] ?? '';
    expect((await thief.respond(id, { result: { stolen: true } })).status).toBe(404);
    await session.respond(id, { result: SAID });
    expect((await endOf(stream)).told.result).toStrictEqual(SAID);
  });

  it('counts once', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    const both = await Promise.all([1, 2].map(() => session.respond(id, { result: SAID })));
    expect(both.map(({ status }) => status).toSorted()).toStrictEqual([202, 400]);
    expect((await endOf(stream)).told.result).toStrictEqual(SAID);
  });

  it('that nobody waits for is refused without asking replicas that are not there', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    await session.respond(id, { result: SAID });
    await endOf(stream);
    await door.asOwner(async (owner) => {
      await owner.query(`create sequence asked;
        create function ask() returns trigger language plpgsql security definer as
          $$ begin perform nextval('asked'); return null; end $$;
        create trigger ask before insert on mcp_relay for each statement execute function ask()`);
      expect((await session.respond(id, { result: SAID })).status).toBe(400);
      const { rows } = await owner.query('select is_called from asked');
      await owner.query('drop trigger ask on mcp_relay; drop function ask; drop sequence asked');
      expect(rows).toStrictEqual([{ is_called: false }]);
    });
  });

  it('that comes after the call has ended is refused', async () => {
    let end = (): void => undefined;
    upstream.on('tools/call', (received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","id":"late","method":"roots/list"}\n\n');
      end = () => response.end(`data: ${resultEvent(received)}\n\n`);
    });
    const stream = await call();
    const { id } = await stream.nextOf('roots/list');
    end();
    expect((await stream.nextOf('notifications/cancelled')).params).toMatchObject({ requestId: id });
    const answer = await stream.answer();
    expect((await session.respond(id, { result: { roots: [] } })).status).toBe(400);
    const outcome = await door.receipt(stampOf(answer).id);
    const asked = await door.receipts((summary) => summary.kind === 'roots');
    expect(asked.at(-1)?.summary).toMatchObject({ status: 'cancelled', attempt: outcome?.summary.attempt });
  });

  it('to nothing, or without a result and an error, is refused', async () => {
    expect((await session.respond('nothing', { result: {} })).status).toBe(400);
    expect((await session.respond(7, { error: { code: 1, message: 'no' } })).status).toBe(400);
    expect((await session.respond(7, { result: 'text' })).status).toBe(400);
  });

  it('that does not fit its question is refused, and the question goes on waiting', async () => {
    toolAsks(['elicitation/create', PAGE]);
    const stream = await call();
    const { id } = await stream.nextOf('elicitation/create');
    const misfits = [
      { result: { action: 'maybe' } },
      { result: { action: 'accept', content: { card: '4111' } } },
      { error: { message: 'no code' } },
    ];
    for (const misfit of misfits) expect((await session.respond(id, misfit)).status).toBe(400);
    expect((await session.respond(id, { result: { action: 'decline' } })).status).toBe(202);
    expect((await endOf(stream)).told.result).toStrictEqual({ action: 'decline' });
  });

  it('that can not be receipted does not reach the server', async () => {
    toolAsks(['sampling/createMessage', PROMPT]);
    const stream = await call();
    const { id } = await stream.nextOf('sampling/createMessage');
    const secret = { ...SAID, content: { type: 'text', text: 'never receipted' } };
    await door.breakLog(async () => {
      expect((await session.respond(id, { result: secret })).status).toBe(503);
      await expect.poll(() => upstream.mentioning('q-0"').at(-1)?.body).toContain('receipt log');
    });
    await stream.answer();
    expect(upstream.mentioning('never receipted')).toHaveLength(0);
  });
});

describe('a question that is no longer of interest', () => {
  it('is withdrawn with its call', async () => {
    toolAsks(['elicitation/create', FORM]);
    const stream = await session.stream('tools/call', { name: 'act' }, 'c-1');
    const { id } = await stream.nextOf('elicitation/create');
    await session.notify('notifications/cancelled', { requestId: 'c-1' });
    expect((await stream.nextOf('notifications/cancelled')).params).toMatchObject({ requestId: id });
    expect((await session.respond(id, { result: { action: 'accept' } })).status).toBe(400);
  });

  it('is withdrawn by its server', async () => {
    let finish = (): void => undefined;
    upstream.on('tools/call', (received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","id":"w","method":"roots/list"}\n\n');
      finish = () => {
        const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'w' } };
        response.write(`data: ${JSON.stringify(cancelled)}\n\n`);
        response.end(`data: ${resultEvent(received)}\n\n`);
      };
    });
    const stream = await call();
    const { id } = await stream.nextOf('roots/list');
    finish();
    expect((await stream.nextOf('notifications/cancelled')).params).toMatchObject({ requestId: id });
    await stream.answer();
    expect(upstream.mentioning('"id":"w"')).toHaveLength(0);
  });

  it('is withdrawn when access ends, and its answer refused', async () => {
    const token = await door.userToken('asks', 'alice@acme.example');
    const mine = await RawSession.open(door.resource('asks'), token, ABLE);
    toolAsks(['elicitation/create', FORM]);
    const stream = await call(mine);
    const { id } = await stream.nextOf('elicitation/create');
    await door.revokePerson('alice@acme.example');
    expect((await mine.respond(id, { result: { action: 'accept' } })).status).toBe(401);
    expect((await stream.answer()).error?.message).toContain('Access was revoked');
    expect(upstream.mentioning('q-0"').at(-1)?.body).toContain('Access was revoked');
  });
});

describe('a server that asks without end', () => {
  it('has so many questions open in one session and no more', async () => {
    toolAsks(...Array.from({ length: SESSION_QUESTIONS_MAX + 1 }, () => ['roots/list'] as const));
    const stream = await call();
    const ids = [];
    for (let index = 0; index < SESSION_QUESTIONS_MAX; index += 1) ids.push((await stream.next()).id);
    const last = `-q-${SESSION_QUESTIONS_MAX}"`;
    await expect.poll(() => upstream.mentioning(last).at(-1)?.body).toContain('Too many questions');
    await session.respond(ids[0], { result: { roots: [] } });
    await stream.answer();
  });

  it('may ping for as long as it likes meanwhile', async () => {
    const pings = Array.from({ length: 2 * SERVER_REQUESTS_MAX }, () => ['ping'] as const);
    const questions = [...pings, ['elicitation/create', FORM] as const];
    scriptTool(upstream, questions, ({ body, message }) =>
      String(message.id).endsWith(`-q-${pings.length}`) ? body : undefined,
    );
    const stream = await call();
    const { id } = await stream.nextOf('elicitation/create');
    await session.respond(id, { result: BERN });
    expect((await endOf(stream)).told.result).toStrictEqual(BERN);
    expect(upstream.mentioning('-q-0","result":{}')).not.toStrictEqual([]);
  });

  it('is cut off after so many inside one call', async () => {
    toolAsks(...Array.from({ length: SERVER_REQUESTS_MAX + 1 }, () => ['vendor/ask'] as const));
    expect((await (await call()).answer()).error?.message).toContain('more messages');
  });
});

describe('an error that wants a page opened first', () => {
  const fail = (elicitations: unknown) =>
    upstream.on('tools/call', ({ message }, response) => {
      const error = { code: -32_042, message: 'Log in first', data: { elicitations } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
    });

  it('passes, and says who asks', async () => {
    fail([PAGE]);
    const { body } = await session.call('act');
    expect(body.error).toMatchObject({ code: -32_042, message: 'Log in first' });
    const message = "The server 'asks' asks: Please pay";
    expect(body.error?.data?.['elicitations']).toStrictEqual([{ ...PAGE, message }]);
    const outcome = await door.receipt(stampOf(body).id);
    expect(outcome?.summary.status).toBe('rpc_error');
    expect(disclosedIn(outcome!)['upstream']).toHaveProperty('sha256');
    const asked = (await door.receipts((summary) => summary.kind === 'elicitation')).at(-1);
    expect(asked?.summary).toMatchObject({ status: 'held', attempt: outcome?.summary.attempt });
    expect(await door.verify([asked!.summary.id, stampOf(body).id])).toMatchObject({ verdict: 'VALID' });
  });

  it('is decided by the policy of now, however long its call has taken', async () => {
    let answer: (() => void) | undefined;
    upstream.on('tools/call', ({ message }, response) => {
      const error = { code: -32_042, message: 'Log in first', data: { elicitations: [PAGE] } };
      response.writeHead(200, { 'content-type': 'application/json' });
      answer = () => void response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
    });
    const called = session.call('act');
    await expect.poll(() => answer).toBeDefined();
    const engine = () => door.modules.policy.cachedEngine(door.tenant.id);
    const before = engine();
    const { elicitation: _elicitation, ...others } = POLICIES;
    await savePolicies(others);
    try {
      await expect.poll(engine).not.toBe(before);
      answer?.();
      expect((await called).body.error?.message).toContain('No policy here permits');
    } finally {
      await savePolicies(POLICIES);
    }
  });

  it.each([
    ['http', [{ ...PAGE, url: 'http://pay.example.com/' }]],
    [
      'a host that policy does not name beside one that it does',
      [PAGE, { ...PAGE, url: 'https://evil.example/' }],
    ],
    ['a form', [{ ...FORM, mode: 'form' }]],
    ['nothing', []],
    ['more pages than anybody opens', Array.from({ length: 9 }, () => PAGE)],
  ])('does not pass with %s', async (_what, elicitations) => {
    fail(elicitations);
    const { body, text } = await session.call('act');
    expect(body.error?.code).toBe(-31000);
    expect(body.error?.message).toContain('in a browser first');
    expect(text).not.toContain('pay.example.com');
  });

  it('does not pass to an agent that opens nothing', async () => {
    fail([PAGE]);
    const other = await open('asks', { elicitation: {} });
    expect((await other.call('act')).body.error?.message).toContain('did not say');
  });
});

describe('what a client tells of itself', () => {
  it('goes to the server as far as it is relayed, and in which way', async () => {
    const told = () => upstream.mentioning('"initialize"').at(-1)?.message.params?.['capabilities'];
    expect(told()).toStrictEqual(ABLE);
    await open('asks', {
      sampling: { tools: {}, context: {} },
      elicitation: {},
      tasks: {},
      experimental: { x: {} },
    });
    expect(told()).toStrictEqual({ sampling: { tools: {} }, elicitation: {} });
  });

  it('that its roots have changed goes to a server that knows of them', async () => {
    await session.notify('notifications/roots/list_changed');
    expect(upstream.mentioning('roots/list_changed')).toHaveLength(1);
    const without = await open('asks', {});
    expect((await without.notify('notifications/roots/list_changed')).status).toBe(202);
    expect(upstream.mentioning('roots/list_changed')).toHaveLength(1);
  });
});

async function savePolicies(policies: Readonly<Record<string, string>>): Promise<void> {
  const { database, modules, tenant } = door;
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    const servers = await modules.registry.listIn(tx, tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await modules.policy.save(tx, tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}
