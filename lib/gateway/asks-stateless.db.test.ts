/** What a server with sessions asks of a client without one: the call is held, and goes on when its client asks again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { SERVER_REQUESTS_MAX, URL_ELICITATIONS_MAX } from './constants.ts';
import { BERN, FORM, type Question, toolAsks as scriptTool } from './testing/asking-tool.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { stampOf, type RawAnswer } from './testing/mcp-client.ts';
import {
  answerWith,
  startScriptedUpstream,
  TOOL,
  type ScriptedUpstream,
} from './testing/scripted-upstream.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const ABLE = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
const PAGE = { mode: 'url', message: 'Pay', url: 'https://pay.example.com/', elicitationId: 'e' };

let door: FrontDoor;
let upstream: ScriptedUpstream;
let client: StatelessClient;
/** Ends the call that is under way at the server. */
let finish: (said: string) => void;

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startScriptedUpstream());
  await door.register({ asks: { url: upstream.url, timeoutMs: 20_000 } });
}, 120_000);

afterAll(() => door?.close());

beforeEach(async () => {
  client = await door.stateless('asks');
});

/** The tool asks these questions, `…q-0` and up, and says in the end what it was told to all of them. */
function toolAsks(...questions: readonly Question[]): void {
  const told = new Map<unknown, unknown>();
  finish = scriptTool(upstream, questions, ({ message }) => {
    told.set(message.id, message);
    if (told.size === questions.length) finish(JSON.stringify([...told.values()]));
    return undefined;
  });
}

interface Held {
  readonly requests: Readonly<Record<string, { readonly method: string; readonly params: JsonObject }>>;
  readonly requestState: string;
}

function able(extra: JsonObject = ABLE) {
  return { meta: { 'io.modelcontextprotocol/clientCapabilities': extra } };
}

const call = (from = client, params: JsonObject = {}, capabilities?: JsonObject) =>
  from.request('tools/call', { name: 'act', arguments: { n: 1 }, ...params }, able(capabilities));

function heldIn({ body }: RawAnswer): Held {
  expect(body.result).toMatchObject({ resultType: 'input_required' });
  const { inputRequests, requestState } = body.result as unknown as {
    inputRequests: Held['requests'];
    requestState: string;
  };
  return { requests: inputRequests, requestState };
}

/** Every question answered alike. */
function responsesTo({ requests }: Held, answer: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(requests).map((key) => [key, answer]));
}

/** What a call is told until `given` says that nobody listens any more. */
async function toldUntil(given: AbortSignal, from: StatelessClient, params: JsonObject): Promise<string> {
  const all = { name: 'act', arguments: { n: 1 }, ...params };
  const stream = await from.open('tools/call', all, able(), given).catch(() => undefined);
  await stream?.ended;
  return JSON.stringify(stream?.messages ?? []);
}

const textOf = ({ body }: RawAnswer) => body.result?.content?.[0]?.text ?? '';

describe('[mcp-2026-input-required] a question inside a call of the stateless era', () => {
  it('is the answer to the call, which goes on where it waited when its client asks again', async () => {
    toolAsks(['elicitation/create', FORM]);
    const before = upstream.mentioning('"tools/call"').length;
    const first = await call();
    const held = heldIn(first);
    expect(Object.values(held.requests)).toStrictEqual([{ method: 'elicitation/create', params: FORM }]);
    const last = await call(client, {
      requestState: held.requestState,
      inputResponses: responsesTo(held, BERN),
    });
    expect(last.body.result).toMatchObject({ resultType: 'complete' });
    expect(textOf(last)).toContain('Bern');
    expect(upstream.mentioning('"tools/call"').length - before).toBe(1);
    const outcome = await door.receipt(stampOf(last.body).id);
    const beside = await door.receipts(
      (summary) => summary.attempt === outcome?.summary.attempt && summary.kind !== 'tool_call',
    );
    expect(beside.map(({ summary }) => `${summary.kind} ${summary.status}`)).toStrictEqual([
      'elicitation held',
      'interim input_required',
      'elicitation ok',
    ]);
    expect(stampOf(first.body).id).toBe(beside[1]?.summary.id);
    const ids = [outcome!, ...beside].map(({ summary }) => summary.id);
    expect(await door.verify(ids)).toMatchObject({ verdict: 'VALID' });
  });

  it('in URL mode has no id of its own, and names the server that asks', async () => {
    toolAsks(['elicitation/create', PAGE]);
    const held = heldIn(await call());
    expect(Object.values(held.requests)[0]?.params).toStrictEqual({
      mode: 'url',
      url: PAGE.url,
      message: "The server 'asks' asks: Pay",
    });
    const inputResponses = responsesTo(held, { action: 'decline' });
    expect(textOf(await call(client, { requestState: held.requestState, inputResponses }))).toContain(
      'decline',
    );
  });

  it('is asked again until it is answered by something that fits', async () => {
    toolAsks(['elicitation/create', FORM], ['roots/list']);
    let held = heldIn(await call());
    for (let round = 0; Object.keys(held.requests).length < 2 && round < 3; round += 1)
      held = heldIn(await call(client, { requestState: held.requestState, inputResponses: {} }));
    const [form, roots] = ['elicitation/create', 'roots/list'].map(
      (method) => Object.entries(held.requests).find(([, request]) => request.method === method)?.[0] ?? '',
    ) as [string, string];
    const misfit = { [form]: { action: 'maybe' }, [roots]: { roots: [] }, unknown: {} };
    const again = heldIn(await call(client, { requestState: held.requestState, inputResponses: misfit }));
    expect(Object.keys(again.requests)).toStrictEqual([form]);
    expect(again.requestState).not.toBe(held.requestState);
    const inputResponses = { [form]: BERN };
    expect(textOf(await call(client, { requestState: again.requestState, inputResponses }))).toContain(
      'Bern',
    );
  });

  it('that the client did not say it can be asked is refused, and the call goes on', async () => {
    toolAsks(['elicitation/create', FORM]);
    const answer = await call(client, {}, { roots: {} });
    expect(answer.body.result).toMatchObject({ resultType: 'complete' });
    expect(textOf(answer)).toContain('-32601');
  });

  it('that ends before its client asks again leaves what came of it to the one who asks', async () => {
    toolAsks(['elicitation/create', FORM]);
    const held = heldIn(await call());
    finish('never mind');
    await expect
      .poll(async () => (await door.summaries()).at(-1))
      .toMatchObject({ kind: 'tool_call', status: 'ok' });
    const last = await call(client, { requestState: held.requestState, inputResponses: {} });
    expect(textOf(last)).toBe('never mind');
  });

  it('is cancelled when its client leaves while it waits for the rest', async () => {
    toolAsks(['elicitation/create', FORM]);
    const held = heldIn(await call());
    finish = () => undefined;
    const before = upstream.mentioning('q-0"').length;
    const leaving = new AbortController();
    const { requestState } = held;
    const params = {
      name: 'act',
      arguments: { n: 1 },
      requestState,
      inputResponses: responsesTo(held, BERN),
    };
    const retry = client.open('tools/call', params, able(), leaving.signal).catch(() => undefined);
    await expect.poll(() => upstream.mentioning('q-0"').length).toBe(before + 1);
    leaving.abort();
    await retry;
    await expect
      .poll(async () => (await door.summaries()).at(-1)?.status, { timeout: 10_000 })
      .toBe('cancelled');
  });
});

describe('a server without sessions, too', () => {
  it('has what it asks put under its own names, and its own state back', async () => {
    const other = await startScriptedUpstream();
    const serverInfo = { 'io.modelcontextprotocol/serverInfo': { name: 's', version: '1' } };
    const discovered = {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      ttlMs: 60_000,
      cacheScope: 'public',
      _meta: serverInfo,
    };
    other.on('server/discover', answerWith(JSON.stringify(discovered)));
    other.on('tools/list', answerWith(JSON.stringify({ ...discovered, tools: [TOOL] })));
    const inputRequests = {
      city_name: { method: 'elicitation/create', params: FORM },
      my_roots: { method: 'roots/list', params: {} },
    };
    other.on('tools/call', (one, response) => {
      const asks = { resultType: 'input_required', inputRequests, requestState: 'its own' };
      const said = {
        resultType: 'complete',
        content: [{ type: 'text', text: JSON.stringify(one.message.params) }],
      };
      const isRetry = one.message.params?.['requestState'] !== undefined;
      answerWith(JSON.stringify(isRetry ? said : asks))(one, response);
    });
    await door.register({ bare: { url: other.url, timeoutMs: 20_000 } });
    const bare = await door.stateless('bare');
    let held = heldIn(await call(bare));
    if (Object.keys(held.requests).length < 2)
      held = heldIn(await call(bare, { requestState: held.requestState, inputResponses: {} }));
    expect(Object.keys(held.requests).toSorted()).toStrictEqual(['city_name', 'my_roots']);
    expect(held.requestState).not.toContain('its own');
    const inputResponses = { city_name: BERN, my_roots: { roots: [] } };
    const last = await call(bare, { requestState: held.requestState, inputResponses });
    expect(JSON.parse(textOf(last))).toMatchObject({ requestState: 'its own', inputResponses });
    const early = await call(bare, { inputResponses: { ...inputResponses, unknown: {} } });
    expect(JSON.parse(textOf(early))).toMatchObject({ requestState: 'its own', inputResponses });
    await other.stop();
  });
});

describe('an error that wants a page opened first, which this era does not know', () => {
  const wantBrowser = (elicitations: unknown) => {
    let opened = false;
    upstream.on('tools/call', (received, response) => {
      const error = { code: -32_042, message: 'Log in first', data: { elicitations } };
      const said = opened ? { result: { content: [{ type: 'text', text: 'done' }] } } : { error };
      opened = true;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: received.message.id, ...said }));
    });
  };

  it('is asked as a question, and once it is accepted the call is made anew, under an attempt of its own', async () => {
    wantBrowser([PAGE]);
    const before = upstream.mentioning('"tools/call"').length;
    const first = await call();
    const held = heldIn(first);
    expect(Object.values(held.requests)[0]).toMatchObject({ params: { mode: 'url', url: PAGE.url } });
    const inputResponses = responsesTo(held, { action: 'accept' });
    const last = await call(client, { requestState: held.requestState, inputResponses });
    expect(textOf(last)).toBe('done');
    expect(upstream.mentioning('"tools/call"').length - before).toBe(2);
    const outcome = await door.receipt(stampOf(last.body).id);
    const closed = await door.receipt(stampOf(first.body).id);
    expect([closed?.summary.status, outcome?.summary.status]).toStrictEqual(['rpc_error', 'ok']);
    expect(closed?.summary.attempt).not.toBe(outcome?.summary.attempt);
    expect(await door.verify([closed!.summary.id, outcome!.summary.id])).toMatchObject({ verdict: 'VALID' });
  });

  it.each([
    ['declined', [PAGE], 'declined'],
    ['http', [{ ...PAGE, url: 'http://pay.example.com/' }], 'must be https'],
    ['nothing', [], 'does not say what'],
  ])('ends the call in words when it is %s', async (_what, elicitations, words) => {
    wantBrowser(elicitations);
    let answer = await call();
    if (answer.body.error === undefined) {
      const held = heldIn(answer);
      const inputResponses = responsesTo(held, { action: 'decline' });
      answer = await call(client, { requestState: held.requestState, inputResponses });
    }
    expect(answer.body.error).toMatchObject({
      code: -31000,
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('an error that wants pages opened, from a server that never has enough', () => {
  it('closes the attempt once where it does not say which', async () => {
    upstream.on('tools/call', (received, response) => {
      const error = { code: -32_042, message: 'Log in first', data: {} };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: received.message.id, error }));
    });
    const before = (await door.summaries()).length;
    const { body } = await call();
    expect(body.error?.message).toContain('does not say what');
    const made = (await door.summaries()).slice(before).map((summary) => summary.kind);
    expect(made).toStrictEqual(['attempt', 'tool_call', 'tool_call']);
  });

  it('is asked for no more than may be asked inside one call', async () => {
    upstream.on('tools/call', (received, response) => {
      const elicitations = Array.from({ length: URL_ELICITATIONS_MAX }, () => PAGE);
      const error = { code: -32_042, message: 'Log in first', data: { elicitations } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: received.message.id, error }));
    });
    let answer = await call();
    const most = (2 * SERVER_REQUESTS_MAX) / URL_ELICITATIONS_MAX;
    for (let round = 0; answer.body.error === undefined && round < most; round += 1) {
      const held = heldIn(answer);
      const inputResponses = responsesTo(held, { action: 'accept' });
      answer = await call(client, { requestState: held.requestState, inputResponses });
    }
    expect(answer.body.error?.message).toContain('more was asked');
  }, 30_000);
});

describe('[mcp-2026-request-state] a requestState', () => {
  let held: Held;

  beforeEach(async () => {
    toolAsks(['elicitation/create', FORM]);
    held = heldIn(await call());
  });

  const refusal = async (answer: Promise<RawAnswer>) => {
    const { status, body } = await answer;
    expect([status, body.error?.code]).toStrictEqual([400, -32602]);
    return body.error?.message;
  };
  const retry = (more: JsonObject = {}) => ({
    requestState: held.requestState,
    inputResponses: responsesTo(held, BERN),
    ...more,
  });

  it('is good once', async () => {
    const both = await Promise.all([call(client, retry()), call(client, retry())]);
    expect(both.map(({ status }) => status).toSorted()).toStrictEqual([200, 400]);
    expect(await refusal(call(client, retry()))).toContain('was used already');
  });

  it('of another is refused, and the call goes on waiting', async () => {
    const thief = new StatelessClient(client.url, await door.agentToken('asks'));
    expect(await refusal(call(thief, retry()))).toContain('not one that was given to you');
    expect(textOf(await call(client, retry()))).toContain('Bern');
  });

  it('for other arguments is refused', async () => {
    expect(await refusal(call(client, retry({ arguments: { n: 2 } })))).toContain('for this very call');
    expect(textOf(await call(client, retry()))).toContain('Bern');
  });

  it.each([
    ['changed', (state: string) => `${state.slice(0, -8)}AAAAAAAA`],
    ['cut', (state: string) => state.slice(0, 40)],
    ['made up', () => 'c29tZXRoaW5n'],
    ['too long', () => 'A'.repeat(10_000)],
    ['no text', () => 7 as unknown as string],
  ])('that is %s is refused', async (_what, change) => {
    expect(await refusal(call(client, retry({ requestState: change(held.requestState) })))).toContain(
      'requestState',
    );
  });

  it('is what brings answers to a call: without it they are for a call of its own, which is asked anew', async () => {
    const before = upstream.mentioning('"tools/call"').length;
    const anew = heldIn(await call(client, { inputResponses: responsesTo(held, BERN) }));
    expect(Object.keys(anew.requests)).not.toStrictEqual(Object.keys(held.requests));
    expect(upstream.mentioning('"tools/call"')).toHaveLength(before + 1);
    expect(await refusal(call(client, { inputResponses: 7 }))).toContain('must be');
  });

  it('does not bring anybody past the policy of today', async () => {
    const before = upstream.mentioning('q-0"').length;
    await setPolicies({ no: 'forbid (principal, action == Action::"tools/call", resource);' });
    try {
      await expect
        .poll(async () => (await call(client, retry())).body.error?.message ?? '', { timeout: 5_000 })
        .toContain('Unknown tool');
    } finally {
      await setPolicies({ all: 'permit (principal, action, resource);' });
    }
    expect(upstream.mentioning('q-0"')).toHaveLength(before);
  });

  it('does not outlive the access of whom it was given to', async () => {
    const token = await door.userToken('asks', 'alice@acme.example');
    const alice = new StatelessClient(client.url, token);
    toolAsks(['elicitation/create', FORM]);
    const mine = heldIn(await call(alice));
    await door.revokePerson('alice@acme.example');
    const params = { requestState: mine.requestState, inputResponses: responsesTo(mine, BERN) };
    expect((await call(alice, params)).status).toBe(401);
    expect(upstream.mentioning('q-0"').at(-1)?.body).toContain('Access was revoked');
  });
});

async function setPolicies(policies: Record<string, string>): Promise<void> {
  const { registry, policy } = door.modules;
  await door.database.tenantDb(door.tenant.id).transaction(async (tx) => {
    const servers = await registry.listIn(tx, door.tenant.id);
    const author = { mode: 'operator', workload: 'cli:test' } as const;
    const saved = await policy.save(tx, door.tenant.id, { policies, servers, author });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}

/** A retry is kept from the replica that it is for, and it is noted that this one looked. Nothing else lies that long. */
const WITHHOLD = `create table kept (like mcp_relay); create sequence looked;
  create function withhold() returns trigger language plpgsql security definer as
    $$ begin insert into kept values (new.*); perform setval('looked', 1, false); return null; end $$;
  create function look() returns trigger language plpgsql security definer as
    $$ begin perform nextval('looked'); return null; end $$;
  create trigger withhold before insert on mcp_relay for each row
    when (new.expires_at > now() + interval '5 minutes') execute function withhold();
  create trigger look before delete on mcp_relay for each statement execute function look()`;

describe('a retry at another replica', () => {
  it('goes on with the call where it waits', async () => {
    const other = await door.addReplica();
    toolAsks(['elicitation/create', FORM]);
    const held = heldIn(await call());
    const there = new StatelessClient(other.resource('asks'), client.token);
    const params = { requestState: held.requestState, inputResponses: responsesTo(held, BERN) };
    const last = await call(there, params);
    expect(textOf(last)).toContain('Bern');
    expect(last.headers.get('countersign-receipt')).toBe(stampOf(last.body).id);
    await other.close();
  });

  it('may be asked on, and answered there', async () => {
    const other = await door.addReplica();
    toolAsks(['elicitation/create', FORM]);
    const held = heldIn(await call());
    const there = new StatelessClient(other.resource('asks'), client.token);
    const again = heldIn(await call(there, { requestState: held.requestState, inputResponses: {} }));
    const params = { requestState: again.requestState, inputResponses: responsesTo(again, BERN) };
    expect(textOf(await call(there, params))).toContain('Bern');
    await other.close();
  });

  it('does not reach the call of another, whatever whoever owns the database says', async () => {
    const other = await door.addReplica();
    toolAsks(['elicitation/create', FORM]);
    const theirs = new StatelessClient(client.url, await door.agentToken('asks'));
    const secret = heldIn(await call(theirs));
    const tellSecret = finish;
    toolAsks(['elicitation/create', FORM]);
    const mine = heldIn(await call());
    const there = new StatelessClient(other.resource('asks'), theirs.token);
    const leaving = new AbortController();
    const { asked: again, told } = await door.asOwner(async (owner) => {
      const about: string[] = [];
      owner.on('notification', ({ payload }) => {
        about.push(String((JSON.parse(payload ?? '{}') as JsonObject)['about']));
      });
      await owner.query('listen mcp_relay');
      const asked = heldIn(await call(there, { requestState: secret.requestState, inputResponses: {} }));
      await expect.poll(() => about.length).toBeGreaterThan(0);
      await owner.query(WITHHOLD);
      tellSecret('a secret');
      const elsewhere = new StatelessClient(other.resource('asks'), client.token);
      const params = { requestState: mine.requestState, inputResponses: responsesTo(mine, BERN) };
      const told = toldUntil(leaving.signal, elsewhere, params);
      // Whoever it is for has looked for it, and found nothing.
      const looked = 'select 1 from kept, looked where is_called';
      await expect.poll(async () => (await owner.query(looked)).rowCount).toBe(1);
      await owner.query(`drop trigger withhold on mcp_relay; drop trigger look on mcp_relay;
        select set_config('app.tenant', tenant_id::text, false) from kept;
        insert into mcp_relay select * from kept;
        select pg_notify('mcp_relay', json_build_object('tenant', tenant_id, 'id', id, 'about', '${about[0]}')::text) from kept`);
      const lies = 'select 1 from mcp_relay join kept using (id)';
      await expect.poll(async () => (await owner.query(lies)).rowCount).toBe(0);
      return { asked, told };
    });
    const last = await call(theirs, { requestState: again.requestState, inputResponses: {} });
    expect(textOf(last)).toBe('a secret');
    leaving.abort();
    expect(await told).not.toContain('a secret');
    await other.close();
  });

  it('whose call is gone is told so, and which attempt it was', async () => {
    const other = await door.addReplica();
    toolAsks(['elicitation/create', FORM]);
    const there = new StatelessClient(other.resource('asks'), client.token);
    const held = heldIn(await call(there));
    finish('to nobody');
    await other.close();
    const params = { requestState: held.requestState, inputResponses: responsesTo(held, BERN) };
    const { body } = await call(client, params);
    expect(body.error?.message).toContain('what it did is unknown');
    const attempt = await door.receipt(String(body.error?.data?.['attempt']));
    expect(attempt?.summary.kind).toBe('attempt');
  });
});
