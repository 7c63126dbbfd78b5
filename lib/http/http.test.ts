import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { PersonId, Role, SubjectReference, TenantId, TenantSlug } from '#lib/core';
import { createAddresses, NONCE_HEADER, ORIGINAL_PATH_HEADER, problemResponse } from '#lib/edge';
import type { BrowserSession, TenantRecord } from '#lib/identity';
import { createHttp } from './create-http.ts';
import { STRANGER_ADDRESSES, STRANGER_ADDRESSES_IN_CROWD, STRANGERS_WINDOW_MS } from './constants.ts';
import { notFound, redirectTo, refuse } from './outcomes.ts';
import { StrangerLimits } from './stranger-limits.ts';
import type { HttpRefusal, HttpServices, RouteHandler } from './types.ts';

const views = 'http://{label}.mcpapps.localhost:3000';
const byPath = createAddresses({ tenantUrl: 'http://localhost:3000/t/{tenant}', viewsUrl: views });
const byHost = createAddresses({ tenantUrl: 'http://{tenant}.mcp.localhost:3000', viewsUrl: views });
const ORIGIN = 'http://localhost:3000';
const COOKIE = byPath.cookie('session', 'acme' as TenantSlug).name;

function tenant(slug: string, state: TenantRecord['state'] = 'active'): TenantRecord {
  const canonicalUrl = `http://localhost:3000/t/${slug}`;
  return {
    id: slug as TenantId,
    slug: slug as TenantSlug,
    issuer: canonicalUrl,
    canonicalUrl,
    displayName: slug,
    state,
    demo: false,
  };
}

function session(of: TenantRecord, roles: readonly Role[]): BrowserSession {
  const person = {
    id: 'p' as PersonId,
    reference: 'r' as SubjectReference,
    issuer: 'i',
    subject: 's',
    groups: [],
    roles,
  };
  return { id: 'aa', tenant: of.id, person, personVersion: 1, createdAt: 0, expiresAt: 1 };
}

const tenants = new Map(
  [tenant('acme'), tenant('beta'), tenant('gone', 'suspended'), tenant('new', 'creating')].map((each) => [
    each.slug,
    each,
  ]),
);
const counted: [string | undefined, HttpRefusal][] = [];
const logged: object[] = [];
const statuses: [string, number][] = [];

const PER_ADDRESS = 20;
let strangers = new StrangerLimits(PER_ADDRESS, () => 0);

/** The few answers that routes need, given from memory: what stands behind them has its own tests. */
function services(addresses = byPath): HttpServices {
  return {
    addresses,
    tenants: { bySlug: async (slug) => tenants.get(slug) },
    sessions: {
      verify: async (of, readCookie) => {
        const value = readCookie(addresses.cookie('session', of.slug).name);
        return value === undefined ? undefined : session(of, value.split('.') as Role[]);
      },
      createCsrfToken: () => 'good-token',
      verifyCsrfToken: (_session, token) => token === 'good-token',
    },
    logger: {
      info: () => undefined,
      warn: (details) => logged.push(details),
      error: (details) => logged.push(details),
    },
    requestId: () => 'request-1',
    clientAddress: (headers) => headers.get('x-test-address') ?? '192.0.2.1',
    isUnavailable: (error) => error instanceof Error && error.message === 'no database',
    pageStatuses: {
      note: (requestId, status) => void statuses.push([requestId, status]),
      take: () => undefined,
    },
    explainRefusal: (error) =>
      error instanceof Error && error.name === 'Refused' ? error.message : undefined,
    strangers,
    bodyBytesMax: 1_000,
    countRefusal: (of, reason) => counted.push([of?.slug, reason]),
  };
}

const { route, page } = createHttp(() => services());
const http2 = createHttp(() => services(byHost));
const params = (values: Record<string, string>) => ({ params: Promise.resolve(values) });
const acme = params({ tenant: 'acme' });

function request(path: string, init: RequestInit & { cookie?: string; host?: string } = {}): Request {
  const headers = new Headers(init.headers);
  headers.set('host', init.host ?? 'localhost:3000');
  if (init.cookie !== undefined) headers.set('cookie', `${COOKIE}=${init.cookie}`);
  return new Request(`http://next.internal:9${path}`, { ...init, headers });
}

function json(body: unknown, init: RequestInit & { cookie?: string } = {}): Request {
  const headers = {
    'content-type': 'application/json',
    origin: ORIGIN,
    'x-csrf-token': 'good-token',
    ...init.headers,
  };
  return request('/t/acme/x', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers,
  });
}

function form(body: string, init: RequestInit & { cookie?: string } = {}): Request {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN, ...init.headers };
  return request('/t/acme/x', { method: 'POST', body, ...init, headers });
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

beforeEach(() => {
  counted.length = 0;
  logged.length = 0;
  statuses.length = 0;
});

describe('the address', () => {
  const hello = route({
    auth: 'public',
    input: {},
    output: z.object({ slug: z.string() }),
    handle: async ({ tenant: of }) => ({ slug: of.slug }),
  });

  it('names the tenant, whatever the framework says the URL is', async () => {
    const response = await hello(request('/t/acme/x'), acme);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ slug: 'acme' });
    expect(response.headers.get('countersign-request')).toBe('request-1');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each(['evil.example', 'localhost', '127.0.0.1:3000'])(
    '421 for host %s, whatever X-Forwarded-Host says',
    async (host) => {
      const response = await hello(
        request('/t/acme/x', { host, headers: { 'x-forwarded-host': 'localhost:3000' } }),
        acme,
      );
      expect(response.status).toBe(421);
      expect(await codeOf(response)).toBe('unknown-host');
      expect(counted).toEqual([[undefined, 'unknown_address']]);
    },
  );

  it('421 on the host of a tool view', async () => {
    const host = `${'0'.repeat(32)}.mcpapps.localhost:3000`;
    expect((await hello(request('/x', { host }), acme)).status).toBe(421);
  });

  it('404 for a tenant that is not there or not yet, 403 for one that is suspended', async () => {
    expect((await hello(request('/t/nobody/x'), params({ tenant: 'nobody' }))).status).toBe(404);
    expect((await hello(request('/t/new/x'), params({ tenant: 'new' }))).status).toBe(404);
    expect((await hello(request('/t/gone/x'), params({ tenant: 'gone' }))).status).toBe(403);
    expect((await hello(request('/x'), params({}))).status).toBe(404);
  });

  it('of a host template must agree with the router’s segment', async () => {
    const hosted = http2.route({
      auth: 'public',
      input: {},
      output: z.object({ slug: z.string() }),
      handle: async ({ tenant: of }) => ({ slug: of.slug }),
    });
    const host = 'acme.mcp.localhost:3000';
    expect((await hosted(request('/x', { host }), acme)).status).toBe(200);
    expect((await hosted(request('/t/beta/x', { host }), params({ tenant: 'beta' }))).status).toBe(404);
    expect((await hosted(request('/t/acme/x', { host: 'mcp.localhost:3000' }), acme)).status).toBe(404);
  });

  it('without a tenant is for instance routes, and they for it', async () => {
    const landing = http2.route({
      auth: 'public',
      scope: 'instance',
      input: {},
      output: z.object({}),
      handle: async ({ tenant: of }) => (of === undefined ? {} : Promise.reject(new Error('a tenant'))),
    });
    expect((await landing(request('/', { host: 'mcp.localhost:3000' }), params({}))).status).toBe(200);
    expect((await landing(request('/', { host: 'acme.mcp.localhost:3000' }), params({}))).status).toBe(404);
  });
});

describe('the session', () => {
  const mine = route({
    auth: 'session',
    input: {},
    output: z.object({ roles: z.array(z.string()) }),
    handle: async ({ session: s }) => ({ roles: [...s.person.roles] }),
  });
  const audit = route({
    auth: { roles: ['auditor', 'admin'] },
    input: {},
    output: z.object({}),
    handle: async () => ({}),
  });

  it('401 without one, in words', async () => {
    const response = await mine(request('/t/acme/x'), acme);
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'sign-in-required', reference: 'request-1' });
  });

  it('a browser that opens a page is sent to sign in, and back to where it was', async () => {
    const response = await mine(
      request('/t/acme/receipts?a=1', { headers: { accept: 'text/html,*/*' } }),
      acme,
    );
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(
      'http://localhost:3000/t/acme/sso/start?return_to=%2Freceipts%3Fa%3D1',
    );
  });

  it('403 without the role, 200 with it', async () => {
    expect((await audit(request('/t/acme/x', { cookie: 'member' }), acme)).status).toBe(403);
    expect((await audit(request('/t/acme/x', { cookie: 'member.auditor' }), acme)).status).toBe(200);
  });

  it('of one tenant is none at another', async () => {
    expect((await mine(request('/t/beta/x', { cookie: 'member' }), params({ tenant: 'beta' }))).status).toBe(
      401,
    );
  });

  it('is passed on where it is optional, and not asked for where all is public', async () => {
    const who = (auth: 'optional' | 'public') =>
      route({
        auth,
        input: {},
        output: z.object({ known: z.boolean() }),
        handle: async ({ session: s }) => ({ known: s !== undefined }),
      });
    const known = async (handler: RouteHandler, cookie?: string) =>
      await (await handler(request('/t/acme/x', cookie === undefined ? {} : { cookie }), acme)).json();
    expect(await known(who('optional'), 'member')).toEqual({ known: true });
    expect(await known(who('optional'))).toEqual({ known: false });
    expect(await known(who('public'), 'member')).toEqual({ known: false });
  });
});

describe('what another site makes a browser send', () => {
  const counting = route({
    auth: { roles: ['auditor'] },
    input: { query: z.object({ count: z.coerce.number().optional() }) },
    output: z.object({}),
    handle: async ({ input }) => {
      if (input.query.count === 503) throw new Error('no database');
      if (input.query.count === 500) throw new Error('secret words');
      return {};
    },
  });
  const change = route({
    auth: 'session',
    input: { form: z.strictObject({}) },
    output: z.object({}),
    handle: async () => ({}),
  });
  const read = route({ auth: 'session', input: {}, output: z.object({}), handle: async () => ({}) });

  it('passes with our Origin and the session’s token', async () => {
    expect((await change(form('csrf_token=good-token', { cookie: 'member' }), acme)).status).toBe(200);
  });

  it.each(['https://evil.example', 'null', 'http://localhost:3001', 'http://acme.localhost:3000'])(
    '403 for Origin %s',
    async (origin) => {
      const response = await change(
        form('csrf_token=good-token', { cookie: 'member', headers: { origin } }),
        acme,
      );
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe('foreign-origin');
    },
  );

  it('403 for a foreign Origin on a read, too', async () => {
    expect(
      (
        await read(
          request('/t/acme/x', { cookie: 'member', headers: { origin: 'https://evil.example' } }),
          acme,
        )
      ).status,
    ).toBe(403);
    expect((await read(request('/t/acme/x', { cookie: 'member' }), acme)).status).toBe(200);
  });

  it('without an Origin, the fetch metadata decides; without either it is refused', async () => {
    const post = (headers: Record<string, string>) => {
      const made = form('csrf_token=good-token', { cookie: 'member', headers });
      made.headers.delete('origin');
      return made;
    };
    expect((await change(post({ 'sec-fetch-site': 'same-origin' }), acme)).status).toBe(200);
    expect((await change(post({ 'sec-fetch-site': 'same-site' }), acme)).status).toBe(403);
    expect((await change(post({ 'sec-fetch-site': 'cross-site' }), acme)).status).toBe(403);
    expect((await change(post({}), acme)).status).toBe(403);
  });

  it.each(['', 'csrf_token=', 'csrf_token=bad', 'csrf_token=good-token&csrf_token=good-token'])(
    '403 for the token in %j',
    async (body) => {
      const response = await change(form(body, { cookie: 'member' }), acme);
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe('csrf');
    },
  );

  it('a form of a session that is no longer the browser’s is refused as a page that a person can read', async () => {
    const headers = { accept: 'text/html', origin: ORIGIN, 'x-countersign-nonce': 'a'.repeat(32) };
    const response = await change(form('csrf_token=bad', { cookie: 'member', headers }), acme);
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain(`'nonce-${'a'.repeat(32)}'`);
    const text = await response.text();
    expect(text).toContain('<h1>This form is not from your session</h1>');
    expect(text).toContain('<a href="http://localhost:3000/t/acme">');
    expect(text).toContain('request-1');
  });

  it.each([
    [
      'an organisation that does not exist',
      404,
      'There is no such organisation here',
      '/t/nobody/x',
      'nobody',
      {},
    ],
    ['one that is not served', 403, 'This organisation is not served', '/t/gone/x', 'gone', {}],
    [
      'another site’s form',
      403,
      'The request comes from another site',
      '/t/acme/x',
      'acme',
      { method: 'POST', origin: 'https://evil.example' },
    ],
    [
      'a role that is missing',
      403,
      'Your role does not allow this',
      '/t/acme/x',
      'acme',
      { cookie: 'member' },
    ],
    [
      'input that does not fit',
      400,
      'The request is not understood',
      '/t/acme/x?count=one',
      'acme',
      { cookie: 'auditor' },
    ],
    [
      'infrastructure that does not answer',
      503,
      'Not available at the moment',
      '/t/acme/x?count=503',
      'acme',
      { cookie: 'auditor' },
    ],
    ['a defect', 500, 'Something went wrong here', '/t/acme/x?count=500', 'acme', { cookie: 'auditor' }],
  ] as const)(
    '%s is told as a page to a person, and as a problem to a program',
    async (_what, status, title, path, slug, more) => {
      const { cookie, method, origin } = { cookie: undefined, method: 'GET', origin: ORIGIN, ...more };
      const ask = async (accept: string) =>
        await counting(
          request(path, { method, headers: { accept, origin }, ...(cookie === undefined ? {} : { cookie }) }),
          params({ tenant: slug }),
        );
      const page = await ask('text/html,*/*;q=0.8');
      expect([page.status, page.headers.get('content-type')]).toStrictEqual([
        status,
        'text/html; charset=utf-8',
      ]);
      expect(page.headers.get('retry-after')).toBe(status === 503 ? '2' : null);
      const text = await page.text();
      expect(text).toContain(`<h1>${title}</h1>`);
      const nonce = /<style nonce="([^"]+)">/.exec(text)?.[1];
      expect(page.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
      const told = [...counted];
      const problem = await ask('application/json, text/plain, */*');
      expect(problem.headers.get('content-type')).toBe('application/problem+json');
      expect(await problem.json()).toMatchObject({ status, title });
      expect(counted).toStrictEqual([...told, ...told]);
    },
  );

  it('a page of what is wrong with the input names each place', async () => {
    const headers = { accept: 'text/html', origin: ORIGIN };
    const response = await counting(request('/t/acme/x?count=one', { cookie: 'auditor', headers }), acme);
    expect(await response.text()).toContain('<p>count: ');
  });

  it('a form that is sent without a session does nothing, and its answer leads to the sign-in', async () => {
    const headers = { accept: 'text/html', origin: ORIGIN };
    const response = await change(form('csrf_token=good-token', { headers }), acme);
    expect(response.status).toBe(401);
    const text = await response.text();
    expect(text).toContain('<h1>Sign in first</h1>');
    expect(text).toContain('<a href="http://localhost:3000/t/acme/sso/start?return_to=%2F">');
  });

  it('a raw endpoint may be called from anywhere if it says so, and by programs without an Origin', async () => {
    const raw = (origin: 'own' | 'any') =>
      route({
        auth: 'raw',
        input: 'raw',
        output: 'response',
        origin,
        handle: async () => new Response('ok'),
      });
    const foreign = { method: 'POST', headers: { origin: 'https://evil.example' } };
    expect((await raw('any')(request('/t/acme/x', foreign), acme)).status).toBe(200);
    expect((await raw('own')(request('/t/acme/x', foreign), acme)).status).toBe(403);
    expect((await raw('own')(request('/t/acme/x', { method: 'POST' }), acme)).status).toBe(200);
  });
});

describe('a route that keeps something for strangers', () => {
  let now = 0;
  let handled = 0;

  beforeEach(() => {
    now = 0;
    handled = 0;
    strangers = new StrangerLimits(PER_ADDRESS, () => now);
  });

  const keeping = route({
    auth: 'raw',
    input: 'raw',
    output: 'response',
    keepsForStrangers: ({ url }) => url.endsWith('/keeps'),
    handle: async () => {
      handled += 1;
      return new Response('ok');
    },
  });
  const ask = async (address: string, path = '/t/acme/keeps', of = 'acme') =>
    await keeping(request(path, { headers: { 'x-test-address': address } }), params({ tenant: of }));
  const askOften = async (count: number, address: (index: number) => string) => {
    for (let index = 0; index < count; index += 1) await ask(address(index));
  };

  it('keeps so much for one address, then says when to come again, and goes on afterwards', async () => {
    await askOften(PER_ADDRESS, () => '192.0.2.9');
    now = STRANGERS_WINDOW_MS - 5_000;
    const refused = await ask('192.0.2.9');
    expect([refused.status, refused.headers.get('retry-after')]).toStrictEqual([429, '5']);
    expect(handled).toBe(PER_ADDRESS);
    expect(counted.at(-1)).toStrictEqual(['acme', 'overloaded']);
    expect((await ask('192.0.2.9', '/t/acme/other')).status).toBe(200);
    expect((await ask('192.0.2.10')).status).toBe(200);
    now = STRANGERS_WINDOW_MS;
    expect((await ask('192.0.2.9')).status).toBe(200);
  });

  it('takes a whole network of IPv6 for one address', async () => {
    await askOften(PER_ADDRESS, (index) => `2001:db8:0:7::${index.toString(16)}`);
    expect((await ask('2001:db8::7:ffff:0:0:1')).status).toBe(429);
    expect((await ask('2001:db8:0:8::1')).status).toBe(200);
  });

  it('keeps a little for whoever has begun nothing yet, when a few addresses have used up what all have', async () => {
    const used = (index: number) => `10.0.0.${index % STRANGER_ADDRESSES}`;
    await askOften(PER_ADDRESS * STRANGER_ADDRESSES, used);
    expect((await ask('192.0.2.9')).status).toBe(200);
    expect((await ask('192.0.2.9')).status).toBe(429);
    expect((await ask(used(0))).status).toBe(429);
    expect((await ask('192.0.2.10')).status).toBe(200);
  });

  it('keeps so much for all together, and nobody else’s tenant is the worse for it', async () => {
    const all = PER_ADDRESS * STRANGER_ADDRESSES_IN_CROWD;
    await askOften(all + 1, (index) => `10.0.${index >> 8}.${index & 255}`);
    expect(handled).toBe(all);
    expect((await ask('192.0.2.9')).status).toBe(429);
    expect((await ask('192.0.2.9', '/t/beta/keeps', 'beta')).status).toBe(200);
  });
});

describe('the input', () => {
  const body = z.strictObject({ name: z.string().max(5), count: z.int() });
  const create = route({
    auth: 'session',
    input: { body },
    output: body,
    handle: async ({ input }) => input.body,
  });
  const post = (value: unknown, headers = {}) => create(json(value, { cookie: 'member', headers }), acme);

  it('is parsed and handed on', async () => {
    expect(await (await post({ name: 'a', count: 1 })).json()).toEqual({ name: 'a', count: 1 });
  });

  it.each([
    ['not JSON', '{'],
    ['a list', []],
    ['null', null],
    ['empty', ''],
    ['another member', { name: 'a', count: 1, x: 1 }],
    ['a wrong type', { name: 1, count: 'x' }],
    ['__proto__', '{"__proto__": {"name": "a"}, "count": 1}'],
  ])('400 for %s, and never 500', async (_what, value) => {
    const response = await post(value);
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('malformed');
  });

  it('says where it does not fit', async () => {
    expect(await (await post({ name: 'too long', count: 1 })).json()).toMatchObject({
      errors: [{ path: 'name' }],
    });
  });

  it('415 for another type, 413 beyond the limit, announced or not', async () => {
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({ name: 'a', count: 1, x: 'y'.repeat(2_000) })).status).toBe(413);
    const stream = new ReadableStream({
      start: (out) => {
        out.enqueue(new Uint8Array(2_000));
        out.close();
      },
    });
    const streamed = json('', { cookie: 'member' });
    const unannounced = new Request(streamed.url, {
      method: 'POST',
      headers: streamed.headers,
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect((await create(unannounced, acme)).status).toBe(413);
  });

  it('400 for bytes that are not UTF-8, and for a body that breaks off', async () => {
    const invalid = new Request('http://x/', {
      method: 'POST',
      headers: json('').headers,
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    invalid.headers.set('cookie', `${COOKIE}=member`);
    expect((await create(invalid, acme)).status).toBe(400);
    const broken = new ReadableStream({ pull: (out) => out.error(new Error('gone')) });
    const breaking = new Request('http://x/', {
      method: 'POST',
      headers: invalid.headers,
      body: broken,
      duplex: 'half',
    } as RequestInit);
    expect((await create(breaking, acme)).status).toBe(400);
  });

  it('of a path that does not fit is 404, of a query 400', async () => {
    const show = route({
      auth: 'public',
      input: {
        params: z.object({ id: z.uuid() }),
        query: z.strictObject({ page: z.coerce.number().optional() }),
      },
      output: z.object({}),
      handle: async () => ({}),
    });
    const id = '0198c0de-0000-7000-8000-000000000000';
    expect((await show(request('/t/acme/x'), params({ tenant: 'acme', id: 'nonsense' }))).status).toBe(404);
    expect((await show(request('/t/acme/x?page=2'), params({ tenant: 'acme', id }))).status).toBe(200);
    expect((await show(request('/t/acme/x?page=x'), params({ tenant: 'acme', id }))).status).toBe(400);
    expect((await show(request('/t/acme/x?page=1&page=2'), params({ tenant: 'acme', id }))).status).toBe(400);
    expect(
      (await show(request(`/t/acme/x?${'a=1&'.repeat(300)}`), params({ tenant: 'acme', id }))).status,
    ).toBe(400);
  });

  it('of a form comes without the token', async () => {
    const save = route({
      auth: 'session',
      input: { form: z.strictObject({ a: z.string() }) },
      output: z.object({ a: z.string() }),
      handle: async ({ input }) => input.form,
    });
    expect(await (await save(form('a=b&csrf_token=good-token', { cookie: 'member' }), acme)).json()).toEqual({
      a: 'b',
    });
  });
});

describe('the answer', () => {
  const answering = (handle: () => Promise<never>) =>
    route({ auth: 'public', input: {}, output: z.strictObject({ a: z.string() }), handle });

  it('500 for a defect: a reference outside, everything else in the log', async () => {
    const response = await answering(async () => {
      throw new Error('password=hunter2');
    })(request('/t/acme/x'), acme);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('request-1');
    expect(text).not.toContain('hunter2');
    expect(logged).toMatchObject([{ requestId: 'request-1' }]);
  });

  it('500 for an answer that breaks its own schema', async () => {
    expect((await answering(async () => ({ a: 1 }) as never)(request('/t/acme/x'), acme)).status).toBe(500);
  });

  it('503 when infrastructure is gone', async () => {
    const response = await answering(async () => {
      throw new Error('no database');
    })(request('/t/acme/x'), acme);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
  });

  it('may be a refusal or a page of the handler’s own, whose headers stand', async () => {
    const problem = { status: 409, code: 'taken', title: 'Taken', detail: 'Taken.' };
    const own = route({
      auth: 'public',
      input: {},
      output: z.object({}),
      handle: async () => problemResponse(problem, { headers: { 'content-security-policy': 'x' } }),
    });
    const response = await own(request('/t/acme/x'), acme);
    expect(response.status).toBe(409);
    expect(response.headers.get('content-security-policy')).toBe('x');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('a page', () => {
  const show = page({
    auth: 'session',
    input: { query: z.object({ q: z.string().optional() }) },
    load: async ({ input, session: s }) => ({ q: input.query.q, who: s.person.subject }),
  });
  const visit = (headers: Record<string, string>, search: Record<string, string> = {}) => ({
    headers: new Headers({ host: 'localhost:3000', ...headers }),
    params: Promise.resolve({ tenant: 'acme' }),
    searchParams: Promise.resolve(search),
  });
  const cookie = `${COOKIE}=member`;

  it('gets its data, a token for its forms and its nonce', async () => {
    const outcome = await show(visit({ cookie, [NONCE_HEADER]: 'YWJjZGVmZ2hpamtsbW5vcA==' }, { q: 'x' }));
    expect(outcome).toMatchObject({
      outcome: 'data',
      data: { q: 'x', who: 's' },
      csrfToken: 'good-token',
      nonce: 'YWJjZGVmZ2hpamtsbW5vcA==',
      requestId: 'request-1',
    });
  });

  it('without a session leads to the sign-in and back', async () => {
    const outcome = await show(visit({ [ORIGINAL_PATH_HEADER]: '/t/acme/receipts?a=1' }));
    expect(outcome).toEqual({
      outcome: 'redirect',
      to: 'http://localhost:3000/t/acme/sso/start?return_to=%2Freceipts%3Fa%3D1',
    });
  });

  it('never leads to another tenant or host by a forged path header', async () => {
    for (const path of ['/t/beta/x', 'https://evil.example/', '//evil.example']) {
      const outcome = await show(visit({ [ORIGINAL_PATH_HEADER]: path }));
      expect(outcome).toEqual({
        outcome: 'redirect',
        to: 'http://localhost:3000/t/acme/sso/start?return_to=%2F',
      });
    }
  });

  it('says with which status its refusal is to be answered', async () => {
    const denied = page({ auth: { roles: ['admin'] }, input: {}, load: async () => ({}) });
    expect(await denied(visit({ cookie }))).toMatchObject({ problem: { status: 403 } });
    const refused = page({
      auth: 'session',
      input: {},
      load: async () => {
        throw Object.assign(new Error('the log is behind: run a command'), { name: 'Refused' });
      },
    });
    const outcome = await refused(visit({ cookie }));
    expect(outcome).toMatchObject({ problem: { status: 503, detail: 'the log is behind: run a command' } });
    expect(statuses).toEqual([
      ['request-1', 403],
      ['request-1', 503],
    ]);
  });

  it('passes on what its loader decides', async () => {
    const deciding = (load: () => Promise<ReturnType<typeof notFound>>) =>
      page({ auth: 'public', input: {}, load });
    expect(await deciding(async () => notFound())(visit({}))).toEqual({ outcome: 'not-found' });
    expect(await deciding(async () => redirectTo('/x'))(visit({}))).toEqual({
      outcome: 'redirect',
      to: '/x',
    });
    const problem = { status: 410, code: 'over', title: 'Over', detail: 'Over.' };
    expect(await deciding(async () => refuse(problem))(visit({}))).toEqual({ outcome: 'problem', problem });
  });

  it('says what is wrong with host, role or infrastructure', async () => {
    const failing = page({
      auth: { roles: ['admin'] },
      input: {},
      load: async () => {
        throw new Error('secret');
      },
    });
    expect(await failing(visit({ host: 'evil.example' }))).toMatchObject({
      outcome: 'problem',
      problem: { status: 421 },
    });
    expect(await failing(visit({ cookie }))).toMatchObject({ outcome: 'problem', problem: { status: 403 } });
    const outcome = await failing(visit({ cookie: `${COOKIE}=admin` }));
    expect(outcome).toMatchObject({ outcome: 'problem', problem: { status: 500, reference: 'request-1' } });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });
});
