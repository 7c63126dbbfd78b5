import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JWTPayload } from 'jose';
import { identityProviderSettings } from './provider-settings.ts';
import { startHostileProvider, type HostileProvider, type Lies } from './testing/hostile-provider.ts';
import { createCookieJar, OPERATOR, setUp, type SetUp } from './testing/set-up.ts';
import type { TenantRecord } from './types.ts';

let site: SetUp;
let idp: HostileProvider;
let acme: TenantRecord;

let saves = 0;

/** Each time another scope: what is known of a provider is dropped when it is changed, not when it stays. */
async function configure(changes: object = {}): Promise<boolean> {
  saves += 1;
  const settings = identityProviderSettings.parse({
    issuer: idp.issuer,
    clientId: 'countersign',
    scopes: ['profile', 'email', `save-${saves}`],
    ...changes,
  });
  return await site.deps.database
    .tenantDb(acme.id)
    .transaction(
      async (tx) => await site.identity.providers.save(tx, acme, settings, 'the-client-secret', OPERATOR),
    );
}

beforeAll(async () => {
  site = await setUp();
  idp = await startHostileProvider();
  acme = await site.tenant('acme');
  await configure();
});

afterAll(async () => {
  await idp?.stop();
  await site?.close();
});

afterEach(async () => {
  idp.lie({});
});

/** The kind of refusal, or `ok`, of one sign-in under these lies. */
async function attempt(lies: Lies, callback: Record<string, string | null> = {}): Promise<string> {
  const jar = createCookieJar();
  const begun = await site.identity.sso.begin(acme, { returnTo: '/' });
  if (!begun.ok) return begun.error.kind;
  jar.store(begun.value.setCookies);
  idp.lie(lies);
  const parameters = idp.callback(begun.value.redirectTo, callback);
  const completed = await site.identity.sso.complete(acme, { parameters, readCookie: jar.read });
  return completed.ok ? 'ok' : completed.error.kind;
}

it('an honest provider is believed', async () => {
  expect(await attempt({})).toBe('ok');
  const request = idp.tokenRequests.at(-1);
  expect(request?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  expect(request?.get('redirect_uri')).toBe(`${acme.canonicalUrl}/sso/callback`);
});

describe('a provider whose discovery document names another host later', () => {
  it('gets neither code nor secret there, saved again or not, until somebody names the host', async () => {
    const elsewhere = await startHostileProvider();
    const host = elsewhere.issuer.replace('http://', '');
    const lies = { metadata: { token_endpoint: `${elsewhere.issuer}/token` } };
    const begin = async () => {
      const begun = await site.identity.sso.begin(acme, { returnTo: '/' });
      return begun.ok ? 'ok' : `${begun.error.kind}: ${begun.error.reason}`;
    };
    const beginsNow = async (told: Lies, changes: object = {}) => {
      idp.lie(told);
      const isChanged = await configure(changes);
      return [isChanged, await begin()] as const;
    };
    expect(await beginsNow({})).toEqual([true, 'ok']);
    const refused = expect.stringContaining(
      `provider-misconfigured: the discovery document names endpoints at ${host}`,
    ) as string;
    expect(await beginsNow(lies)).toEqual([true, refused]);
    // The very same settings once more, as a file that is applied every night.
    saves -= 1;
    expect(await beginsNow(lies)).toEqual([false, refused]);
    // Another change of the settings is no word about the host.
    expect(await beginsNow(lies)).toEqual([true, refused]);
    expect(elsewhere.tokenRequests).toStrictEqual([]);
    idp.lie({});
    expect(await begin()).toBe('ok');

    expect(await beginsNow(lies, { endpointHosts: [host] })).toEqual([true, 'ok']);
    await attempt(lies);
    expect(elsewhere.tokenRequests).toHaveLength(1);
    await elsewhere.stop();
    expect(await beginsNow({})).toEqual([true, 'ok']);
  });
});

describe('an ID token is refused', () => {
  const change = (changes: JWTPayload) => ({ claims: (claims: JWTPayload) => ({ ...claims, ...changes }) });
  const without = (name: string) => ({
    claims: (claims: JWTPayload) =>
      Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name)),
  });
  const past = Math.floor(Date.now() / 1000) - 3_600;

  it.each<[string, Lies]>([
    ['with another nonce', change({ nonce: 'another' })],
    ['without a nonce', without('nonce')],
    ['of another issuer', change({ iss: 'https://evil.example' })],
    ['for another audience', change({ aud: 'somebody-else' })],
    ['for several audiences without saying who asked', change({ aud: ['countersign', 'somebody-else'] })],
    ['that has expired', change({ exp: past })],
    ['without a subject', without('sub')],
    ['without iat', without('iat')],
    ['without exp', without('exp')],
    ['signed by a key that is not in the key set', { signature: 'foreign' }],
    ['without a signature', { signature: 'none' }],
  ])('%s', async (_what, lies) => {
    expect(await attempt(lies)).toBe('response-invalid');
  });

  it('that is missing', async () => {
    const body = JSON.stringify({ access_token: 'x', token_type: 'Bearer' });
    expect(await attempt({ tokenAnswer: { status: 200, body } })).toBe('response-invalid');
  });
});

describe('the callback is refused', () => {
  it('with another iss, or without the promised one (RFC 9207)', async () => {
    expect(await attempt({}, { iss: 'https://evil.example' })).toBe('response-invalid');
    expect(await attempt({}, { iss: null })).toBe('response-invalid');
  });

  it('without a code', async () => {
    expect(await attempt({}, { code: null })).toBe('response-invalid');
  });

  it('with an error; only registered codes are repeated, and no word of the description', async () => {
    for (const [error, told] of [
      ['access_denied', 'access_denied'],
      ['<script>', undefined],
    ] as const) {
      const begun = await site.identity.sso.begin(acme, { returnTo: '/' });
      if (!begun.ok) throw new Error('it begins');
      const jar = createCookieJar();
      jar.store(begun.value.setCookies);
      const changes = { code: null, error, error_description: 'call +1 555 0100' };
      const parameters = idp.callback(begun.value.redirectTo, changes);
      const refused = await site.identity.sso.complete(acme, { parameters, readCookie: jar.read });
      expect(refused).toMatchObject({ ok: false, error: { kind: 'provider-refused' } });
      expect(JSON.stringify(refused)).not.toMatch(/script|555/);
      expect(!refused.ok && refused.error.providerError).toBe(told);
    }
  });
});

describe('the token endpoint', () => {
  it.each([
    ['fails', { status: 500, body: '{"error":"server_error"}' }, 'provider-unavailable'],
    ['answers a page', { status: 200, body: '<html>', type: 'text/html' }, 'provider-unavailable'],
    ['answers half an object', { status: 200, body: '{"access_token":' }, 'provider-unavailable'],
    ['knows no such client', { status: 400, body: '{"error":"invalid_client"}' }, 'provider-misconfigured'],
    ['redirects', { status: 302, body: '' }, 'provider-misconfigured'],
  ])('%s', async (_what, tokenAnswer, kind) => {
    expect(await attempt({ tokenAnswer })).toBe(kind);
  });
});

describe('userinfo', () => {
  it('adds groups that the ID token lacks, where the tenant asks for it', async () => {
    const noGroups = { claims: (claims: JWTPayload) => ({ ...claims, groups: undefined }) };
    await configure({ userinfo: true });
    expect(await attempt({ ...noGroups, userinfo: { sub: 'mallory', groups: ['engineering'] } })).toBe('ok');
    expect(await attempt({ ...noGroups, userinfo: { sub: 'somebody-else', groups: ['admins'] } })).toBe(
      'response-invalid',
    );
    await configure();
    expect(await attempt({ ...noGroups, userinfo: { sub: 'mallory', groups: ['engineering'] } })).toBe(
      'groups-missing',
    );
  });
});

describe('discovery', () => {
  it.each<[string, object, string]>([
    ['that names another issuer', { issuer: 'https://evil.example' }, 'provider-misconfigured'],
    ['without an authorization endpoint', { authorization_endpoint: undefined }, 'provider-misconfigured'],
  ])('%s', async (_what, metadata, kind) => {
    idp.lie({ metadata });
    await configure();
    expect(await attempt({ metadata })).toBe(kind);
  });

  it('at a provider that is down says so, and works once it is back', async () => {
    await configure({ issuer: 'http://127.0.0.1:9' });
    expect(await attempt({})).toBe('provider-unavailable');
    await configure();
    expect(await attempt({})).toBe('ok');
  });

  it('at a private address is the operator’s to allow', async () => {
    await configure({ issuer: 'https://10.0.0.1' });
    expect(await attempt({})).toBe('provider-misconfigured');
    await configure();
  });
});

describe('what can be known about a provider without a sign-in', () => {
  const wrong = async (metadata: object, changes: object = {}) => {
    idp.lie({ metadata });
    // Another issuer in between: its endpoints are found anew.
    await configure({ issuer: 'http://127.0.0.1:9' });
    await configure(changes);
    const findings = (await site.identity.sso.examine(acme)).filter(({ ok }) => !ok);
    for (const { detail, remedy } of findings) expect(`${detail} ${remedy}`).toMatch(/\w+ .*\w+/);
    return findings.map(({ about }) => about);
  };

  it.each<[string, object, object, string[]]>([
    ['nothing wrong', {}, {}, []],
    ['another issuer', { issuer: 'https://evil.example' }, {}, ['issuer']],
    [
      'no userinfo where the tenant wants it',
      { userinfo_endpoint: undefined },
      { userinfo: true },
      ['endpoints'],
    ],
    [
      'a token endpoint at a forbidden address',
      { token_endpoint: 'https://10.0.0.1/token' },
      {},
      ['endpoints'],
    ],
    ['no keys', { jwks_uri: 'http://127.0.0.1:9/jwks' }, {}, ['keys']],
    [
      'only signatures by a shared secret',
      { id_token_signing_alg_values_supported: ['HS256'] },
      {},
      ['algorithms'],
    ],
    [
      'no such client authentication',
      { token_endpoint_auth_methods_supported: ['private_key_jwt'] },
      {},
      ['client'],
    ],
    ['nobody there', {}, { issuer: 'http://127.0.0.1:9' }, ['issuer']],
  ])('finds %s', async (_what, metadata, changes, expected) => {
    expect(await wrong(metadata, changes)).toEqual(expected);
    await configure();
  });

  it('finds a clock that is off', async () => {
    await configure();
    site.clock.pass(40_000);
    const clock = (await site.identity.sso.examine(acme)).find(({ about }) => about === 'clock');
    expect(clock).toMatchObject({ ok: false, remedy: expect.stringMatching(/NTP/) as string });
    // HTTP's Date has whole seconds.
    expect(clock?.detail).toMatch(/4[01] s behind/);
  });
});
