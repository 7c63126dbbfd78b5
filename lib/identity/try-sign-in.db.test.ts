import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser } from '../../e2e/fixtures/http-browser.ts';
import { startIdentityProvider, type IdentityProviderFixture } from '../../e2e/fixtures/identity-provider.ts';
import { SIGN_IN_ATTEMPT_MS } from './constants.ts';
import { identityProviderSettings } from './provider-settings.ts';
import { reportSignIn } from './report-sign-in.ts';
import { createCookieJar, OPERATOR, setUp, type SetUp } from './testing/set-up.ts';
import type { BeginTest, BrowserSession, TenantRecord } from './types.ts';

let site: SetUp;
let idp: IdentityProviderFixture;
let acme: TenantRecord;

const SECRET = 'a-client-secret-of-the-test';
const ADMIN = 'ada@acme.example';
type Jar = ReturnType<typeof createCookieJar>;

function settings(changes: object = {}) {
  return identityProviderSettings.parse({
    issuer: idp.issuer,
    clientId: 'countersign',
    scopes: ['profile', 'email', 'groups'],
    roleMapping: { '*': ['member'], admins: ['admin'], engineering: ['approver'] },
    ...changes,
  });
}

beforeAll(async () => {
  site = await setUp();
  acme = await site.tenant('acme');
  const client = {
    client_id: 'countersign',
    client_secret: SECRET,
    redirect_uris: [`${acme.canonicalUrl}/sso/callback`],
  };
  idp = await startIdentityProvider({ clients: [client] });
  await site.deps.database
    .tenantDb(acme.id)
    .transaction(async (tx) => await site.identity.providers.save(tx, acme, settings(), SECRET, OPERATOR));
});
afterAll(async () => {
  await idp?.stop();
  await site?.close();
});
beforeEach(() => idp.setGroupsClaim(ADMIN, 'list'));

async function callback(redirectTo: string, fields: Record<string, string>): Promise<URLSearchParams> {
  const browser = createBrowser({ stopAt: (url) => url.pathname.endsWith('/sso/callback') });
  await browser.open(redirectTo);
  return new URL((await browser.submit(fields)).url).searchParams;
}

async function signIn(email: string): Promise<{ jar: Jar; session: BrowserSession }> {
  const jar = createCookieJar();
  const begun = await site.identity.sso.begin(acme, { returnTo: '/' });
  if (!begun.ok) throw new Error(begun.error.kind);
  jar.store(begun.value.setCookies);
  const parameters = await callback(begun.value.redirectTo, { email });
  const completed = await site.identity.sso.complete(acme, { parameters, readCookie: jar.read });
  if (!completed.ok || 'tested' in completed.value) throw new Error('no session');
  jar.store(completed.value.setCookies);
  return { jar, session: completed.value.session };
}

async function runTest(
  { jar, session }: { jar: Jar; session: BrowserSession },
  fields: Record<string, string>,
  request: BeginTest = {},
) {
  const begun = await site.identity.sso.beginTest(acme, session, request);
  if (!begun.ok) throw new Error(begun.error.reason ?? begun.error.kind);
  jar.store(begun.value.setCookies);
  const parameters = await callback(begun.value.redirectTo, fields);
  return await site.identity.sso.complete(acme, { parameters, readCookie: jar.read });
}

async function reportOf(
  admin: { jar: Jar; session: BrowserSession },
  ...given: [Record<string, string>, BeginTest?]
) {
  const done = await runTest(admin, ...given);
  if (!done.ok) throw new Error(done.error.kind);
  admin.jar.store(done.value.setCookies);
  const id = /\/settings\/sign-in\/tests\/([\w-]{43})$/.exec(done.value.returnTo)?.[1] ?? '';
  const report = await site.identity.sso.testReport(acme, admin.session, id);
  if (report === undefined) throw new Error('there is no report');
  return { id, report };
}

async function counts() {
  return await site.deps.database
    .tenantDb(acme.id)
    .read(async (client) => [await client.person.count(), await client.browserSession.count()]);
}

describe('a test sign-in', () => {
  it('shows the claims that arrived, the groups in them, and which role each gives', async () => {
    const { report } = await reportOf(await signIn(ADMIN), { email: ADMIN });
    expect(report).toMatchObject({
      issuer: idp.issuer,
      isCandidate: false,
      groupsPath: ['groups'],
      groups: [
        { name: 'admins', roles: ['admin'] },
        { name: 'engineering', roles: ['approver'] },
      ],
      everybody: ['member'],
      roles: ['member', 'approver', 'admin'],
      email: ADMIN,
    });
    expect(report.problem).toBeUndefined();
    expect(report.claims).toContainEqual({ name: 'email', value: ADMIN, from: 'id_token' });
  });

  it('changes nothing: no person, no session, no receipt of a sign-in', async () => {
    const admin = await signIn(ADMIN);
    const before = await counts();
    await reportOf(admin, { email: 'bob@acme.example' });
    expect(await counts()).toEqual(before);
    expect(await site.identity.people.find(acme, { email: 'bob@acme.example' })).toBeUndefined();
    expect((await site.identity.sessions.verify(acme, admin.jar.read))?.person.email).toBe(ADMIN);
  });

  it('shows no token, and keeps nothing in clear', async () => {
    const { report } = await reportOf(await signIn(ADMIN), { email: ADMIN });
    expect(JSON.stringify(report)).not.toMatch(/eyJ|nonce|at_hash/);
    const rows = await site.deps.database
      .tenantDb(acme.id)
      .read(async (client) => await client.signInAttempt.findMany());
    const stored = rows.map(({ sealed }) => Buffer.from(sealed).toString('latin1')).join('');
    expect(rows.length).toBeGreaterThan(0);
    expect(stored).not.toContain(ADMIN);
    expect(site.lines.join('')).not.toContain(ADMIN);
  });

  it.each([
    ['missing', 'groups-missing'],
    ['malformed', 'groups-malformed'],
    ['overage', 'groups-overage'],
  ] as const)(
    'says what is wrong with a %s groups claim, and shows the claims all the same',
    async (shape, kind) => {
      const admin = await signIn(ADMIN);
      idp.setGroupsClaim(ADMIN, shape);
      const { report } = await reportOf(admin, { email: ADMIN });
      expect(report.problem).toMatchObject({ kind });
      expect(report.groups).toBeUndefined();
      expect(report.claims.map(({ name }) => name)).toContain('sub');
    },
  );

  it('says what the provider said instead of signing in', async () => {
    const { report } = await reportOf(await signIn(ADMIN), { action: 'cancel' });
    expect(report.problem).toMatchObject({ kind: 'provider-refused', providerError: 'access_denied' });
  });

  it('tries settings that are not saved, and leaves the saved ones alone', async () => {
    const admin = await signIn(ADMIN);
    const candidate = { settings: settings({ roleMapping: { admins: ['auditor'] }, userinfo: true }) };
    const { report } = await reportOf(admin, { email: ADMIN }, { candidate });
    expect(report).toMatchObject({ isCandidate: true, roles: ['auditor'], everybody: [] });
    expect(report.claims.map(({ from }) => from)).toContain('userinfo');
    const saved = await site.identity.providers.load(acme);
    expect(saved?.roleMapping).toEqual(settings().roleMapping);
  });

  it('tries a secret that is not saved, and never sends the saved one to another issuer', async () => {
    const admin = await signIn(ADMIN);
    const wrong = { settings: settings(), clientSecret: 'another-secret' };
    const { report } = await reportOf(admin, { email: ADMIN }, { candidate: wrong });
    expect(report.problem).toMatchObject({ kind: 'provider-misconfigured', providerError: 'invalid_client' });
    const other = await startIdentityProvider({
      clients: [
        {
          client_id: 'countersign',
          client_secret: SECRET,
          redirect_uris: [`${acme.canonicalUrl}/sso/callback`],
        },
      ],
    });
    const elsewhere = { settings: settings({ issuer: other.issuer }) };
    const tried = await reportOf(admin, { email: ADMIN }, { candidate: elsewhere });
    await other.stop();
    expect(tried.report.problem).toMatchObject({ reason: 'there is no client secret' });
    const log = site.lines.join('');
    for (const secret of [SECRET, 'another-secret']) expect(log).not.toContain(secret);
  });
});

describe('a test sign-in belongs to the session that began it', () => {
  it('and is refused with another one, or none', async () => {
    const [admin, other] = [await signIn(ADMIN), await signIn('audrey@acme.example')];
    const begun = await site.identity.sso.beginTest(acme, admin.session, {});
    if (!begun.ok) throw new Error('it begins');
    // The binding cookie went along, the session did not.
    other.jar.store(begun.value.setCookies);
    const parameters = await callback(begun.value.redirectTo, { email: ADMIN });
    const refused = await site.identity.sso.complete(acme, { parameters, readCookie: other.jar.read });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'attempt-of-another-browser' } });
    admin.jar.store(begun.value.setCookies);
    const again = await site.identity.sso.complete(acme, { parameters, readCookie: admin.jar.read });
    expect(again).toMatchObject({ ok: false, error: { kind: 'attempt-unknown' } });
  });

  it('and its report is nobody else’s, no attempt, and gone after ten minutes', async () => {
    const [admin, other] = [await signIn(ADMIN), await signIn('audrey@acme.example')];
    const { id } = await reportOf(admin, { email: ADMIN });
    expect(await site.identity.sso.testReport(acme, other.session, id)).toBeUndefined();
    expect(await site.identity.sso.testReport(acme, admin.session, `${id.slice(0, -2)}AA`)).toBeUndefined();
    expect(await site.identity.sso.testReport(acme, admin.session, '<script>')).toBeUndefined();
    const asState = new URLSearchParams({ state: id, code: 'x' });
    const refused = await site.identity.sso.complete(acme, {
      parameters: asState,
      readCookie: admin.jar.read,
    });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'attempt-unknown' } });
    expect(await site.identity.sso.testReport(acme, admin.session, id)).toBeDefined();
    site.clock.pass(SIGN_IN_ATTEMPT_MS);
    expect(await site.identity.sso.testReport(acme, admin.session, id)).toBeUndefined();
  });
});

describe('a report', () => {
  it('cuts what would drown a page, and hides what looks like a token', () => {
    const jwt = `eyJhbGciOiJub25lIn0.${'a'.repeat(40)}.${'b'.repeat(20)}`;
    const claims = { sub: 'a', groups: [], note: 'x'.repeat(5_000), upstream: { access: jwt } };
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`c${index}`, index]));
    const exchanged = { idClaims: { ...claims, ...many }, userinfo: undefined, idToken: jwt };
    const report = reportSignIn(settings(), { ok: true, value: exchanged }, { at: 0, isCandidate: false });
    expect(report.claims).toHaveLength(100);
    expect(report.claims.find(({ name }) => name === 'note')?.value).toHaveLength(1_001);
    expect(report.claims.find(({ name }) => name === 'upstream')?.value).toBe(
      '{"access":"(a token, not shown)"}',
    );
  });
});
