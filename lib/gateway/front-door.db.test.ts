/** The main job through the front door: real tokens, real policy, real log, and a server that checks every minted token. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLedgerServer, type LedgerFixture } from '../../e2e/fixtures/ledger-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { disclosedIn } from './testing/read-log.ts';
import { connect, RawSession, send, stampOf, type Connected } from './testing/mcp-client.ts';

const POLICIES = {
  agents: 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
  engineering: 'permit (principal in Group::"engineering", action, resource);',
  books:
    '@reason("Only finance closes books.") forbid (principal, action, resource == Tool::"ledger/close_books");',
  service:
    '@reason("Agents only.") forbid (principal is User, action, resource == Tool::"ledger/service_report");',
  prod: `@reason("Nobody posts to prod.") forbid (principal, action == Action::"tools/call",
    resource == Tool::"ledger/post_entry") when { context.arguments.environment == "prod" };`,
  nightly: `permit (principal is Agent, action == Action::"tools/call",
    resource == Tool::"ledger/service_report") when { context.mode == "agent" };`,
};

let door: FrontDoor;
let ledger: LedgerFixture;
let url: string;
let token: string;
let alice: Connected;

beforeAll(async () => {
  door = await openFrontDoor({ policies: POLICIES });
  ledger = door.before(await startLedgerServer({ mintIssuer: door.mintIssuer }));
  await door.register({
    ledger: { url: ledger.url },
    quick: { url: ledger.url, waivers: ['read_balance'], emailAllowed: false },
  });
  url = door.resource('ledger');
  token = await door.userToken('ledger', 'alice@acme.example');
  alice = await connect(url, token);
});

afterAll(async () => {
  await alice?.client.close();
  await door?.close();
});

describe('an allowed call', () => {
  it('reaches the server as this user, agent, tool and arguments, and only then the agent [mcp-token-passthrough]', async () => {
    const args = { account: 'cash', amount: 5, environment: 'dev' };
    const result = await alice.client.callTool({ name: 'post_entry', arguments: args });
    const saw = (result.structuredContent as { saw: Record<string, string> }).saw;
    expect(saw).toMatchObject({ email: 'alice@acme.example', tool: 'post_entry', attempt: saw['jti'] });
    const { id } = stampOf({ result: result as never });
    const outcome = await door.receiptOf(id);
    const attempt = await door.receiptOf(saw['jti'] ?? '');
    expect(outcome.summary).toMatchObject({
      kind: 'tool_call',
      status: 'ok',
      tool: 'post_entry',
      attempt: attempt.summary.id,
    });
    expect(attempt.summary).toMatchObject({ kind: 'attempt', effect: 'allow', subject: saw['sub'] });
    expect(attempt.summary.index).toBeLessThan(outcome.summary.index);
    const sha256 = createHash('sha256')
      .update('{"account":"cash","amount":5,"environment":"dev"}')
      .digest('hex');
    expect(disclosedIn(outcome)).toMatchObject({
      arguments: { sha256 },
      email: 'alice@acme.example',
      ip: '192.0.2.7',
    });
    expect(ledger.journal.at(-1)?.params).not.toHaveProperty('_meta.authorization');
  });

  it('is receipted over the very bytes that came, with the stamp cut out', async () => {
    const session = await RawSession.open(url, token);
    const answer = await session.call('read_balance', { account: 'cash' });
    const stamp = JSON.stringify({ 'dev.countersign/receipt': stampOf(answer.body) });
    expect(answer.headers.get('countersign-receipt')).toBe(stampOf(answer.body).id);
    const value = /"result":(\{.*\})\}\s*$/.exec(answer.text)?.[1] ?? '';
    const bare = value
      .replace(`"_meta":${stamp},`, '')
      .replace(`${stamp.slice(1, -1)},`, '')
      .replace(stamp.slice(1, -1), '');
    const outcome = await door.receiptOf(stampOf(answer.body).id);
    const digest = createHash('sha256').update(bare).digest('hex');
    expect(disclosedIn(outcome)['result']).toMatchObject({
      sha256: digest,
      bytes: Buffer.byteLength(bare),
      member: 'result',
    });
  });

  it('names a head of the log that was committed', async () => {
    const session = await RawSession.open(url, token);
    const first = stampOf((await session.call('read_balance', { account: 'a' })).body);
    expect(first.log).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
    const outcome = await door.receiptOf(first.id);
    expect(first.log['size']).toBeGreaterThanOrEqual(outcome.summary.index);
  });

  it('goes without an attempt where an admin waived it, and its token names the outcome', async () => {
    const session = await door.openFor('alice@acme.example', 'quick');
    const answer = await session.call('read_balance', { account: 'a' });
    const { id } = stampOf(answer.body);
    expect(ledger.journal.at(-1)).toMatchObject({ attempt: id, seen: { jti: id } });
    expect(ledger.journal.at(-1)?.seen.email).toBeUndefined();
    expect((await door.receiptOf(id)).summary.attempt).toBeUndefined();
  });

  it('may be a resource, a template, a prompt', async () => {
    await alice.client.readResource({ uri: 'ledger://accounts' });
    await alice.client.readResource({ uri: 'ledger://accounts/cash' });
    const prompt = await alice.client.getPrompt({ name: 'explain_entry', arguments: { entry: '7' } });
    expect(prompt.messages).toHaveLength(1);
    const kinds = (await door.summaries()).map((summary) => `${summary.kind} ${summary.status ?? ''}`);
    expect(kinds).toContain('resource_read ok');
    expect(kinds).toContain('prompt_get ok');
    expect(ledger.refusals).toStrictEqual([]);
  });
});

describe('a denied call', () => {
  it.each([
    ['as it is', 'prod', 'Nobody posts to prod.'],
    ['in a list', ['prod'], 'arguments do not fit'],
    ['dressed as an entity', { __entity: { type: 'Environment', id: 'prod' } }, 'arguments do not fit'],
  ])('by a forbidden value %s never leaves, and says why', async (_, environment, reason) => {
    const before = ledger.journal.length;
    const session = await RawSession.open(url, token);
    const answer = await session.call('post_entry', { account: 'cash', amount: 5, environment });
    expect(answer.body.result).toMatchObject({ isError: true });
    expect(answer.body.result?.content?.[0]?.text).toContain(reason);
    expect(ledger.journal).toHaveLength(before);
    const receipt = await door.receiptOf(stampOf(answer.body).id);
    expect(receipt.summary).toMatchObject({
      kind: 'tool_call',
      effect: 'deny',
      status: 'denied',
      tool: 'post_entry',
    });
  });

  it('to a tool that may not be seen answers exactly as for one that does not exist', async () => {
    const names = (await alice.client.listTools()).tools.map(({ name }) => name);
    expect(names.toSorted()).toStrictEqual(['post_entry', 'read_balance']);
    const session = await RawSession.open(url, token);
    const hidden = await session.call('close_books', { month: '2026-01' });
    const missing = await session.call('no_such_tool', { month: '2026-01' });
    const shape = (text: string) =>
      text
        .replaceAll(/close_books|no_such_tool/g, 'T')
        .replaceAll(/"(id|root)":"[^"]*"|"(id|size)":\d+/g, '');
    expect(hidden.body.error).toMatchObject({ code: -32602, message: 'Unknown tool: close_books' });
    expect(shape(hidden.text)).toBe(shape(missing.text));
    for (const { body } of [hidden, missing]) {
      expect((await door.receiptOf(stampOf(body).id)).summary).toMatchObject({
        status: 'denied',
        effect: 'deny',
      });
    }
  });

  it('of somebody whom nothing permits', async () => {
    const bob = await door.openFor('bob@acme.example', 'ledger');
    expect((await bob.request('tools/list')).body.result).toMatchObject({ tools: [] });
    expect((await bob.request('prompts/list')).body.result).toMatchObject({ prompts: [] });
    expect((await bob.call('read_balance', { account: 'a' })).body.error?.code).toBe(-32602);
    const read = await bob.request('resources/read', { uri: 'ledger://accounts' });
    expect(read.body.error?.code).toBe(-32602);
    expect((await door.receiptOf(stampOf(read.body).id)).summary).toMatchObject({
      kind: 'resource_read',
      status: 'denied',
    });
  });
});

describe('an agent without a person', () => {
  it('calls what agents may and nothing else', async () => {
    const session = await door.open('ledger');
    const answer = await session.call('service_report');
    expect(answer.body.result?.isError).toBeUndefined();
    const seen = ledger.journal.at(-1)?.seen;
    expect(seen?.sub).toMatch(/^nightly-/);
    expect(seen?.email).toBeUndefined();
    expect((await session.call('read_balance', { account: 'a' })).body.error?.code).toBe(-32602);
    const receipt = await door.receiptOf(stampOf(answer.body).id);
    expect(receipt.summary).toMatchObject({ mode: 'agent', status: 'ok' });
    expect(receipt.summary.subject).toBeUndefined();
  });
});

describe('a session', () => {
  it('survives a restart of Countersign, also on the way to the server [mcp-transport-session]', async () => {
    const session = await RawSession.open(url, token);
    await session.call('read_balance', { account: 'a' });
    await door.restartGateway();
    const answer = await session.call('read_balance', { account: 'a' });
    expect(answer.body.result?.content).toHaveLength(1);
  });

  it('is opened anew at a server that lost it, and the call is sent again as a new attempt', async () => {
    const session = await RawSession.open(url, token);
    await ledger.dropSessions();
    const answer = await session.call('read_balance', { account: 'again' });
    expect(answer.body.result?.content).toHaveLength(1);
    const receipts = await door.receipts();
    const outcome = receipts.find(({ summary }) => summary.id === stampOf(answer.body).id);
    const second = receipts.find(({ summary }) => summary.id === outcome?.summary.attempt);
    const first = String(second?.payload['first_attempt']);
    const closed = receipts.find(({ summary }) => summary.attempt === first);
    expect(closed?.summary).toMatchObject({ kind: 'tool_call', status: 'failed' });
    expect((await session.request('tools/list')).body.result).toHaveProperty('tools');
  });

  it('ends with DELETE, on both sides', async () => {
    const session = await RawSession.open(url, token);
    expect((await send(url, '', session.headers, 'DELETE')).status).toBe(204);
    expect((await session.request('ping')).status).toBe(404);
    await door.restartGateway();
    expect((await session.request('ping')).status).toBe(404);
  });

  it('is nobody else’s', async () => {
    const session = await RawSession.open(url, token);
    const other = {
      ...session.headers,
      authorization: `Bearer ${await door.userToken('ledger', 'bob@acme.example', token)}`,
    };
    const body = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect((await send(url, body, other)).status).toBe(404);
    const again = {
      ...session.headers,
      authorization: `Bearer ${await door.userToken('ledger', 'alice@acme.example')}`,
    };
    expect((await send(url, body, again)).status).toBe(404);
  });
});

describe('a definition that changed', () => {
  it('is hidden and denied until it is applied again', async () => {
    await door.modules.registry.noteDrift(door.tenant.id, 'quick' as never, [
      { kind: 'tool', name: 'read_balance', liveSha256: 'ab'.repeat(32) },
    ]);
    const session = await door.openFor('alice@acme.example', 'quick');
    const listed = (await session.request('tools/list')).body.result as unknown as {
      tools: { name: string }[];
    };
    expect(listed.tools.map(({ name }) => name)).not.toContain('read_balance');
    expect((await session.call('read_balance', { account: 'a' })).body).not.toHaveProperty(
      'result.structuredContent',
    );
  });
});

describe('revocation', () => {
  it('ends tokens, sessions and streams at once', async () => {
    const ada = await door.userToken('ledger', 'ada@acme.example');
    const session = await RawSession.open(url, ada);
    const stream = await fetch(url, { headers: { ...session.headers, accept: 'text/event-stream' } });
    expect(stream.status).toBe(200);
    await door.revokePerson('ada@acme.example');
    await stream.text();
    expect((await session.request('ping')).status).toBe(401);
  });

  it('reaches a call whose body was still on its way', async () => {
    const session = await door.openFor('ada@acme.example', 'ledger');
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'read_balance', arguments: { account: 'a' } },
    });
    const headers = {
      ...session.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      // Whoever is told to go on knows that the request has begun to be handled.
      expect: '100-continue',
    };
    const before = ledger.journal.length;
    const status = new Promise<number>((resolve) => {
      const slow = request(url, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      slow.write(body.slice(0, 20));
      slow.once(
        'continue',
        () => void door.revokePerson('ada@acme.example').then(() => slow.end(body.slice(20))),
      );
    });
    expect(await status).toBe(401);
    expect(ledger.journal).toHaveLength(before);
  });
});
