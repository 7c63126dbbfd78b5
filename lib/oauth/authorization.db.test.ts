import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerId } from '#lib/core';
import {
  authorizationUrl,
  authorize,
  browserFor,
  call,
  LOOPBACK_REDIRECT,
  newVerifier,
  openConsent,
  postForm,
  redeem,
  refresh,
  registerClient,
} from './testing/drive-client.ts';
import { createWorld, type World } from './testing/world.ts';

let world: World;
let resource: string;
let clientId: string;

beforeAll(async () => {
  world = await createWorld();
  resource = world.addresses.resourceUrl(world.tenant.slug, 'everything' as ServerId);
  clientId = (await registerClient(world.tenant)).client_id;
});
afterAll(() => world.close());

const request = (parameters: Record<string, string | readonly string[] | undefined> = {}) =>
  authorizationUrl(world.tenant, {
    client_id: clientId,
    redirect_uri: LOOPBACK_REDIRECT,
    resource,
    code_challenge: newVerifier().challenge,
    code_challenge_method: 'S256',
    state: 'the-state',
    ...parameters,
  });

/** Where the browser ends up, as the client would read it. */
async function answerTo(url: string) {
  const page = await browserFor(world.tenant).open(url);
  const { search, hash } = new URL(page.url);
  return { page, answer: new URLSearchParams(search === '' ? hash.slice(1) : search) };
}

describe('an authorization request', () => {
  test('is answered with code, state and iss, and the code with a token for one server', async () => {
    const authorized = await authorize(world.tenant, { clientId, resource, email: 'alice@acme.example' });
    const answer = new URL(authorized.page.url).searchParams;
    expect(answer.get('iss')).toBe(world.tenant.canonicalUrl);
    expect(answer.get('state')).toBe('the-state');
    const tokens = await redeem(world.tenant, clientId, authorized);
    expect(tokens.body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'mcp' });
    const [header, payload] = (tokens.body.access_token ?? '')
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: await world.kid() });
    expect(payload).toMatchObject({
      iss: world.tenant.canonicalUrl,
      aud: resource,
      client_id: clientId,
      sub: (await world.person('alice@acme.example')).reference,
      mode: 'user',
    });
    expect(Number(payload?.['exp']) - Number(payload?.['iat'])).toBe(600);
    expect((await call(resource, tokens.body.access_token ?? '')).body.mode).toBe('user');
  });

  test.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no resource', { resource: undefined }, 'invalid_target'],
    ['an unknown server', { resource: 'http://localhost:1/t/acme/mcp/none' }, 'invalid_target'],
    ['the implicit flow', { response_type: 'token' }, 'invalid_request'],
    ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    ['a fragment answer', { response_mode: 'fragment' }, 'invalid_request'],
    ['no one at the screen', { prompt: 'none' }, 'login_required'],
  ])(
    'with %s is answered with an error at the redirect URI, iss included [rfc9207-2]',
    async (_what, parameters, error) => {
      const { answer } = await answerTo(request(parameters));
      expect(answer.get('error')).toBe(error);
      expect(answer.get('iss')).toBe(world.tenant.canonicalUrl);
      expect(answer.get('state')).toBe('the-state');
      expect(answer.has('code')).toBe(false);
    },
  );

  test.each([
    ['prompt=none', 'https://phish.example/login', { prompt: 'none' }],
    ['an unknown server', 'https://phish.example/login', { resource: 'http://localhost:1/t/acme/mcp/x' }],
    ['a fragment answer', 'https://phish.example/login', { response_type: 'token' }],
    ['an app’s scheme', 'phishing-app://login', { prompt: 'none' }],
  ])(
    'made to fail (%s) does not send a browser on to where a stranger likes [rfc9700-4.11.2]',
    async (_what, redirectUri, parameters) => {
      const stranger = await registerClient(world.tenant, { redirect_uris: [redirectUri] });
      const { page } = await answerTo(
        request({ client_id: stranger.client_id, redirect_uri: redirectUri, ...parameters }),
      );
      expect(page.url.startsWith(world.tenant.canonicalUrl)).toBe(true);
      expect(page.status).toBe(400);
      expect(page.text).toContain('nobody in Acme vouches for');
      await world.setAdmission(stranger.client_id, 'admitted');
      const { answer } = await answerTo(
        request({ client_id: stranger.client_id, redirect_uri: redirectUri, ...parameters }),
      );
      expect(answer.has('error')).toBe(true);
    },
  );

  test('for two servers at once is refused: one token per server', async () => {
    const second = world.addresses.resourceUrl(world.tenant.slug, 'second' as ServerId);
    const { answer } = await answerTo(request({ resource: [resource, second] }));
    expect(answer.get('error')).toBe('invalid_target');
  });

  test.each([
    ['another path', 'http://127.0.0.1:8123/other'],
    ['another loopback name', 'http://localhost:8123/callback'],
    ['a longer path', `${LOOPBACK_REDIRECT}/more`],
    ['another host', 'https://attacker.example/callback'],
    ['a query added', `${LOOPBACK_REDIRECT}?x=1`],
  ])(
    'to a redirect URI that is not registered (%s) goes nowhere [rfc9700-2.1]',
    async (_what, redirectUri) => {
      const { page } = await answerTo(request({ redirect_uri: redirectUri }));
      expect(page.url.startsWith(world.tenant.canonicalUrl)).toBe(true);
      expect(page.status).toBe(400);
      expect(page.text).toContain('invalid_redirect_uri');
      expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    },
  );

  test('may use any port of a registered loopback address (RFC 8252 §7.3)', async () => {
    const redirectUri = 'http://127.0.0.1:49152/callback';
    const authorized = await authorize(world.tenant, {
      clientId,
      resource,
      redirectUri,
      email: 'alice@acme.example',
    });
    expect(authorized.page.url.startsWith(redirectUri)).toBe(true);
    expect((await redeem(world.tenant, clientId, authorized)).status).toBe(200);
  });

  test('of a client nobody registered gets a page, with its text quoted', async () => {
    const { page } = await answerTo(request({ client_id: '<script>alert(1)</script>' }));
    expect(page.status).toBe(400);
    expect(page.text).not.toContain('<script>alert');
  });

  test('is not moved by what Host and forwarding headers say', async () => {
    const forged = new Request(request().replace(/^http:\/\/[^/]+/, 'http://evil.example'), {
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-forwarded-prefix': '/evil',
        forwarded: 'host=evil.example;proto=https',
      },
    });
    const response = await world.oauth.handle(forged, world.tenant, { ip: '192.0.2.1' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(
      new RegExp(`^${world.tenant.canonicalUrl}/oauth/signin/`),
    );
    for (const cookie of response.headers.getSetCookie()) {
      expect(cookie).toMatch(/^__Secure-/);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).not.toMatch(/domain=/i);
      expect(cookie).toContain('.acme.');
    }
  });

  test('keeps a browser away from the sign-in of a request it did not start', async () => {
    const foreign = await browserFor(world.tenant).open(
      `${world.tenant.canonicalUrl}/oauth/signin/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`,
    );
    expect(foreign.status).toBe(403);
    expect(foreign.text).toContain('another browser');
  });
});

describe('an authorization code', () => {
  const fresh = () => authorize(world.tenant, { clientId, resource, email: 'alice@acme.example' });

  test('needs its verifier, its redirect URI and its client [rfc7636-4.6]', async () => {
    const authorized = await fresh();
    const wrongVerifier = await redeem(world.tenant, clientId, {
      ...authorized,
      verifier: newVerifier().verifier,
    });
    expect(wrongVerifier).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const wrongRedirect = await redeem(world.tenant, clientId, {
      ...authorized,
      redirectUri: 'http://127.0.0.1:9999/callback',
    });
    expect(wrongRedirect.body.error).toBe('invalid_grant');
    const other = await registerClient(world.tenant);
    expect((await redeem(world.tenant, other.client_id, authorized)).body.error).toBe('invalid_grant');
    expect((await redeem(world.tenant, clientId, authorized)).status).toBe(200);
  });

  test('presented again ends everything that came of it [rfc6749-4.1.2]', async () => {
    const authorized = await fresh();
    const tokens = await redeem(world.tenant, clientId, authorized);
    const access = tokens.body.access_token ?? '';
    expect((await call(resource, access)).status).toBe(200);
    expect((await redeem(world.tenant, clientId, authorized)).body.error).toBe('invalid_grant');
    expect((await call(resource, access)).status).toBe(401);
    const refreshed = await refresh(world.tenant, clientId, tokens.body.refresh_token ?? '');
    expect(refreshed.body.error).toBe('invalid_grant');
    expect(await world.details('token')).toContainEqual(
      expect.objectContaining({ event: 'revoked', reason: 'code_replay' }),
    );
  });

  test('presented twice at the same instant is good once at most, and nothing of it survives', async () => {
    const authorized = await fresh();
    const answers = await Promise.all([
      redeem(world.tenant, clientId, authorized),
      redeem(world.tenant, clientId, authorized),
    ]);
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { body } of won) expect((await call(resource, body.access_token ?? '')).status).toBe(401);
  });

  test('for one server gives no token for another [rfc8707-2]', async () => {
    const second = world.addresses.resourceUrl(world.tenant.slug, 'second' as ServerId);
    const answer = await redeem(world.tenant, clientId, await fresh(), { resource: second });
    expect(answer.body.error).toBe('invalid_target');
  });
});

describe('the token endpoint', () => {
  const token = () => `${world.tenant.canonicalUrl}/oauth/token`;

  test('refuses grants it does not know, bodies that are not forms, and other methods', async () => {
    const form = { client_id: clientId, grant_type: 'password', username: 'a', password: 'b' };
    expect((await postForm(token(), form)).body.error).toBe('unsupported_grant_type');
    const json = await fetch(token(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(form),
    });
    expect(json.status).toBe(400);
    expect((await fetch(token())).status).toBe(405);
    const large = await postForm(token(), { ...form, padding: 'x'.repeat(60_000) });
    expect(large.status).toBe(413);
  });

  test('lets scripts of the client’s own origin read its answer, and no other', async () => {
    const { client_id: web } = await registerClient(world.tenant, {
      redirect_uris: ['https://app.example/callback'],
    });
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: web, refresh_token: 'x' });
    const ask = (origin: string) => fetch(token(), { method: 'POST', headers: { origin }, body: form });
    expect((await ask('https://app.example')).headers.get('access-control-allow-origin')).toBe(
      'https://app.example',
    );
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('answers with no-store and never with a token of another tenant', async () => {
    const authorized = await authorize(world.tenant, { clientId, resource, email: 'alice@acme.example' });
    const response = await fetch(token(), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        code: authorized.code,
        code_verifier: authorized.verifier,
        redirect_uri: authorized.redirectUri,
      }),
    });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await world.storedText()).not.toContain(authorized.code);
  });
});

test('the consent page and everything it leads to works for somebody who was signed in already', async () => {
  const browser = browserFor(world.tenant);
  await openConsent(browser, request(), 'alice@acme.example');
  const again = await browser.open(request());
  expect(again.url).toContain('/consent/');
});
