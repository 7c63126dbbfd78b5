/** Policies through the front door: versions, differences, drafts and hypothetical requests over the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession } from '../../lib/gateway/testing/mcp-client.ts';
import type { HttpBrowser } from '../fixtures/http-browser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { LEDGER_POLICIES, type Organisation, startOrganisation } from '../harness/start-organisation.ts';

const PROD =
  '@reason("Not in prod.") forbid (principal, action == Action::"tools/call", resource == Tool::"ledger/post_entry") when { context.arguments.environment == "prod" };';
const ENTRY = { account: 'a', amount: 1, environment: 'dev' };

let test: TestDatabase;
let instance: Instance;
let acme: Organisation;
let admin: HttpBrowser;
let auditor: HttpBrowser;
let member: HttpBrowser;

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test });
  acme = await startOrganisation(instance, { slug: 'acme' });
  admin = await acme.signIn('ada@acme.example');
  auditor = await acme.signIn('audrey@acme.example');
  member = await acme.signIn('alice@acme.example');
});
afterAll(async () => {
  await instance.stop();
  await acme.stop();
  await test.close();
});

interface Sent {
  readonly browser?: HttpBrowser;
  readonly method?: string;
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Record<string, string>;
  readonly csrf?: boolean;
}

async function api(path: string, sent: Sent = {}) {
  const { browser = admin, method = 'GET', csrf = true } = sent;
  const url = `${acme.canonicalUrl}/api/v1${path}`;
  const cookie = browser.cookies(url);
  const token = csrf && method !== 'GET' ? await csrfOf(browser) : undefined;
  const raw = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const response = await fetch(url, {
    method,
    headers: {
      cookie,
      origin: new URL(url).origin,
      ...(token === undefined ? {} : { 'x-csrf-token': token }),
      ...(raw === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    ...(raw === undefined ? {} : { body: raw }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    text,
    json: isJson ? (JSON.parse(text) as unknown) : undefined,
    response,
  };
}

async function csrfOf(browser: HttpBrowser): Promise<string> {
  const url = `${acme.canonicalUrl}/api/v1/session`;
  const response = await fetch(url, { headers: { cookie: browser.cookies(url) } });
  return ((await response.json()) as { csrf_token: string }).csrf_token;
}

const ask = async (request: object, more: object = {}, sent: Sent = {}) =>
  await api('/policies/test', {
    method: 'POST',
    body: {
      request: {
        person: { groups: ['engineering'] },
        agent: { client_id: 'any', admission: 'open' },
        server: 'ledger',
        tool: 'post_entry',
        arguments: ENTRY,
        ...request,
      },
      ...more,
    },
    ...sent,
  });

describe('a hypothetical request', () => {
  it('is answered as a call would be, for auditors too, and leaves no receipt', async () => {
    const before = (await api('/receipts?limit=1')).text;
    const answer = await ask({}, {}, { browser: auditor });
    expect(answer.json).toMatchObject({
      effect: 'allow',
      policies: ['engineering', 'agents-for-users'],
      sides: [
        { side: 'person', effect: 'allow' },
        { side: 'agent', effect: 'allow' },
      ],
    });
    expect((await api('/receipts?limit=1')).text).toBe(before);
  });

  it('is asked about a person by reference, and says nothing about them', async () => {
    const url = `${acme.canonicalUrl}/api/v1/session`;
    const session = await fetch(url, { headers: { cookie: member.cookies(url) } });
    const { person } = (await session.json()) as { person: { reference: string; email: string } };
    const answer = await ask({ person: { reference: person.reference } });
    expect(answer.json).toMatchObject({ effect: 'allow' });
    expect(answer.text).not.toContain(person.email);
  });

  it('is put to a draft, which stays one', async () => {
    const prod = { arguments: { ...ENTRY, environment: 'prod' } };
    expect((await ask(prod, { policies: { prod: PROD } })).json).toMatchObject({
      effect: 'deny',
      reasons: ['Not in prod.'],
    });
    expect((await ask(prod)).json).toMatchObject({ effect: 'allow' });
  });

  it.each([
    ['an entity in disguise', { arguments: { ...ENTRY, account: { __entity: { type: 'User', id: 'x' } } } }],
    ['a wrong type', { arguments: { ...ENTRY, environment: ['prod'] } }],
    ['a number beyond all integers', { arguments_json: undefined, arguments: { ...ENTRY, amount: 1e300 } }],
  ])('with %s is denied in words', async (_, request) => {
    const { status, json } = await ask(request);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      effect: 'deny',
      argument_problems: expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]),
    });
  });

  it.each([
    ['a number that would change', { arguments: undefined, arguments_json: '{"amount":9007199254740993}' }],
    ['endless nesting', { arguments: undefined, arguments_json: '['.repeat(50_000) }],
    ['nobody', { person: { reference: 'nobody' } }],
    ['no such server', { server: 'nothing' }],
  ])('with %s can not be asked, and that is said', async (_, request) => {
    const { status, json } = await ask(request);
    expect(status).toBe(422);
    expect(json).toMatchObject({ code: 'not-askable', errors: [{ message: expect.any(String) }] });
  });

  it.each([
    ['a body that is nested without end', `{"request":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
    [
      'a body that is too large',
      JSON.stringify({ request: {}, policies: { a: 'x'.repeat(1_100_000) } }),
      413,
    ],
    ['no JSON', '{', 400],
    ['an unknown member', '{"request":{},"surprise":1}', 400],
  ])('with %s is refused', async (_, raw, status) => {
    expect((await api('/policies/test', { method: 'POST', raw })).status).toBe(status);
  });

  it('is for auditors and admins, with the token of their session', async () => {
    expect((await ask({}, {}, { browser: member })).status).toBe(403);
    expect((await ask({}, {}, { csrf: false })).status).toBe(403);
  });
});

describe('a draft', () => {
  const check = async (policies: object, sent: Sent = {}) =>
    await api('/policies/validation', { method: 'POST', body: { policies }, ...sent });

  it('is told what is wrong with it at line and column, and what it would change', async () => {
    const wrong = 'permit (principal, action,\n  resource == Tool::"ledger/post_entri");';
    expect((await check({ wrong })).json).toMatchObject({
      problems: [{ policy: 'wrong', line: 2, message: expect.stringContaining('ledger/post_entri') }],
      difference: [{ policy: 'wrong', change: 'added', lines: [{ kind: 'added' }, { kind: 'added' }] }],
    });
  });

  it.each([
    [
      'nesting that would overflow Cedar',
      `permit (principal, action, resource) when { ${'('.repeat(5_000)}`,
      'nested',
    ],
    ['a text of 100 KB', `// ${'x'.repeat(100_000)}`, 'bytes'],
    ['NUL', 'permit (principal, action, resource);\u0000', 'control character'],
    ['a bidirectional override', 'permit (principal, action, resource); // \u202e', 'direction of text'],
    ['a lone surrogate', 'permit (principal, action, resource); // \ud800', 'surrogate'],
    ['markup', '<script>alert(1)</script>', ''],
  ])('with %s is refused in words, and decisions go on', async (_, text, words) => {
    const { status, json } = await check({ draft: text });
    expect(status).toBe(200);
    expect(json).toMatchObject({ problems: [{ policy: 'draft', message: expect.stringContaining(words) }] });
    expect((await ask({})).json).toMatchObject({ effect: 'allow' });
  });

  it.each([
    [
      'more policies than fifty',
      Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, 'x'])),
    ],
    ['a text that is none', { draft: 1 }],
    ['a list', ['x']],
  ])('of %s is refused', async (_, policies) => {
    expect((await check(policies)).status).toBe(400);
  });

  it('under the name of a prototype is an id like any other bad one', async () => {
    const { json } = await api('/policies/validation', {
      method: 'POST',
      raw: '{"policies":{"__proto__":"x"}}',
    });
    expect(json).toMatchObject({ problems: [{ policy: '__proto__' }] });
  });

  it('is for auditors and admins, with the token of their session', async () => {
    expect((await check({}, { browser: auditor })).status).toBe(200);
    expect((await check({}, { browser: member })).status).toBe(403);
    expect((await check({}, { csrf: false })).status).toBe(403);
  });
});

describe('the schema', () => {
  it('is there as text, of a tool and of everything, and so is what a tool accepts', async () => {
    expect((await api('/policies/schema')).text).toContain('action "tools/call"');
    expect((await api('/policies/schema?server=ledger&tool=post_entry')).text).toContain('environment');
    expect((await api('/policies/schema?server=ledger&tool=post_entry&of=arguments')).json).toMatchObject({
      properties: { environment: {} },
    });
    expect((await api('/policies/schema?server=ledger&tool=nothing')).status).toBe(404);
    expect((await api('/policies/schema?server=ledger')).status).toBe(400);
    expect((await api('/policies/schema', { browser: member })).status).toBe(403);
  });
});

describe('versions', () => {
  const activate = async (version: number | string, sent: Sent = {}) =>
    await api(`/policies/versions/${version}/activation`, { method: 'POST', ...sent });

  it('say who made them and what differs, and are read by auditors', async () => {
    await acme.apply({ ...LEDGER_POLICIES, prod: PROD });
    const list = await api('/policies/versions', { browser: auditor });
    expect(list.json).toMatchObject({
      versions: [
        { version: 2, active: true, activations: [{ by: { mode: 'operator' }, added: ['prod'] }] },
        { version: 1, active: false },
      ],
    });
    expect((await api('/policies/versions/2?against=1')).json).toMatchObject({
      version: 2,
      active: true,
      difference: [{ policy: 'prod', change: 'added' }],
    });
    expect((await api('/policies/versions/99')).status).toBe(404);
    expect((await api('/policies/versions/1?against=99')).status).toBe(404);
    expect((await api('/policies/versions/one')).status).toBe(404);
    expect((await api('/policies/versions', { browser: member })).status).toBe(403);
  });

  it('do not come back where a file owns what would change', async () => {
    expect((await activate(1)).json).toMatchObject({ status: 409, code: 'owned-by-file' });
    expect((await api('/policies/versions')).json).toMatchObject({
      versions: [{ version: 2, active: true }, {}],
    });
  });

  it('are brought back by admins alone, with the token of their session', async () => {
    expect((await activate(1, { browser: auditor })).status).toBe(403);
    expect((await activate(1, { csrf: false })).status).toBe(403);
    expect((await activate(99)).status).toBe(404);
  });
});

describe('a policy of the console', () => {
  const put = async (text: string, headers: Record<string, string>) =>
    await api('/policies/console', { method: 'PUT', body: { text }, headers });
  let session: RawSession;
  beforeAll(async () => {
    session = await RawSession.open(acme.resource, (await acme.userTokens('alice@acme.example')).access);
  });
  const post = async (environment: string) =>
    JSON.stringify((await session.call('post_entry', { ...ENTRY, environment })).body);

  it('decides the next call, is not overwritten by a second tab, and goes when an earlier version comes back', async () => {
    await acme.apply(LEDGER_POLICIES);
    const base = (await api('/policies/versions')).json as {
      versions: { version: number; active: boolean }[];
    };
    const before = base.versions.find(({ active }) => active)?.version ?? 0;
    expect(await post('prod')).not.toContain('Not in prod.');
    const made = await put(PROD, { 'if-none-match': '*' });
    expect(made.status).toBe(201);
    expect(await post('prod')).toContain('Not in prod.');
    const etag = made.response.headers.get('etag') ?? '';
    expect((await put(PROD.replace('Not in', 'Never in'), { 'if-match': etag })).status).toBe(200);
    expect((await put(PROD, { 'if-match': etag })).status).toBe(412);
    expect(await post('prod')).toContain('Never in prod.');
    expect((await activate(before)).status).toBe(200);
    expect(await post('prod')).not.toContain('in prod.');
  });

  it('that is wrong changes nothing', async () => {
    const before = (await api('/policies/versions')).text;
    const refused = await put('permit (principal, actoin, resource);', {});
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ errors: [{ line: 1, column: 20 }] });
    expect((await api('/policies/versions')).text).toBe(before);
  });

  async function activate(version: number) {
    return await api(`/policies/versions/${version}/activation`, { method: 'POST' });
  }
});
