/** Sign-in at providers of every shape, in processes of their own, known by a tenant file alone. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ProviderShape } from '../fixtures/foreign-provider.ts';
import { createBrowser, type HttpBrowser } from '../fixtures/http-browser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type InProcess, serveInProcess } from '../harness/serve-in-process.ts';
import { createForeignProviders, type ForeignProvider } from '../harness/start-foreign-provider.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { until } from '../harness/until.ts';

let test: TestDatabase;
let instance: Instance;
/** Applies files as the operator's command does, without starting it each time. */
let operator: InProcess;
const providers = createForeignProviders();
let provider: ForeignProvider | undefined;
let count = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({
    database: test,
    env: { BEGINNINGS_PER_MINUTE: '20', TRUSTED_PROXIES: '127.0.0.0/8' },
  });
  const environment = { ...instance.env, COUNTERSIGN_SECRET_IDP: SECRET };
  operator = await serveInProcess(await test.replica(), environment, []);
});
afterAll(async () => {
  await providers.stop();
  await operator.stop();
  await instance.stop();
  await test.close();
});
afterEach(async () => {
  await provider?.stop();
  provider = undefined;
});

const SECRET = 'a+secret/with=odd&characters%of:the test';
const GROUPS = { openid: { groups: ['engineering', 'admins'] } };
const PROFILE = {
  email: { email: 'erika@foreign.example', email_verified: true },
  profile: { name: 'Erika Example' },
};

/** Claims of `openid` itself stand in the ID token in any case. */
const AT_USERINFO = { ...PROFILE, profile: { ...PROFILE.profile, ...GROUPS.openid } };

/** What the provider is like, and what the tenant file says of it beside issuer, client and secret. */
interface Case {
  readonly shape: Partial<ProviderShape>;
  readonly clockAheadSeconds?: number;
  readonly file?: Readonly<Record<string, unknown>>;
  /** What the file says instead of the provider's own issuer. */
  readonly issuer?: (own: string) => string;
}

interface Site {
  readonly canonicalUrl: string;
  readonly provider: ForeignProvider;
}

async function setUp({ shape, clockAheadSeconds, file = {}, issuer = (own) => own }: Case): Promise<Site> {
  count += 1;
  const slug = `company-${count}`;
  const canonicalUrl = instance.canonicalUrl(slug);
  const isPublic = shape.clientAuthentication === 'none';
  const whole = {
    redirectUri: `${canonicalUrl}/sso/callback`,
    clientId: 'countersign at foreign',
    claims: { ...GROUPS, ...PROFILE },
    ...(isPublic ? {} : { clientSecret: SECRET }),
    ...shape,
  };
  provider = await providers.start(whole, clockAheadSeconds);
  const path = join(instance.dataDir, `${slug}.tenant.yaml`);
  const document = {
    tenant: { slug, display_name: `Company ${count}` },
    identity_provider: {
      issuer: issuer(provider.issuer),
      client_id: 'countersign at foreign',
      ...(isPublic ? { client_authentication: 'none' } : { client_secret: 'env:COUNTERSIGN_SECRET_IDP' }),
      ...file,
    },
    roles: { '*': ['member'], admins: ['admin'], 'Security Team': ['auditor'] },
  };
  const applying = { content: stringify(document), path, origin: 'operator' } as const;
  const actor = { mode: 'operator', workload: 'cli:apply' } as const;
  const applied = await operator.runtime.manifest.apply({ ...applying, actor });
  if (!applied.ok) throw new Error(`not applied: ${JSON.stringify(applied.error)}`);
  return { canonicalUrl, provider };
}

interface Person {
  readonly email?: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

async function personOf(browser: HttpBrowser, canonicalUrl: string): Promise<Person> {
  const url = `${canonicalUrl}/api/v1/session`;
  const answer = await fetch(url, { headers: { cookie: browser.cookies(url) } });
  if (!answer.ok) throw new Error(`${browser.page?.url} ${browser.page?.text}`);
  return ((await answer.json()) as { person: Person }).person;
}

async function signIn(canonicalUrl: string): Promise<Person> {
  const browser = createBrowser();
  await browser.open(`${canonicalUrl}/connections`);
  return await personOf(browser, canonicalUrl);
}

describe('people sign in, and get the roles of their groups, at a provider', () => {
  it.each<[string, Case]>([
    ['that signs with RS256', { shape: { algorithm: 'RS256' } }],
    ['that signs with PS256', { shape: { algorithm: 'PS256' } }],
    ['that signs with ES256', { shape: { algorithm: 'ES256' } }],
    ['that signs with EdDSA', { shape: { algorithm: 'EdDSA' } }],
    [
      'that wants the secret in the form',
      {
        shape: { clientAuthentication: 'client_secret_post' },
        file: { client_authentication: 'client_secret_post' },
      },
    ],
    [
      'that knows Countersign as a public client',
      { shape: { clientAuthentication: 'none', pkce: 'required' } },
    ],
    ['that demands PKCE', { shape: { pkce: 'required' } }],
    ['that does not speak of PKCE', { shape: { pkce: 'unannounced' } }],
    ['that sends no iss with its answer', { shape: { withoutIss: true } }],
    ['without a sign-out of its own', { shape: { withoutEndSession: true } }],
    ['whose issuer has a path', { shape: { path: '/realms/acme' } }],
    ['whose issuer ends in a slash', { shape: { path: '/' } }],
    ['whose issuer has a path that ends in a slash', { shape: { path: '/realms/acme/' } }],
    ['whose token endpoint is on another host', { shape: { apart: true } }],
    ['whose clock is a little ahead', { shape: {}, clockAheadSeconds: 20 }],
    ['whose clock is a little behind', { shape: {}, clockAheadSeconds: -20 }],
    [
      'with groups only at userinfo',
      { shape: { userinfoOnly: true, claims: AT_USERINFO }, file: { userinfo: true } },
    ],
    [
      'with groups only at a signed userinfo',
      {
        shape: { userinfoOnly: true, userinfoAlgorithm: 'ES256', claims: AT_USERINFO },
        file: { userinfo: true },
      },
    ],
    [
      'with groups inside another claim',
      {
        shape: { claims: { openid: { realm_access: { roles: ['engineering', 'admins'] } }, ...PROFILE } },
        file: { groups_claim: 'realm_access.roles' },
      },
    ],
    [
      'with groups inside claims with dots in their names',
      {
        shape: {
          claims: {
            openid: { resource_access: { 'my.client': { roles: ['engineering', 'admins'] } } },
            ...PROFILE,
          },
        },
        file: { groups_claim: ['resource_access', 'my.client', 'roles'] },
      },
    ],
    [
      'with groups under a URL',
      {
        shape: {
          claims: { openid: { 'https://acme.example/groups': ['engineering', 'admins'] }, ...PROFILE },
        },
        file: { groups_claim: 'https://acme.example/groups' },
      },
    ],
    [
      'with groups as text with spaces',
      {
        shape: { claims: { openid: { groups: 'engineering admins' }, ...PROFILE } },
        file: { groups_format: 'space' },
      },
    ],
    [
      'with groups as text with commas',
      {
        shape: { claims: { openid: { groups: 'engineering, admins' }, ...PROFILE } },
        file: { groups_format: 'comma' },
      },
    ],
    [
      'that names groups only to who asks for their scope',
      {
        shape: { claims: { ...PROFILE, groups: { groups: ['engineering', 'admins'] } } },
        file: { scopes: ['profile', 'email', 'groups'] },
      },
    ],
  ])('%s', async (_what, given) => {
    const { canonicalUrl } = await setUp(given);
    expect(await signIn(canonicalUrl)).toMatchObject({
      email: 'erika@foreign.example',
      groups: ['admins', 'engineering'],
      roles: ['member', 'admin'],
    });
  });

  it('with one group as a text', async () => {
    const claims = { openid: { groups: 'Security Team' }, ...PROFILE };
    const { canonicalUrl } = await setUp({ shape: { claims }, file: { groups_format: 'single' } });
    expect(await signIn(canonicalUrl)).toMatchObject({
      groups: ['Security Team'],
      roles: ['member', 'auditor'],
    });
  });

  it('that says nothing of whether the email is verified: then there is none', async () => {
    const claims = { ...GROUPS, email: { email: 'erika@foreign.example' }, profile: PROFILE.profile };
    const { canonicalUrl } = await setUp({ shape: { claims } });
    const person = await signIn(canonicalUrl);
    expect(person).toMatchObject({ groups: ['admins', 'engineering'] });
    expect(person).not.toHaveProperty('email');
  });

  it('that changes its keys between two sign-ins', async () => {
    const site = await setUp({ shape: {} });
    await signIn(site.canonicalUrl);
    await site.provider.rotate();
    expect(await signIn(site.canonicalUrl)).toMatchObject({ roles: ['member', 'admin'] });
    await site.provider.rotate();
    expect(await signIn(site.canonicalUrl)).toMatchObject({ roles: ['member', 'admin'] });
  });
});

describe('a sign-in fails with words for the person and for the admin, and a reference that finds the log line', () => {
  it.each<[string, Case, { title: string; admin: string; line: object }]>([
    [
      'without a groups claim',
      { shape: { claims: PROFILE } },
      { title: 'did not say which groups', admin: 'groups claim', line: { kind: 'groups-missing' } },
    ],
    [
      'with groups at userinfo that the file does not ask for',
      { shape: { userinfoOnly: true, claims: AT_USERINFO } },
      { title: 'did not say which groups', admin: 'userinfo', line: { kind: 'groups-missing' } },
    ],
    [
      'with groups elsewhere than the file says',
      {
        shape: { claims: { openid: { realm_access: { roles: ['admins'] } } } },
        file: { groups_claim: 'realm_access.groups', scopes: [] },
      },
      { title: 'did not say which groups', admin: 'test sign-in', line: { kind: 'groups-missing' } },
    ],
    [
      'with groups as text that the file says nothing about',
      { shape: { claims: { openid: { groups: 'admins' }, ...PROFILE } } },
      { title: 'Your groups can’t be read', admin: 'how to read it', line: { kind: 'groups-malformed' } },
    ],
    [
      'with more groups than the provider names',
      { shape: { claims: { openid: { _claim_names: { groups: 'src1' } }, ...PROFILE } } },
      { title: 'too many groups', admin: 'Limit the groups claim', line: { kind: 'groups-overage' } },
    ],
    [
      'with another secret at the provider',
      { shape: { clientSecret: 'another-secret-altogether' } },
      {
        title: 'do not fit together',
        admin: 'client_secret',
        line: { kind: 'provider-misconfigured', providerError: 'invalid_client' },
      },
    ],
    [
      'without the secret that the provider wants',
      { shape: {}, file: { client_authentication: 'none', client_secret: undefined } },
      {
        title: 'do not fit together',
        admin: 'client',
        line: { kind: 'provider-misconfigured', reason: expect.stringMatching(/token endpoint answered/) },
      },
    ],
    ...(
      [
        ['access_denied', 'Assign the application'],
        ['login_required', 'Sign in at your identity provider first'],
        ['consent_required', 'Grant consent'],
        ['temporarily_unavailable', 'Try again in a minute'],
        ['made_up', 'sign-in log'],
      ] as const
    ).map(([refusal, admin]): [string, Case, { title: string; admin: string; line: object }] => [
      `with the provider saying ${refusal}`,
      { shape: { refusal } },
      { title: 'did not let you in', admin, line: { kind: 'provider-refused' } },
    ]),
    [
      'with an issuer that lacks the provider’s slash',
      { shape: { path: '/' }, issuer: (own) => own.slice(0, -1) },
      {
        title: 'do not fit together',
        admin: 'issuer',
        line: { kind: 'provider-misconfigured', reason: expect.stringMatching(/names another issuer, http/) },
      },
    ],
    [
      'with an issuer that is not there',
      { shape: { path: '/realms/acme' }, issuer: (own) => own.replace('acme', 'other') },
      { title: 'identity provider', admin: 'countersign doctor', line: { kind: 'provider-unavailable' } },
    ],
    [
      'with the provider down',
      { shape: {}, issuer: () => 'http://127.0.0.1:9' },
      {
        title: 'does not answer',
        admin: 'countersign doctor',
        line: { kind: 'provider-unavailable', reason: expect.any(String) },
      },
    ],
    [
      'with the provider too slow',
      { shape: { delayMs: 11_000 } },
      { title: 'too slow', admin: 'every endpoint', line: { kind: 'provider-slow' } },
    ],
    [
      'with the provider’s clock five minutes behind',
      { shape: {}, clockAheadSeconds: -300 },
      {
        title: 'does not hold',
        admin: 'clock',
        line: { kind: 'response-invalid', reason: expect.stringMatching(/"exp"/) },
      },
    ],
    [
      'with an algorithm that the provider does not announce',
      { shape: { algorithm: 'ES256', metadata: { id_token_signing_alg_values_supported: ['RS256'] } } },
      {
        title: 'does not hold',
        admin: 'the check that failed',
        line: { kind: 'response-invalid', reason: expect.stringMatching(/"alg"/) },
      },
    ],
  ])('%s', async (_what, given, { title, admin, line }) => {
    const { canonicalUrl } = await setUp(given);
    const browser = createBrowser();
    const page = await browser.open(`${canonicalUrl}/receipts?kind=admin`);
    const words = page.text.replaceAll('&#x27;', "'");
    const visible = /<main[\s\S]*?<\/main>/.exec(words)?.[0].replaceAll(/<[^>]+>/g, ' ');
    expect(new URL(page.url).pathname).toMatch(/\/sso\/error$/);
    expect(visible).toContain(title);
    expect(visible).toContain(admin);
    const [, reference = ''] = /Reference[\s\S]*?<code[^>]*>([^<]+)</.exec(words) ?? [];
    const logged = await until('the log line that the reference finds', () =>
      instance
        .output()
        .split('\n')
        .find((each) => each.includes(`"${reference}"`) && each.endsWith('}')),
    );
    expect(JSON.parse(logged)).toMatchObject({ ...line, requestId: reference });
    expect(words).not.toContain('erika');
    expect(instance.output()).not.toMatch(/erika|Erika|foreign\|1/);
    expect(await fetch(`${canonicalUrl}/api/v1/session`).then(({ status }) => status)).toBe(401);
  });
});

describe('whoever begins to sign in again and again', () => {
  it('is told when to come again, also where an authorization begins', async () => {
    const { canonicalUrl } = await setUp({ shape: {} });
    const begin = async (path: string) => await fetch(canonicalUrl + path, { redirect: 'manual' });
    expect((await begin('/sso/start')).status).toBe(303);
    // A minute may end in between, but not twice.
    const isRefused = async () =>
      (await Promise.all(Array.from({ length: 60 }, () => begin('/sso/start')))).some(
        ({ status }) => status === 429,
      );
    let rounds = 0;
    while (rounds < 11 && !(await isRefused())) rounds += 1;
    for (const path of ['/sso/start', '/oauth/authorize']) {
      const refused = await begin(path);
      expect([path, refused.status]).toStrictEqual([path, 429]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await begin('/oauth/jwks')).status).toBe(200);
  });

  it('from a few addresses keeps nobody at another from it', async () => {
    const { canonicalUrl } = await setUp({ shape: {} });
    const begin = async (address: string) => {
      const headers = { 'x-forwarded-for': address };
      return (await fetch(`${canonicalUrl}/sso/start`, { redirect: 'manual', headers })).status;
    };
    const few = Array.from({ length: 10 }, (_, index) => `192.0.2.${index}`);
    const areRefused = async () => (await Promise.all(few.map(begin))).every((status) => status === 429);
    // A minute may end in between, but not twice.
    let rounds = 0;
    while (rounds < 42 && !(await areRefused())) rounds += 1;
    expect(rounds).toBeLessThan(42);
    expect(await begin('198.51.100.1')).toBe(303);
  });
});
