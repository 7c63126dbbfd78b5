/**
 * Headers, behind our own listener and behind Next's router alone. Those of an answer are the same, by the same function.
 * Those of a stranger bring no content of any guarded page or route, whatever they say.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { securityHeaders } from '#lib/edge';
import { ROOT } from '../demo/programs.ts';
import { type HttpAnswer, sendHttp } from '../harness/send-http.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Probe, ROUTE_PROBES } from '../isolation/route-probes.ts';
import { furnishTenant, type Ids, type Tenant } from '../isolation/two-tenants.ts';

let test: TestDatabase;
let instance: Instance;
let acme: Tenant;
let next: ChildProcess;
let ports: { readonly listener: number; readonly next: number };

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test });
  acme = await furnishTenant(instance, 'acme', 'ada@acme.example');
  next = spawn(process.execPath, [join(ROOT, 'e2e/harness/serve-by-next.ts')], {
    env: { ...instance.env, LOG_LEVEL: 'fatal' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ports = { listener: instance.port, next: await announcedPort(next) };
});
afterAll(async () => {
  next.kill('SIGTERM');
  await new Promise((resolve) => next.once('close', resolve));
  await instance.stop();
  await acme.organisation.stop();
  await test.close();
});

/** Of the admin, whose session is alive. */
const cookies = () => acme.browser.cookies(acme.organisation.canonicalUrl);

async function announcedPort({ stdout }: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: stdout! })) {
    if (line.startsWith('{"port"')) return (JSON.parse(line) as { port: number }).port;
  }
  throw new Error('Next’s own server did not start');
}

const GUARDED = Object.entries(ROUTE_PROBES).filter(([, { reach }]) => reach === 'guarded');
/** Ids do not matter here: what is asked is only which methods a file has probes for. */
const NO_IDS = new Proxy({}, { get: () => '' }) as Ids;
const UNSAFE = GUARDED.filter(([, { probes }]) =>
  probes(NO_IDS).some(({ method = 'GET', bearer }) => method !== 'GET' && !bearer),
);

/** Headers that a proxy, a router or this application itself might be thought to believe. */
const LIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a middleware that has run already': {
    'x-middleware-subrequest':
      'middleware:middleware:middleware:middleware:middleware:src/middleware:src/middleware',
    'x-middleware-next': '1',
    'x-middleware-rewrite': '/t/acme/receipts',
    'x-middleware-override-headers': 'cookie,host',
    'x-middleware-request-cookie': 'session=1',
    'x-middleware-set-cookie': 'session=1',
    'x-middleware-invoke': '1',
    'x-middleware-prefetch': '1',
  },
  'a proxy': {
    'x-forwarded-host': 'localhost',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-user': 'ada@acme.example',
    'x-forwarded-email': 'ada@acme.example',
    'x-auth-request-user': 'ada@acme.example',
    'x-real-ip': '127.0.0.1',
    'x-original-url': '/t/acme/receipts',
    'x-rewrite-url': '/t/acme/receipts',
    'x-http-method-override': 'GET',
    forwarded: 'for=127.0.0.1;host=localhost;proto=https',
  },
  'a server action': { 'next-action': '00'.repeat(21), 'content-type': 'text/plain;charset=UTF-8' },
  'the router of the pages': {
    rsc: '1',
    'next-router-prefetch': '1',
    'next-router-segment-prefetch': '/_tree',
    'next-router-state-tree': encodeURIComponent('["",{"children":["__PAGE__",{}]}]'),
    'next-url': '/t/acme/receipts',
    'x-nextjs-data': '1',
    'x-matched-path': '/t/acme/receipts',
    'x-invoke-path': '/t/acme/receipts',
    'x-invoke-status': '200',
    'x-now-route-matches': '1',
    purpose: 'prefetch',
  },
  'this application': {
    'x-countersign-path': '/t/acme/receipts',
    'x-countersign-nonce': 'AAAAAAAAAAAAAAAAAAAAAAAA',
    'countersign-request': 'AAAAAAAAAAAAAAAA',
    'x-internal-client': '127.0.0.1',
    'x-internal-request': 'AAAAAAAAAAAAAAAA',
    'x-csrf-token': 'AAAA',
  },
};

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: string;
  readonly csrf?: string;
}

function send(
  probe: Probe,
  port: number,
  { headers = {}, cookies: sent, csrf }: Sending,
): Promise<HttpAnswer> {
  const { canonicalUrl, slug } = acme.organisation;
  const path = probe.path
    .replaceAll('{tenant}', slug)
    .replaceAll('{canonical}', canonicalUrl)
    .replaceAll('{server}', acme.ids.server);
  const target = new URL(canonicalUrl + path);
  const { host } = target;
  target.port = String(port);
  const { method = 'GET', json, form } = probe;
  const body = json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json);
  const cookie = [sent, probe.cookies].filter(Boolean).join('; ');
  return sendHttp(target.href, {
    method,
    headers: {
      host,
      accept: target.pathname.includes('/api/') ? 'application/json' : 'text/html',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(method === 'GET' ? {} : { origin: instance.origin }),
      ...(cookie === '' ? {} : { cookie }),
      ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
      ...probe.headers,
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** What somebody gets who also goes where Next sends a request of its router: to the same address, marked as such. */
async function sendOn(probe: Probe, port: number, sending: Sending): Promise<HttpAnswer> {
  const answer = await send(probe, port, sending);
  const location = answer.headers.location ?? '';
  if (!/^\/t\/acme[^?]*\?(?:.*&)?_rsc=/.test(location)) return answer;
  return await send({ ...probe, path: location.replace(/^\/t\/acme/, '') }, port, sending);
}

/** Nothing of the tenant, in no part of the answer. */
function expectNoContent({ status, headers, text }: HttpAnswer, probe: Probe, what: string): void {
  // Under `next start` alone its router answers its own script, with 200 and its own type: what may be in it is looked at
  // below all the same. Our listener never lets it come to that.
  const isForRouter =
    what.includes('behind next') && headers['content-type']?.startsWith('text/x-component') === true;
  if (!isForRouter) expect([302, 303, 307, 401, 403, 404, 405], what).toContain(status);
  const location = headers.location ?? '';
  if (status >= 300 && status < 400)
    expect(location, what).toMatch(/^http:\/\/localhost:\d+\/t\/acme\/sso\/start\?return_to=/);
  const seen = text + JSON.stringify(headers);
  for (const marker of acme.markers) {
    if (!JSON.stringify(probe).includes(marker)) expect(seen, what).not.toContain(marker);
  }
}

describe('without a session, whatever the headers say', () => {
  it.each(GUARDED.map(([file]) => file))('%s shows nothing', async (file) => {
    for (const probe of ROUTE_PROBES[file]?.probes(acme.ids) ?? []) {
      if (probe.bearer) continue;
      for (const [name, port] of Object.entries(ports)) {
        for (const [lie, headers] of Object.entries(LIES)) {
          const what = `${probe.path} behind ${name}, posing as ${lie}`;
          expectNoContent(await sendOn(probe, port, { headers }), probe, what);
          // A page can be asked for by its action, whatever its own method is.
          const asAction = { ...probe, method: 'POST' as const };
          if (lie === 'a server action')
            expectNoContent(await send(asAction, port, { headers }), probe, `${what}, by POST`);
        }
      }
    }
  });
});

describe('with a session, but without its CSRF token', () => {
  it.each(UNSAFE.map(([file]) => file))('%s does nothing', async (file) => {
    const other = await acme.organisation.signIn('alice@acme.example');
    const url = `${acme.organisation.canonicalUrl}/api/v1/session`;
    const answer = await sendHttp(url, { headers: { cookie: other.cookies(url) } });
    const { csrf_token: foreign } = JSON.parse(answer.text) as { csrf_token: string };
    const tokens: Record<string, string | undefined> = {
      'no token': undefined,
      'an empty one': '',
      'one that was made up': Buffer.alloc(48, 7).toString('base64url'),
      'one of somebody else’s session': foreign,
      'one with a letter changed': `${acme.csrf.slice(0, -1)}${acme.csrf.endsWith('A') ? 'B' : 'A'}`,
    };
    for (const probe of ROUTE_PROBES[file]?.probes(acme.ids) ?? []) {
      if ((probe.method ?? 'GET') === 'GET' || probe.bearer) continue;
      for (const [token, csrf] of Object.entries(tokens)) {
        const refused = await send(probe, ports.listener, {
          cookies: cookies(),
          ...(csrf === undefined ? {} : { csrf }),
        });
        expect(refused.status, `${probe.path} with ${token}`).toBe(403);
        // A program is told in JSON, a person who sent a form on a page.
        expect(refused.text, `${probe.path} with ${token}`).toMatch(
          /"code":"csrf"|This form is not from your session/,
        );
      }
      const foreignOrigin = await send(probe, ports.listener, {
        cookies: cookies(),
        csrf: acme.csrf,
        headers: { origin: 'https://evil.example' },
      });
      expect(foreignOrigin.status, `${probe.path} from another site`).toBe(403);
    }
  });

  it('has every route that changes something among them', () => {
    expect(UNSAFE.length).toBeGreaterThan(8);
  });

  it('one that was used, of a session that has ended, does nothing', async () => {
    const browser = await acme.organisation.signIn('bob@acme.example');
    const url = `${acme.organisation.canonicalUrl}/api/v1/session`;
    const cookie = browser.cookies(url);
    const answer = await sendHttp(url, { headers: { cookie } });
    const { csrf_token: csrf } = JSON.parse(answer.text) as { csrf_token: string };
    const signOut: Probe = { path: '/sso/sign-out', method: 'POST', form: {}, owner: [200] };
    expect((await send(signOut, ports.listener, { cookies: cookie, csrf })).status).toBe(200);
    expect((await send(signOut, ports.listener, { cookies: cookie, csrf })).status).toBe(401);
    const again = await acme.organisation.signIn('bob@acme.example');
    const replayed = await send(signOut, ports.listener, { cookies: again.cookies(url), csrf });
    expect(replayed.status).toBe(403);
  });
});

type Kind = Parameters<typeof securityHeaders>[0];

interface Asked {
  readonly method?: string;
  readonly signedIn?: boolean;
  readonly host?: string;
}

/** As somebody at this port; with the session of an admin. */
async function ask(port: number, path: string, { method = 'GET', signedIn = false, host }: Asked = {}) {
  const headers = {
    host: host ?? new URL(instance.origin).host,
    accept: path.includes('/api/') ? 'application/json' : 'text/html',
    ...(signedIn ? { cookie: cookies() } : {}),
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
  };
  return await sendHttp(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
}
const byListener = (path: string, asked?: Asked) => ask(ports.listener, path, asked);
const byNext = (path: string, asked?: Asked) => ask(ports.next, path, asked);

/** The headers that the function makes, with the nonce that this answer has. */
function expected(kind: Kind, { headers }: HttpAnswer): Record<string, string> {
  const nonce = /'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1];
  return securityHeaders(kind, { https: false, ...(nonce === undefined ? {} : { nonce }) });
}

const CASES: readonly [string, Kind, string, number, Asked?][] = [
  ['a page of the console', 'console', '/t/acme/connections', 200, { signedIn: true }],
  ['a page that leads to the sign-in', 'console', '/t/acme/connections', 307],
  ['a hosted page', 'hosted', '/', 200],
  ['a page that is not there', 'console', '/t/acme/nothing', 404],
  ['an API', 'api', '/t/acme/api/v1/session', 200, { signedIn: true }],
  ['an API that refuses', 'api', '/t/acme/api/v1/receipts', 401],
  ['MCP', 'protocol', '/t/acme/mcp/ledger-acme', 401, { method: 'POST' }],
  ['metadata', 'public', '/.well-known/oauth-authorization-server/t/acme', 200],
  ['a key set', 'public', '/t/acme/oauth/jwks', 200],
  ['the trust file', 'public', '/t/acme/log/trust.json', 200],
  ['an unknown host', 'api', '/t/acme/connections', 421, { host: 'evil.example' }],
];

describe('security headers', () => {
  it.each(CASES)('of %s are those of %s, behind both', async (_what, kind, path, status, asked) => {
    for (const answer of [await byListener(path, asked), await byNext(path, asked)]) {
      expect(answer.status).toBe(status);
      const { 'cache-control': caching, ...always } = expected(kind, answer);
      expect(answer.headers).toMatchObject(always);
      if (caching !== undefined) expect(answer.headers['cache-control']).toContain(caching);
      expect(answer.headers['x-powered-by']).toBeUndefined();
    }
  });

  it('of the page that asks for consent let no site frame it, behind both', async () => {
    for (const answer of [
      await byListener('/t/acme/consent/of-nobody', { signedIn: true }),
      await byNext('/t/acme/consent/of-nobody', { signedIn: true }),
    ]) {
      expect(answer.headers).toMatchObject(expected('hosted', answer));
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(answer.headers['x-frame-options']).toBe('DENY');
    }
  });

  it('have another nonce in every answer, which nobody can choose', async () => {
    const policies = new Set<string>();
    for (const from of [byListener, byNext]) {
      for (const nonce of ['', 'AAAAAAAAAAAAAAAAAAAAAAAA']) {
        const host = new URL(instance.origin).host;
        const port = from === byListener ? ports.listener : ports.next;
        const headers = {
          host,
          cookie: cookies(),
          'x-nonce': nonce,
          'content-security-policy': `script-src 'nonce-${nonce}'`,
        };
        const answer = await sendHttp(`http://127.0.0.1:${port}/t/acme/connections`, { headers });
        expect(answer.headers['content-security-policy']).not.toContain('AAAA');
        expect(answer.text).not.toContain('nonce="AAAA');
        policies.add(answer.headers['content-security-policy'] as string);
      }
    }
    expect(policies.size).toBe(4);
  });
});
