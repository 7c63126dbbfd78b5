/** A stateless server's own names for what it asks, and answers that a client brings along before it was asked. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, ServerId } from '#lib/core';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession, stampOf } from './testing/mcp-client.ts';
import {
  answerWith,
  DISCOVERED,
  type ScriptedUpstream,
  startScriptedUpstream,
  TOOL,
} from './testing/scripted-upstream.ts';

const FORM = { message: 'Which city?', requestedSchema: { type: 'object', properties: {} } };
const BERN = { action: 'accept', content: { city: 'Bern' } };
const ABLE = { meta: { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } } };
const POLICIES = {
  all: 'permit (principal, action, resource);',
  quiet: 'forbid (principal, action == Action::"elicitation/create", resource == Server::"quiet");',
};

let door: FrontDoor;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  upstream = door.before(await startScriptedUpstream());
  upstream.on('server/discover', answerWith(JSON.stringify(DISCOVERED)));
  upstream.on('tools/list', answerWith(JSON.stringify({ ...DISCOVERED, tools: [TOOL] })));
  await door.register({ free: { url: upstream.url }, quiet: { url: upstream.url } });
});

afterAll(() => door?.close());

let asked: number;

/** The tool asks one question under this name, until it has an answer to it. */
function toolAsks(name: string): void {
  asked = upstream.received.length;
  upstream.on('tools/call', (received, response) => {
    const answers = (received.message.params?.['inputResponses'] ?? {}) as JsonObject;
    const inputRequests = { [name]: { method: 'elicitation/create', params: FORM } };
    const result = Object.hasOwn(answers, name)
      ? { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(answers) }] }
      : { resultType: 'input_required', inputRequests, requestState: 'its own' };
    answerWith(JSON.stringify(result))(received, response);
  });
}

async function call(server: string, params: JsonObject = {}) {
  const client = await door.stateless(server);
  return await client.request('tools/call', { name: 'act', arguments: {}, ...params }, ABLE);
}

const calls = () => upstream.received.slice(asked).filter(({ message }) => message.method === 'tools/call');

describe('a question of a stateless server', () => {
  it.each(['user_name', '0', '__proto__'])('is called %s as its server calls it', async (name) => {
    toolAsks(name);
    const { body } = await call('free');
    expect(Object.keys(body.result?.['inputRequests'] as JsonObject)).toStrictEqual([name]);
  });

  it('is called by the start of its name where that is beyond all measure', async () => {
    toolAsks('n'.repeat(257));
    const { body } = await call('free');
    const [name = ''] = Object.keys(body.result?.['inputRequests'] as JsonObject);
    expect(name).toBe('n'.repeat(128));
  });
});

describe('a call that waits for an answer', () => {
  const OPERATOR = { mode: 'operator', workload: 'cli:test' } as const;

  async function waiting() {
    toolAsks('city');
    const session = await RawSession.open(door.resource('free'), await door.agentToken('free'), {
      elicitation: {},
    });
    const stream = await session.stream('tools/call', { name: 'act', arguments: {} });
    const { id } = await stream.nextOf('elicitation/create');
    return { stream, answer: () => session.respond(id, { result: BERN }) };
  }

  async function setPolicies(policies: Record<string, string>): Promise<void> {
    const { registry, policy } = door.modules;
    await door.database.tenantDb(door.tenant.id).transaction(async (tx) => {
      const servers = await registry.listIn(tx, door.tenant.id);
      const saved = await policy.save(tx, door.tenant.id, { policies, servers, author: OPERATOR });
      if (!saved.ok) throw new Error(JSON.stringify(saved.error));
    });
  }

  it('goes on when it is given', async () => {
    const { stream, answer } = await waiting();
    await answer();
    expect((await stream.answer()).result?.content?.[0]?.text).toContain('Bern');
  });

  it('gets no further round once its tool was seen to differ from its pin', async () => {
    const { stream, answer } = await waiting();
    const drift = { kind: 'tool', name: TOOL.name, liveSha256: 'a'.repeat(64) } as const;
    await door.modules.registry.noteDrift(door.tenant.id, 'free' as ServerId, [drift]);
    await answer();
    expect((await stream.answer()).error?.message).toContain('is not asked again');
    expect(calls()).toHaveLength(1);
    await door.register({ free: { url: upstream.url } });
  });

  it('gets no further round once policy denies the call', async () => {
    const { stream, answer } = await waiting();
    await setPolicies({ ...POLICIES, no: 'forbid (principal, action == Action::"tools/call", resource);' });
    await answer();
    expect((await stream.answer()).error?.message).toContain('is not asked again');
    expect(calls()).toHaveLength(1);
    await setPolicies(POLICIES);
  });
});

describe('an answer that comes along with the call', () => {
  beforeEach(() => toolAsks('city'));

  it('[mcp-2026-input-required] is heard once its server asks, in the log, and goes with the next round alone', async () => {
    const { body } = await call('free', { inputResponses: { city: BERN, other: BERN } });
    expect(body.result?.content?.[0]?.text).toBe(JSON.stringify({ city: BERN }));
    const [first, second] = calls().map(({ message }) => message.params);
    expect(first).not.toHaveProperty('inputResponses');
    expect(second).toMatchObject({ inputResponses: { city: BERN }, requestState: 'its own' });
    const outcome = await door.receipt(stampOf(body).id);
    const beside = await door.receipts(
      (summary) => summary.attempt === outcome?.summary.attempt && summary.kind !== 'tool_call',
    );
    expect(beside.map(({ summary }) => `${summary.kind} ${summary.status}`)).toStrictEqual([
      'elicitation held',
      'elicitation ok',
    ]);
  });

  it.each([
    ['is no object', { city: 12_345 }],
    ['does not fit', { city: { action: 'maybe' } }],
    ['has another name', { town: BERN }],
  ])('is asked for where it %s', async (_, inputResponses) => {
    const { body } = await call('free', { inputResponses });
    expect(body.result).toMatchObject({ resultType: 'input_required', inputRequests: { city: {} } });
    expect(calls()).toHaveLength(1);
  });

  it('does not reach a server that policy lets ask nothing', async () => {
    const { body } = await call('quiet', { inputResponses: { city: BERN } });
    expect(body.result?.['resultType']).not.toBe('input_required');
    expect(calls().some(({ message }) => message.params?.['inputResponses'] !== undefined)).toBe(false);
  });
});
