/** The same headers by the same function, whether our own listener answers or Next's router alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { securityHeaders } from '#lib/edge';
import { ROOT } from '../demo/programs.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type HttpAnswer, sendHttp } from '../harness/send-http.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';

type Kind = Parameters<typeof securityHeaders>[0];

let test: TestDatabase;
let instance: Instance;
let acme: Organisation;
let cookie: string;
let next: ChildProcess;
let nextPort: number;

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test });
  acme = await startOrganisation(instance, { slug: 'acme' });
  const browser = await acme.signIn('alice@acme.example');
  cookie = browser.cookies(acme.canonicalUrl);
  const program = join(ROOT, 'e2e/harness/serve-by-next.ts');
  next = spawn(process.execPath, [program], {
    env: { ...instance.env, LOG_LEVEL: 'fatal' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  nextPort = await announcedPort(next);
});
afterAll(async () => {
  next.kill('SIGTERM');
  await new Promise((resolve) => next.once('close', resolve));
  await instance.stop();
  await acme.stop();
  await test.close();
});

async function announcedPort({ stdout }: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: stdout! })) {
    if (line.startsWith('{"port"')) return (JSON.parse(line) as { port: number }).port;
  }
  throw new Error('Next’s own server did not start');
}

interface Asked {
  readonly method?: string;
  readonly signedIn?: boolean;
  readonly host?: string;
}

async function ask(port: number, path: string, { method = 'GET', signedIn = false, host }: Asked = {}) {
  const headers = {
    host: host ?? new URL(instance.origin).host,
    accept: path.includes('/api/') ? 'application/json' : 'text/html',
    ...(signedIn ? { cookie } : {}),
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
  };
  return await sendHttp(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
}
const byListener = (path: string, asked?: Asked) => ask(instance.port, path, asked);
const byNext = (path: string, asked?: Asked) => ask(nextPort, path, asked);

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
  ['MCP', 'protocol', '/t/acme/mcp/ledger', 401, { method: 'POST' }],
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
        const port = from === byListener ? instance.port : nextPort;
        const headers = {
          host,
          cookie,
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
