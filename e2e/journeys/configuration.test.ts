/** A tenant's configuration over HTTP and as a file, through the front door of a whole instance. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { RawSession, send } from '../../lib/gateway/testing/mcp-client.ts';
import { postForm } from '../../lib/oauth/testing/drive-client.ts';
import type { HttpBrowser } from '../fixtures/http-browser.ts';
import { ROOT } from '../demo/programs.ts';
import { curlExamples, namedBodies, runCurl } from '../harness/curl-examples.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';

let test: TestDatabase;
let instance: Instance;
let acme: Organisation;
let admin: Person;
let auditor: Person;
let member: Person;
/** Everything that was answered to a request for the API. */
const answers: string[] = [];

interface Person {
  readonly cookie: string;
  readonly csrf: string;
}

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly body: JsonObject;
}

interface Request {
  readonly method?: string;
  readonly json?: unknown;
  readonly as?: Person | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test, env: { LOG_LEVEL: 'debug' } });
  acme = await startOrganisation(instance, { slug: 'acme' });
  [admin, auditor, member] = [
    await signIn('ada@acme.example'),
    await signIn('audrey@acme.example'),
    await signIn('alice@acme.example'),
  ];
}, 120_000);
afterAll(async () => {
  await instance.stop();
  await acme.stop();
  await test.close();
});

async function signIn(email: string): Promise<Person> {
  const browser: HttpBrowser = await acme.signIn(email);
  const page = await browser.open(`${acme.canonicalUrl}/api/v1/session`, { accept: 'application/json' });
  const { csrf_token: csrf } = JSON.parse(page.text) as { csrf_token: string };
  return { cookie: browser.cookies(acme.canonicalUrl), csrf };
}

async function api(
  path: string,
  { method = 'GET', json, as = admin, headers = {} }: Request = {},
): Promise<Answer> {
  const response = await fetch(`${acme.canonicalUrl}/api/v1${path}`, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      cookie: as.cookie,
      ...(method === 'GET' ? {} : { origin: instance.origin, 'x-csrf-token': as.csrf }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
  });
  const text = await response.text();
  answers.push(text);
  const body = text === '' ? {} : (JSON.parse(text) as JsonObject);
  return { status: response.status, etag: response.headers.get('etag') ?? '', body };
}

const put = async (path: string, json: unknown, more: Request = {}) =>
  await api(path, { method: 'PUT', json, ...more });
const post = async (path: string, json?: unknown, more: Request = {}) =>
  await api(path, { method: 'POST', ...(json === undefined ? {} : { json }), ...more });
const books = () => ({
  title: 'Books',
  url: acme.ledger.url,
  credential: { user: 'minted', agent: 'minted' },
});
const tokenOf = async (clientId: string, secret: string, resource: string) =>
  await postForm(
    `${acme.canonicalUrl}/oauth/token`,
    { grant_type: 'client_credentials', resource },
    { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
  );

describe('who may', () => {
  it('read: admins and auditors; change: admins', async () => {
    expect((await api('/servers', { as: auditor })).status).toBe(200);
    expect((await api('/servers', { as: member })).status).toBe(403);
    expect((await put('/servers/books', books(), { as: auditor })).status).toBe(403);
    expect((await put('/servers/books', books(), { as: member })).status).toBe(403);
    expect((await put('/servers/books', books(), { as: { cookie: '', csrf: '' } })).status).toBe(401);
    expect((await api('/servers/books')).status).toBe(404);
  });

  it('not without this session’s token, nor from another site', async () => {
    const forged = { ...admin, csrf: auditor.csrf };
    expect((await put('/servers/books', books(), { as: { ...admin, csrf: '' } })).status).toBe(403);
    expect((await put('/servers/books', books(), { as: forged })).status).toBe(403);
    const foreign = { headers: { origin: 'https://evil.example' } };
    expect((await put('/servers/books', books(), foreign)).status).toBe(403);
    expect((await api('/servers/books')).status).toBe(404);
  });

  it('not say what program is run: only a name that the operator opened, and here none was', async () => {
    const program = { title: 'Files', url: 'stdio:files', credential: { user: 'none' } };
    const closed = await put('/servers/files', program);
    expect(closed).toMatchObject({ status: 400 });
    expect(JSON.stringify(closed.body)).toContain('has opened no stdio server');
    for (const member of ['command', 'args', 'environment'])
      expect((await put('/servers/files', { ...program, [member]: '/bin/sh' })).status).toBe(400);
    expect((await post('/servers/probe', { ...program, id: 'files' })).status).toBe(400);
    expect((await api('/servers/files')).status).toBe(404);
  });

  it('not what the tenant file owns, which says so', async () => {
    const owned = await api('/servers/ledger');
    expect(owned).toMatchObject({ status: 200, body: { owner: 'file' } });
    const refused = await put('/servers/ledger', owned.body['body'], { headers: { 'if-match': owned.etag } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'owned-by-file' } });
    expect((await api('/servers/ledger', { method: 'DELETE' })).status).toBe(409);
    const provider = await api('/identity-provider');
    expect(provider.body).toMatchObject({ owner: 'file', body: { has_secret: true } });
    expect((await put('/identity-provider', provider.body['body'])).status).toBe(409);
  });
});

describe('what does not fit', () => {
  it.each<[string, unknown, number]>([
    ['no JSON', '{"title":', 400],
    ['a list', [], 400],
    ['markup in a member that is not known', { ...{}, '<script>': 1 }, 400],
    ['too much', { text: 'x'.repeat(8 * 1024 * 1024) }, 413],
  ])('%s is refused', async (_, json, status) => {
    expect((await put('/servers/books', json)).status).toBe(status);
  });

  it('is told member by member', async () => {
    const { status, body } = await put('/servers/books', {
      title: '',
      url: 'ftp://x',
      credential: {},
      email: 1,
    });
    expect(status).toBe(400);
    const paths = (body['errors'] as unknown as { path: string }[]).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(['credential', 'email', 'title', 'url']);
  });

  it('in a policy is told with line and column', async () => {
    const { status, body } = await put('/policies/wrong', { text: 'permit (\n  oops);' });
    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ path: 'text', line: 2, column: 3 }]);
  });
});

describe('a server that an admin adds', () => {
  it('can’t be called until what it shows was approved', async () => {
    const created = await put('/servers/books', books(), { headers: { 'if-none-match': '*' } });
    expect(created).toMatchObject({ status: 201, body: { resource: { state: 'unpinned' } } });
    const resource = `${acme.canonicalUrl}/mcp/books`;
    const token = (await tokenOf('nightly-report', acme.secrets.agent, resource)).body.access_token ?? '';
    const before = acme.ledger.journal.length;
    const call = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'service_report', arguments: {} },
    };
    const refused = await send(resource, call, { authorization: `Bearer ${token}` });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('An admin has to approve');
    expect(acme.ledger.journal.length).toBe(before);
    await expect(RawSession.open(resource, token)).rejects.toThrow('403');
  });

  it('can’t be approved as something else than was seen', async () => {
    const wrong = await post('/servers/books/approval', { listing_sha256: 'f'.repeat(64) });
    expect(wrong).toMatchObject({ status: 412, body: { code: 'stale' } });
    expect((await api('/servers/books')).body['state']).toBe('unpinned');
  });

  it('serves what was approved, as the policies say', async () => {
    const probe = await post('/servers/books/probe');
    expect(probe.status).toBe(200);
    const definitions = [{ kind: 'tool', name: 'service_report' }];
    const { listing_sha256: listing } = probe.body;
    const approved = await post('/servers/books/approval', { listing_sha256: listing, definitions });
    expect(approved).toMatchObject({ status: 200, body: { added: ['tool service_report'] } });
    const text = `permit (principal == Agent::"nightly-report", action == Action::"tools/call", resource == Tool::"books/service_report");`;
    expect((await put('/policies/books', { text })).status).toBe(201);
    const resource = `${acme.canonicalUrl}/mcp/books`;
    const token = (await tokenOf('nightly-report', acme.secrets.agent, resource)).body.access_token ?? '';
    const session = await RawSession.open(resource, token);
    const called = await session.call('service_report');
    expect(called.body.result?.isError).not.toBe(true);
    const other = await session.call('read_balance', { account: 'x' });
    expect(other.body.error?.code).toBe(-32602);
  });

  it('is not removed from under a policy that names it', async () => {
    const refused = await api('/servers/books', { method: 'DELETE' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'refused' } });
    expect(JSON.stringify(refused.body)).toContain("policy 'books'");
  });

  it('is changed by one of two admins who saw the same, and again by neither', async () => {
    const { etag } = await api('/servers/books');
    const known = await fetch(`${acme.canonicalUrl}/api/v1/servers/books`, {
      headers: { cookie: admin.cookie, 'if-none-match': etag },
    });
    expect(known.status).toBe(304);
    const headers = { 'if-match': etag };
    const [one, two] = await Promise.all([
      put('/servers/books', { ...books(), title: 'One' }, { headers }),
      put('/servers/books', { ...books(), title: 'Two' }, { headers }),
    ]);
    expect([one.status, two.status].toSorted()).toEqual([200, 412]);
    const now = await api('/servers/books');
    const receipts = await adminReceipts();
    expect((await put('/servers/books', now.body['body'])).body['change']).toBe('unchanged');
    expect(await adminReceipts()).toBe(receipts);
  });
});

async function adminReceipts(): Promise<number> {
  const { body } = await api('/receipts?kind=admin&limit=100');
  return (body['receipts'] as unknown[]).length;
}

const job = { name: 'Job', authentication: 'client_secret_basic', grant_types: ['client_credentials'] };

describe('an agent that an admin adds', () => {
  it('gets its secret once, and it works; a new one voids it; neither stands anywhere else', async () => {
    const created = await put('/agents/job', job);
    expect(created.status).toBe(201);
    const first = created.body['secret'] as string;
    expect((await tokenOf('job', first, acme.resource)).body.access_token).toBeDefined();
    const rotated = (await post('/agents/job/secret')).body['secret'] as string;
    expect((await tokenOf('job', first, acme.resource)).body.access_token).toBeUndefined();
    expect((await tokenOf('job', rotated, acme.resource)).body.access_token).toBeDefined();
    await api('/agents');
    await put('/agents/job', job);
    const receipts = await api('/receipts?limit=100');
    for (const { id } of receipts.body['receipts'] as unknown as { id: string }[])
      await api(`/receipts/${id}`);
    for (const secret of [first, rotated]) {
      expect(answers.filter((text) => text.includes(secret))).toHaveLength(1);
      expect(instance.output()).not.toContain(secret);
    }
  });

  it('is gone with its tokens when it is removed', async () => {
    const { body } = await post('/agents/job/secret');
    const { access_token: token = '' } = (await tokenOf('job', body['secret'] as string, acme.resource)).body;
    expect((await api('/agents/job', { method: 'DELETE' })).status).toBe(204);
    await expect(RawSession.open(acme.resource, token)).rejects.toThrow('401');
    expect((await api('/agents/job', { method: 'DELETE' })).status).toBe(404);
  });
});

describe('an agent that registered itself', () => {
  it('finds nothing of what it was granted when it is admitted again after it was refused', async () => {
    const { clientId, refresh } = await acme.userTokens('alice@acme.example');
    const admission = async (word: string) =>
      (await post(`/agents/${clientId}/admission`, { admission: word })).status;
    const asked = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refresh };
    expect(await admission('refused')).toBe(204);
    expect(await admission('admitted')).toBe(204);
    const again = await postForm(`${acme.canonicalUrl}/oauth/token`, { ...asked, resource: acme.resource });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const { reference } = (await api('/session', { as: member })).body['person'] as { reference: string };
    const { agents } = (await api(`/people/${reference}`)).body as unknown as { agents: object[] };
    expect(agents.filter((agent) => 'client_id' in agent && agent.client_id === clientId)).toEqual([]);
  });

  it('is forgotten with all that it was granted once an admin removes it, and not by anybody else', async () => {
    const { clientId, access, refresh } = await acme.userTokens('alice@acme.example');
    const address = `/agents/${clientId}/registration`;
    for (const as of [member, auditor])
      expect((await api(address, { method: 'DELETE', as })).status).toBe(403);
    await put('/agents/kept', job);
    expect((await api('/agents/kept/registration', { method: 'DELETE' })).status).toBe(409);
    expect((await api(`/agents/${clientId}`, { method: 'DELETE' })).status).toBe(404);
    const session = await RawSession.open(acme.resource, access);
    expect((await api(address, { method: 'DELETE' })).status).toBe(204);
    expect((await session.request('tools/list')).status).toBe(401);
    const asked = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refresh };
    const again = await postForm(`${acme.canonicalUrl}/oauth/token`, { ...asked, resource: acme.resource });
    expect(again).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await api(address, { method: 'DELETE' })).status).toBe(404);
    expect((await api('/agents/kept', { method: 'DELETE' })).status).toBe(204);
  });
});

describe('a name that leads to a page or an action', () => {
  it.each([
    ['/servers/new', () => books(), 400],
    ['/servers/probe', () => books(), 405],
    ['/agents/new', () => ({ name: 'x', authentication: 'none' }), 400],
    ['/policies/new', () => ({ text: 'permit (principal, action, resource);' }), 400],
    ['/policies/test', () => ({ text: 'permit (principal, action, resource);' }), 405],
    ['/policies/versions', () => ({ text: 'permit (principal, action, resource);' }), 405],
  ])('is nothing’s own: %s', async (path, body, status) => {
    expect((await put(path, body())).status).toBe(status);
  });

  it('is refused in a file, at its place', async () => {
    const file = join(instance.dataDir, 'reserved.tenant.yaml');
    const policies = 'policies: {versions: "permit (principal, action, resource);"}';
    await writeFile(file, `tenant: {slug: reserved}\n${policies}\n`);
    const applied = await instance.countersign(['apply', '-f', file]);
    expect(applied).toMatchObject({ code: 1 });
    expect(applied.stderr).toContain('reserved.tenant.yaml:2:12: ');
    expect(applied.stderr).toContain('is the name of a page or an action');
  });
});

describe('what would hold up everybody', () => {
  it('is refused: a body that is nested deeper than anything reads', async () => {
    const deep = `{"title":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const refused = await put('/servers/deep', deep);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid' } });
  });

  it('waits in line: a tenant’s questions about policies, and what is too many is told to come again', async () => {
    const modes = Array.from({ length: 500 }, (_, index) => `"m${index}"`).join(',');
    const text = `permit (principal, action, resource) when { [${modes}].contains(context.mode) };`;
    const policies = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`p${index}`, text]));
    const asked = await Promise.all(
      Array.from({ length: 40 }, () => post('/policies/validation', { policies }, { as: auditor })),
    );
    const statuses = new Set(asked.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual([200, 503]);
    expect((await post('/policies/validation', { policies: { one: text } })).status).toBe(200);
  });
});

describe('the document of the API', () => {
  it('is there for everybody, and names this tenant’s address', async () => {
    const response = await fetch(`${acme.canonicalUrl}/api/v1/openapi.json`);
    expect(response.status).toBe(200);
    const document = (await response.json()) as JsonObject;
    expect(document).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: `${acme.canonicalUrl}/api/v1` }],
    });
  });
});

describe('the page about the API', () => {
  it('has commands that do what it says, one after another', async () => {
    const page = await readFile(join(ROOT, 'docs/api.md'), 'utf8');
    const bodies = namedBodies(page.replace('http://127.0.0.1:9402/mcp', acme.ledger.url));
    // What the sections above made is in the way of the page's own.
    await api('/policies/books', { method: 'DELETE' });
    await api('/servers/books', { method: 'DELETE' });
    const variables: Record<string, string> = {
      API: `${acme.canonicalUrl}/api/v1`,
      ORIGIN: instance.origin,
      COOKIE: admin.cookie,
    };
    const examples = curlExamples(page);
    expect(examples.length).toBeGreaterThan(10);
    for (const { line, status } of examples) {
      const answer = await runCurl(line, variables, bodies);
      expect(`${answer.status} ${line} ${answer.text}`).toMatch(new RegExp(`^${status} `));
      const read = answer.text.startsWith('{') ? (JSON.parse(answer.text) as Record<string, string>) : {};
      variables['CSRF'] = read['csrf_token'] ?? variables['CSRF'] ?? '';
      variables['LISTING'] = read['listing_sha256'] ?? variables['LISTING'] ?? '';
      variables['ETAG'] = answer.headers.etag ?? variables['ETAG'] ?? '';
    }
    await put('/servers/books', books());
    const { body } = await post('/servers/books/probe');
    await post('/servers/books/approval', { listing_sha256: body['listing_sha256'] });
    await put('/policies/books', { text: 'permit (principal, action, resource in Server::"books");' });
  });
});

describe('the tenant as a file', () => {
  const variables = () => ({
    COUNTERSIGN_SECRET_IDP: acme.secrets.identityProvider,
    COUNTERSIGN_SECRET_AGENT: acme.secrets.agent,
    COUNTERSIGN_SECRET_ACME_IDP: acme.secrets.identityProvider,
    COUNTERSIGN_SECRET_ACME_NIGHTLY_REPORT: acme.secrets.agent,
  });
  const file = () => join(instance.dataDir, 'acme.tenant.yaml');
  const run = async (...args: string[]) => await instance.countersign(args, variables());

  it('shows what it would change, and changes nothing', async () => {
    const text = await readFile(file(), 'utf8');
    const changed = join(instance.dataDir, 'changed.yaml');
    await writeFile(changed, text.replace('Ledger of acme', 'Another title'));
    const receipts = await adminReceipts();
    const asJson = await run('apply', '-f', changed, '--dry-run', '--json');
    expect(asJson.code).toBe(3);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      dryRun: true,
      changes: [{ kind: 'server', id: 'ledger', change: 'changed', members: [{ at: 'title' }] }],
    });
    expect((await api('/servers/ledger')).body).toMatchObject({ body: { title: 'Ledger of acme' } });
    expect(await adminReceipts()).toBe(receipts);
  });

  it('that is wrong is refused with its lines, and half of it is never applied', async () => {
    const text = await readFile(file(), 'utf8');
    const wrong = join(instance.dataDir, 'wrong.yaml');
    await writeFile(
      wrong,
      text.replace('Ledger of acme', 'Half applied').replace('permit (principal is', 'permitt (principal is'),
    );
    const refused = await run('apply', '-f', wrong);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/wrong\.yaml:\d+:\d+: policies\.agents-for-users: /);
    expect((await api('/servers/ledger')).body).toMatchObject({ body: { title: 'Ledger of acme' } });
  });

  it('comes back out, and in again without a change', async () => {
    const out = join(instance.dataDir, 'exported.yaml');
    expect((await run('export', '--tenant', 'acme', '--out', out, '--policies-dir', 'policies')).code).toBe(
      0,
    );
    const text = await readFile(out, 'utf8');
    expect(text).toContain('#   COUNTERSIGN_SECRET_ACME_IDP');
    expect(text).toContain('file: policies/books.cedar');
    expect(text).not.toContain(acme.secrets.identityProvider);
    const { changes } = JSON.parse((await run('apply', '-f', out, '--dry-run', '--json')).stdout) as {
      changes: { kind: string; change: string; id: string }[];
    };
    // The console's own things would be taken over; nothing else.
    expect(changes).toMatchObject([
      { kind: 'server', id: 'books', change: 'taken-over' },
      { kind: 'policy', id: 'books', change: 'taken-over' },
    ]);
  });

  it('survives beside what the console made', async () => {
    expect((await run('apply', '-f', file())).code).toBe(0);
    expect((await api('/servers/books')).body).toMatchObject({ owner: 'console', state: 'pinned' });
    expect((await api('/policies/books')).status).toBe(200);
  });
});
