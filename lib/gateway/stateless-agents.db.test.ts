/** The stateless era (MCP 2026-07-28) through the front door: what is decided, receipted, minted and revoked in a session is so here. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLedgerServer, type LedgerFixture } from '../../e2e/fixtures/ledger-server.ts';
import type { JsonObject } from '#lib/core';
import { PRINCIPAL_CALLS_IN_FLIGHT_MAX } from './constants.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { disclosedIn } from './testing/read-log.ts';
import { stampOf } from './testing/mcp-client.ts';
import { StatelessClient } from './testing/stateless-client.ts';

const POLICIES = {
  agents: 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
  engineering: 'permit (principal in Group::"engineering", action, resource);',
  books: 'forbid (principal, action, resource == Tool::"ledger/close_books");',
  service: 'forbid (principal is User, action, resource == Tool::"ledger/service_report");',
  prod: `@reason("Nobody posts to prod.") forbid (principal, action == Action::"tools/call",
    resource == Tool::"ledger/post_entry") when { context.arguments.environment == "prod" };`,
  nightly: `permit (principal is Agent, action == Action::"tools/call",
    resource == Tool::"ledger/service_report") when { context.mode == "agent" };`,
};

let door: FrontDoor;
let ledger: LedgerFixture;
let alice: StatelessClient;

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  ledger = door.before(await startLedgerServer({ mintIssuer: door.mintIssuer }));
  await door.register({ ledger: { url: ledger.url } });
  alice = await door.statelessFor('alice@acme.example', 'ledger');
});

afterAll(() => door?.close());

describe('a call without a session', () => {
  it('reaches the server as this user, agent, tool and arguments, and leaves attempt and outcome', async () => {
    const args = { account: 'cash', amount: 5, environment: 'dev' };
    const answer = await alice.call('post_entry', args);
    expect(answer.status).toBe(200);
    const { saw } = answer.body.result?.['structuredContent'] as unknown as { saw: Record<string, string> };
    expect(saw).toMatchObject({ email: 'alice@acme.example', tool: 'post_entry', attempt: saw['jti'] });
    const outcome = await door.receiptOf(stampOf(answer.body).id);
    const attempt = await door.receiptOf(saw['jti'] ?? '');
    const told = { kind: 'tool_call', status: 'ok', tool: 'post_entry', attempt: attempt.summary.id };
    expect(outcome.summary).toMatchObject(told);
    expect(attempt.summary).toMatchObject({ kind: 'attempt', effect: 'allow', subject: saw['sub'] });
    const text = '{"account":"cash","amount":5,"environment":"dev"}';
    expect(disclosedIn(outcome)).toMatchObject({
      arguments: { sha256: createHash('sha256').update(text).digest('hex') },
      email: 'alice@acme.example',
      ip: '192.0.2.7',
    });
    expect(disclosedIn(outcome)).not.toHaveProperty('session');
  });

  it('is answered in the words of its era, whatever the server speaks [mcp-stateless-result]', async () => {
    const { body } = await alice.call('read_balance', { account: 'cash' });
    expect(body.result).toMatchObject({ resultType: 'complete' });
    expect(body.result?._meta).toMatchObject({
      'io.modelcontextprotocol/serverInfo': { name: 'ledger', version: '1.0.0' },
    });
  });

  it('is receipted over the bytes it got, with the stamp cut out, and over those that came', async () => {
    const answer = await alice.call('read_balance', { account: 'cash' });
    const stamp = JSON.stringify({ 'dev.countersign/receipt': stampOf(answer.body) }).slice(1, -1);
    const value = /"result":(\{.*\})\}\s*$/s.exec(answer.text)?.[1] ?? '';
    const bare = value.replace(`${stamp},`, '');
    expect(bare).not.toBe(value);
    const { result, upstream } = disclosedIn(await door.receiptOf(stampOf(answer.body).id));
    const sha256 = createHash('sha256').update(bare).digest('hex');
    expect(result).toMatchObject({ sha256, bytes: Buffer.byteLength(bare), member: 'result' });
    expect(upstream).not.toMatchObject({ sha256 });
    const verdict = await door.verify([stampOf(answer.body).id]);
    expect(verdict.verdict).toBe('VALID');
  });

  it('passes on nothing that belongs to its era alone', async () => {
    const extra = { meta: { 'example.com/own': 1, progressToken: 'p' } };
    await alice.call('read_balance', { account: 'cash' }, extra);
    const meta = ledger.journal.at(-1)?.params['_meta'] as JsonObject;
    const expected = ['dev.countersign/attempt', 'example.com/own', 'progressToken'];
    expect(Object.keys(meta).toSorted()).toStrictEqual(expected);
  });

  it('takes no notice of a session id or of an event to resume from [mcp-stateless-session]', async () => {
    const headers = { 'mcp-session-id': 'some-session', 'last-event-id': '7' };
    const answer = await alice.call('read_balance', { account: 'cash' }, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('mcp-session-id')).toBeNull();
  });

  it('may be a resource, which may not be kept, or a prompt [mcp-stateless-caching]', async () => {
    const read = await alice.request('resources/read', { uri: 'ledger://accounts' });
    expect(read.body.result).toMatchObject({ ttlMs: 0, cacheScope: 'private', resultType: 'complete' });
    const prompt = { name: 'explain_entry', arguments: { entry: '7' } };
    expect((await alice.request('prompts/get', prompt)).body.result).toMatchObject({
      resultType: 'complete',
    });
    const kinds = (await door.summaries()).map((summary) => `${summary.kind} ${summary.status ?? ''}`);
    expect(kinds).toEqual(expect.arrayContaining(['resource_read ok', 'prompt_get ok']));
  });

  it('is not mixed up with others of the same id', async () => {
    const accounts = Array.from({ length: 20 }, (_, index) => `account-${index}`);
    const answers = await Promise.all(
      accounts.map((account) => alice.call('read_balance', { account }, { id: 1 })),
    );
    const texts = answers.map(({ body }) => body.result?.content?.[0]?.text ?? '');
    expect(texts.every((text, index) => text.includes(`"${accounts[index] ?? ''}"`))).toBe(true);
  });

  it('finds the server again where that has lost its sessions, as a new attempt', async () => {
    await ledger.dropSessions();
    const answer = await alice.call('read_balance', { account: 'again' });
    expect(answer.body.result?.content).toHaveLength(1);
    const receipts = await door.receipts();
    const outcome = receipts.find(({ summary }) => summary.id === stampOf(answer.body).id);
    const second = receipts.find(({ summary }) => summary.id === outcome?.summary.attempt);
    expect(second?.payload).toHaveProperty('first_attempt');
    await ledger.dropSessions();
    expect((await alice.request('tools/list')).body.result).toHaveProperty('tools');
  });

  it('needs nothing of the process that served the one before', async () => {
    await alice.call('read_balance', { account: 'cash' });
    await door.restartGateway();
    expect((await alice.call('read_balance', { account: 'cash' })).body.result?.content).toHaveLength(1);
  });

  it('is one of a bounded number of its principal', async () => {
    const release = ledger.holdAnswers();
    const before = ledger.journal.length;
    const held = Array.from({ length: PRINCIPAL_CALLS_IN_FLIGHT_MAX }, () =>
      alice.call('read_balance', { account: 'cash' }),
    );
    await expect
      .poll(() => ledger.journal.length, { timeout: 15_000 })
      .toBe(before + PRINCIPAL_CALLS_IN_FLIGHT_MAX);
    const refused = await alice.call('read_balance', { account: 'cash' });
    release();
    expect([refused.status, refused.headers.get('retry-after')]).toStrictEqual([503, '1']);
    expect((await Promise.all(held)).every(({ status }) => status === 200)).toBe(true);
    expect((await alice.call('read_balance', { account: 'cash' })).status).toBe(200);
  });
});

describe('a denied call without a session', () => {
  it('by a forbidden value never leaves, and says why', async () => {
    const before = ledger.journal.length;
    const answer = await alice.call('post_entry', { account: 'cash', amount: 5, environment: 'prod' });
    expect(answer.body.result).toMatchObject({ isError: true, resultType: 'complete' });
    expect(answer.body.result?.content?.[0]?.text).toContain('Nobody posts to prod.');
    expect(ledger.journal).toHaveLength(before);
    const receipt = await door.receiptOf(stampOf(answer.body).id);
    expect(receipt.summary).toMatchObject({ kind: 'tool_call', effect: 'deny', status: 'denied' });
  });

  it('to a tool that may not be seen answers exactly as for one that does not exist', async () => {
    const hidden = await alice.call('close_books', { month: '2026-01' });
    const missing = await alice.call('no_such_tool', { month: '2026-01' });
    const shape = (text: string) =>
      text
        .replaceAll(/close_books|no_such_tool/g, 'T')
        .replaceAll(/"(id|root)":"[^"]*"|"(id|size)":\d+/g, '');
    expect(hidden.body.error).toMatchObject({ code: -32602, message: 'Unknown tool: close_books' });
    expect([hidden.status, shape(hidden.text)]).toStrictEqual([missing.status, shape(missing.text)]);
    for (const { body } of [hidden, missing]) {
      expect((await door.receiptOf(stampOf(body).id)).summary).toMatchObject({
        status: 'denied',
        effect: 'deny',
      });
    }
  });

  it('of an agent without a person is so by the same policies', async () => {
    const agent = await door.stateless('ledger');
    expect((await agent.call('service_report')).body.result?.isError).toBeUndefined();
    expect((await agent.call('read_balance', { account: 'a' })).body.error?.code).toBe(-32602);
  });
});

describe('a list without a session', () => {
  it('shows what is permitted, to be kept by this client alone [mcp-stateless-caching]', async () => {
    const { body } = await alice.request('tools/list');
    const { tools, ttlMs } = body.result as unknown as { tools: { name: string }[]; ttlMs: number };
    expect(tools.map(({ name }) => name).toSorted()).toStrictEqual(['post_entry', 'read_balance']);
    expect(body.result).toMatchObject({ cacheScope: 'private', resultType: 'complete' });
    expect(Number.isInteger(ttlMs) && ttlMs >= 0).toBe(true);
    const bob = await door.statelessFor('bob@acme.example', 'ledger');
    expect((await bob.request('tools/list')).body.result).toMatchObject({ tools: [] });
    for (const method of ['prompts/list', 'resources/list', 'resources/templates/list'])
      expect((await alice.request(method)).body.result).toMatchObject({ cacheScope: 'private' });
  });
});

describe('server/discover', () => {
  it('says what the server behind is, as far as it is relayed [mcp-stateless-discover]', async () => {
    const { body } = await alice.request('server/discover');
    expect(body.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'],
      capabilities: { tools: { listChanged: true }, resources: {}, prompts: {} },
      instructions: 'The books of a small company.',
      cacheScope: 'private',
    });
    expect(body.result?._meta).toMatchObject({
      'io.modelcontextprotocol/serverInfo': { name: 'ledger', version: '1.0.0' },
    });
  });
});

describe('revocation without a session', () => {
  it('withholds a result that is on its way', async () => {
    const ada = await door.statelessFor('ada@acme.example', 'ledger');
    expect((await ada.call('read_balance', { account: 'cash' })).status).toBe(200);
    const release = ledger.holdAnswers();
    const before = ledger.journal.length;
    const waiting = ada.call('read_balance', { account: 'cash' });
    await expect.poll(() => ledger.journal.length).toBe(before + 1);
    await door.revokePerson('ada@acme.example');
    release();
    const answer = await waiting;
    expect(answer.body.error?.message).toContain('Access was revoked');
    expect((await door.receiptOf(stampOf(answer.body).id)).summary).toMatchObject({ status: 'withheld' });
    expect((await ada.call('read_balance', { account: 'cash' })).status).toBe(401);
  });
});
