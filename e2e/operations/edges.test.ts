import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession, send, stampOf } from '../../lib/gateway/testing/mcp-client.ts';
import type { HttpBrowser } from '../fixtures/http-browser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { sendHttp } from '../harness/send-http.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { LEDGER_POLICIES, type Organisation, startOrganisation } from '../harness/start-organisation.ts';

/** Documentation addresses (RFC 5737): nobody has them. */
const FORBIDDEN_ADDRESS = '203.0.113.7';
const OTHER_ADDRESS = '198.51.100.9';
const POLICIES = {
  ...LEDGER_POLICIES,
  'not-from-there': `@reason("Nothing is done from there.")
    forbid (principal, action, resource)
    when { context has ip && context.ip.isInRange(ip("${FORBIDDEN_ADDRESS}/32")) };`,
};

let test: TestDatabase;
let instance: Instance;
let acme: Organisation;
let globex: Organisation;
let token: string;
let ada: HttpBrowser;

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test });
  [acme, globex] = await Promise.all([
    startOrganisation(instance, { slug: 'acme', policies: POLICIES }),
    startOrganisation(instance, { slug: 'globex' }),
  ]);
  ada = await acme.signIn('ada@acme.example');
  token = (await acme.userTokens('ada@acme.example', ada)).access;
});
afterAll(async () => {
  await instance.stop();
  await rm(instance.dataDir, { recursive: true, force: true });
  await Promise.all([acme.stop(), globex.stop()]);
  await test.close();
});

/** A call by plain HTTP in a session of its own, every request of it with these headers. */
async function callFrom(forwardedFor: string | undefined) {
  const session = await RawSession.open(acme.resource, token);
  if (forwardedFor !== undefined) session.headers['x-forwarded-for'] = forwardedFor;
  return await session.call('read_balance', { account: 'travel' });
}

/** The address that a receipt discloses to an admin. */
async function addressIn(receipt: string): Promise<unknown> {
  const url = `${acme.canonicalUrl}/api/v1/receipts/${receipt}`;
  const response = await fetch(url, { headers: { cookie: ada.cookies(url) } });
  const { disclosed } = (await response.json()) as { disclosed: Record<string, unknown> };
  return disclosed['ip'];
}

describe('X-Forwarded-For', () => {
  it('written by a client reaches neither policy nor receipts', async () => {
    for (const forged of [FORBIDDEN_ADDRESS, `${OTHER_ADDRESS}, ${FORBIDDEN_ADDRESS}`]) {
      const answer = await callFrom(forged);
      expect(answer.body.result?.isError).not.toBe(true);
      expect(await addressIn(stampOf(answer.body).id)).toBe('127.0.0.1');
    }
  });

  it('of a trusted proxy counts: its own entry, and none that stands before it', async () => {
    await instance.terminate();
    instance = await startInstance({
      database: test,
      dataDir: instance.dataDir,
      port: instance.port,
      env: { TRUSTED_PROXIES: '127.0.0.0/8' },
    });
    const denied = await callFrom(FORBIDDEN_ADDRESS);
    expect(denied.body.result?.isError).toBe(true);
    expect(denied.text).toContain('Nothing is done from there.');
    expect(await addressIn(stampOf(denied.body).id)).toBe(FORBIDDEN_ADDRESS);
    const allowed = await callFrom(`${FORBIDDEN_ADDRESS}, ${OTHER_ADDRESS}`);
    expect(allowed.body.result?.isError).not.toBe(true);
    expect(await addressIn(stampOf(allowed.body).id)).toBe(OTHER_ADDRESS);
  });
});

describe('an address that is not ours', () => {
  it.each(['/', '/t/acme/connections', '/t/acme/mcp/ledger', '/t/acme/oauth/jwks', '/no/such/page'])(
    'is 421 for another host at %s, whatever is asked',
    async (path) => {
      for (const host of [
        'evil.example',
        'acme.mcp.example.com',
        `localhost:${instance.port}@evil.example`,
        '',
      ]) {
        const answer = await sendHttp(instance.origin + path, { headers: { host } });
        expect([400, 421]).toContain(answer.status);
        if (host !== '') expect(answer.status).toBe(421);
        expect(answer.text).not.toMatch(/Organisation acme/);
      }
      const forwarded = await sendHttp(instance.origin + path, {
        headers: { host: 'evil.example', 'x-forwarded-host': `localhost:${instance.port}` },
      });
      expect(forwarded.status).toBe(421);
    },
  );

  it.each([
    '/t/nobody/mcp/ledger',
    '/t/nobody/connections',
    '/t/nobody/oauth/jwks',
    '/t/nobody/api/v1/session',
    '/t/_instance/connections',
    '/t/_instance/log/trust.json',
    '/.well-known/oauth-authorization-server/t/nobody',
  ])('is 404 for a tenant that does not exist: %s', async (path) => {
    const answer = await sendHttp(instance.origin + path, { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(404);
  });

  it('is 403 for a foreign Origin, on MCP and on what changes something', async () => {
    const session = await RawSession.open(acme.resource, token);
    const origin = 'https://evil.example';
    const call = await send(
      acme.resource,
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      { ...session.headers, origin },
    );
    expect(call.status).toBe(403);
    for (const path of ['/connections/disconnect', '/sso/sign-out', '/api/v1/bundles']) {
      const url = acme.canonicalUrl + path;
      const answer = await fetch(url, { method: 'POST', headers: { cookie: ada.cookies(url), origin } });
      expect(answer.status).toBe(403);
    }
  });
});

describe('pages for people who are signed in', () => {
  const PROTECTED = [
    '/connections',
    '/receipts',
    '/receipts/01a1fbff-0f39-7d7c-93fd-a058508e5250',
    '/api/v1/session',
    '/api/v1/receipts',
    '/consent/some-interaction',
    '/',
  ];
  const SPOOFS: Record<string, string>[] = [
    { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' },
    {
      'x-middleware-subrequest': 'src/middleware:src/middleware:src/middleware:src/middleware:src/middleware',
    },
    { 'x-middleware-next': '1' },
    { 'x-middleware-rewrite': '/t/acme/receipts' },
    {
      'x-countersign-tenant': 'acme',
      'x-countersign-nonce': 'AAAAAAAAAAAAAAAA',
      'x-countersign-path': '/t/acme/receipts',
    },
    { 'x-internal-client': '127.0.0.1', 'x-internal-request': 'x' },
    {
      'x-invoke-path': '/t/acme/receipts',
      'x-invoke-output': '/t/acme/receipts',
      'x-matched-path': '/t/[tenant]/receipts',
    },
    { rsc: '1' },
    { rsc: '1', 'next-router-prefetch': '1', 'next-router-state-tree': encodeURIComponent('["",{}]') },
    { 'x-nextjs-data': '1', 'x-now-route-matches': '1=acme' },
    { 'x-original-url': '/t/acme/receipts', 'x-rewrite-url': '/t/acme/receipts' },
    { authorization: 'Bearer token', 'x-user': 'ada@acme.example', 'x-forwarded-user': 'ada@acme.example' },
  ];

  it('show nothing without a session, whatever headers come', async () => {
    for (const path of PROTECTED) {
      for (const spoof of [{}, ...SPOOFS]) {
        const url = acme.canonicalUrl + path.replace(/^\/$/, '');
        const headers = { accept: 'text/html', ...spoof };
        const first = await sendHttp(url, { headers });
        // Next's own redirect to where such a request would be cached.
        const again = first.headers.location?.startsWith('/')
          ? new URL(first.headers.location, url).href
          : undefined;
        const answer = again === undefined ? first : await sendHttp(again, { headers });
        const label = `${path} ${JSON.stringify(spoof)}`;
        if ('rsc' in spoof && answer.status === 200) {
          // Next's form of a redirect for its own client: an instruction, and no page.
          expect(answer.headers['content-type'], label).toContain('text/x-component');
          if (!('next-router-prefetch' in spoof))
            expect(answer.text, label).toMatch(/NEXT_REDIRECT;\w+;[^;]+\/sso\/start/);
        } else expect([302, 303, 307, 401, 403, 404], label).toContain(answer.status);
        expect(answer.text).not.toMatch(/My agents|ada@acme\.example|Ada Admin|csrf/);
        const { location } = answer.headers;
        if (location !== undefined) expect(location).toMatch(/^http:\/\/localhost:\d+\/t\/acme\/sso\/start/);
      }
    }
  });

  it('run no Server Action, for there are none', async () => {
    for (const path of PROTECTED) {
      const answer = await sendHttp(acme.canonicalUrl + path.replace(/^\/$/, ''), {
        method: 'POST',
        headers: {
          'next-action': 'a'.repeat(40),
          'content-type': 'text/plain;charset=UTF-8',
          origin: instance.origin,
        },
        body: '[]',
      });
      expect([303, 307, 400, 401, 403, 404, 405], `${path}: ${answer.text.slice(0, 300)}`).toContain(
        answer.status,
      );
      expect(answer.text).not.toMatch(/My agents|ada@acme\.example/);
    }
  });
});

describe('a tenant’s key file', () => {
  async function restart(): Promise<void> {
    const { dataDir, port } = instance;
    await instance.terminate();
    instance = await startInstance({ database: test, dataDir, port });
  }

  async function tenantKeyFile(slug: string): Promise<string> {
    const [tenant] = (await test.database.systemDb.read(
      async (client) => await client.tenant.findMany({ where: { slug } }),
    )) as { id: string }[];
    const folder = join(instance.dataDir, 'keys');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.key'));
    const found = names
      .filter((name) => name.includes(tenant?.id ?? 'nothing'))
      .map((name) => join(folder, name));
    expect(found).toHaveLength(1);
    return found[0] ?? '';
  }

  const spoil: readonly [string, (file: string) => Promise<void>][] = [
    [
      'wrong',
      async (file) => {
        const content = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
        await writeFile(file, JSON.stringify({ ...content, key: randomBytes(32).toString('base64url') }));
      },
    ],
    ['missing', async (file) => await rm(file)],
    ['cut short', async (file) => await writeFile(file, (await readFile(file)).subarray(0, 10))],
  ];

  it.each(spoil)(
    'that is %s: this tenant is refused with 503 and words, the others go on',
    async (_what, ruin) => {
      const file = await tenantKeyFile('globex');
      await writeFile(`${file}.kept`, await readFile(file), { mode: 0o600 });
      const globexToken = await globex.agentToken();
      await ruin(file);
      try {
        await restart();
        const refused = await send(
          globex.resource,
          { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} },
          { authorization: `Bearer ${globexToken}` },
        );
        expect(refused.status).toBe(503);
        expect(refused.body.error?.message).toMatch(/\w+ \w+/);
        const start = await fetch(`${globex.canonicalUrl}/sso/start`, { redirect: 'manual' });
        expect(start.status).toBe(503);
        const grant = await fetch(`${globex.canonicalUrl}/oauth/token`, {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: 'nightly-report',
            client_secret: 'x',
          }),
        });
        expect(grant.status).toBe(503);
        expect(instance.output()).toMatch(/key/i);

        expect((await callFrom(undefined)).status).toBe(200);
        expect((await fetch(`${instance.origin}/readyz`)).status).toBe(200);
        const doctor = await instance.countersign(['doctor']);
        expect(doctor.stdout).toMatch(/FAIL .*globex.*/);
      } finally {
        await rename(`${file}.kept`, file);
      }
      await restart();
      expect(await globex.agentToken()).toMatch(/^ey/);
    },
  );
});
