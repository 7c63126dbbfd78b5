import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser } from '../../e2e/fixtures/http-browser.ts';
import { startIdentityProvider, type IdentityProviderFixture } from '../../e2e/fixtures/identity-provider.ts';
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, SIGN_IN_ATTEMPT_MS } from './constants.ts';
import { identityProviderSettings } from './provider-settings.ts';
import { createSecret, hashSecret } from './secrets.ts';
import { createCookieJar, OPERATOR, setUp, type SetUp } from './testing/set-up.ts';
import type { SsoProblem } from './errors.ts';
import type { Result } from '#lib/core';
import type { SignInCompleted, TenantRecord } from './types.ts';

let site: SetUp;
let idp: IdentityProviderFixture;
let acme: TenantRecord;
let beta: TenantRecord;

const SECRET = 'a-client-secret-of-the-test';

async function configure(tenant: TenantRecord, changes: object = {}): Promise<void> {
  const settings = identityProviderSettings.parse({
    issuer: idp.issuer,
    clientId: `countersign-${tenant.slug}`,
    scopes: ['profile', 'email', 'groups'],
    roleMapping: { '*': ['member'], auditor: ['auditor'] },
    ...changes,
  });
  await site.deps.database
    .tenantDb(tenant.id)
    .transaction(async (tx) => await site.identity.providers.save(tx, tenant, settings, SECRET, OPERATOR));
}

beforeAll(async () => {
  site = await setUp();
  acme = await site.tenant('acme');
  beta = await site.tenant('beta');
  idp = await startIdentityProvider({
    clients: [acme, beta].map((tenant) => ({
      client_id: `countersign-${tenant.slug}`,
      client_secret: SECRET,
      redirect_uris: [`${tenant.canonicalUrl}/sso/callback`],
      post_logout_redirect_uris: [tenant.canonicalUrl],
    })),
  });
  await configure(acme);
  await configure(beta);
});

afterAll(async () => {
  await idp?.stop();
  await site?.close();
});

beforeEach(() => {
  idp.setGroupsClaim('alice@acme.example', 'list');
});

type Jar = ReturnType<typeof createCookieJar>;

/** From `begin` to the callback's parameters, with the pages of the provider in between. */
async function visitProvider(
  tenant: TenantRecord,
  jar: Jar,
  fields: Record<string, string>,
  returnTo?: string,
): Promise<URLSearchParams> {
  const begun = await site.identity.sso.begin(tenant, { returnTo });
  if (!begun.ok) throw new Error(begun.error.kind);
  jar.store(begun.value.setCookies);
  const browser = createBrowser({ stopAt: (url) => url.pathname.endsWith('/sso/callback') });
  await browser.open(begun.value.redirectTo);
  const page = await browser.submit(fields);
  return new URL(page.url).searchParams;
}

async function complete(
  tenant: TenantRecord,
  jar: Jar,
  parameters: URLSearchParams,
): Promise<Result<SignInCompleted, SsoProblem>> {
  const completed = await site.identity.sso.complete(tenant, {
    parameters,
    readCookie: jar.read,
    ip: '192.0.2.7',
  });
  if (!completed.ok) return completed;
  jar.store(completed.value.setCookies);
  if ('tested' in completed.value) throw new Error('this was no test');
  return { ok: true, value: completed.value };
}

async function signIn(email: string, jar = createCookieJar(), tenant = acme) {
  return await complete(tenant, jar, await visitProvider(tenant, jar, { email }));
}

const kindOf = (result: Result<unknown, SsoProblem>) => (result.ok ? 'ok' : result.error.kind);

describe('a sign-in', () => {
  it('makes a person, a session and a receipt, and returns to where it began', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(
      acme,
      jar,
      { email: 'audrey@acme.example' },
      '/receipts?kind=admin',
    );
    const completed = await complete(acme, jar, parameters);
    expect(completed).toMatchObject({
      ok: true,
      value: {
        returnTo: 'http://localhost:3000/t/acme/receipts?kind=admin',
        person: {
          issuer: idp.issuer,
          email: 'audrey@acme.example',
          groups: ['auditor'],
          roles: ['member', 'auditor'],
        },
      },
    });
    expect(jar.names()).toEqual(['__Secure-cs3000.acme.session']);
    const session = await site.identity.sessions.verify(acme, jar.read);
    expect(session?.person).toEqual(completed.ok && completed.value.person);
    await site.deps.receipts.flush(acme.id);
    const page = await site.deps.receipts.search(acme.id, {
      viewer: { all: true },
      filters: { kind: 'sign_in' },
      limit: 10,
    });
    expect(page.entries).toMatchObject([{ status: 'ok', mode: 'user', subject: session?.person.reference }]);
  });

  it('finds the same person again, with the same reference, and moves the version only with a change', async () => {
    const first = await signIn('bob@acme.example');
    const second = await signIn('bob@acme.example');
    if (!first.ok || !second.ok) throw new Error('both sign-ins succeed');
    expect(second.value.person).toEqual(first.value.person);
    expect(second.value.session.personVersion).toBe(first.value.session.personVersion);
    idp.setGroups('bob@acme.example', ['support', 'auditor']);
    const third = await signIn('bob@acme.example');
    if (!third.ok) throw new Error('the third sign-in succeeds');
    expect(third.value.person.id).toBe(first.value.person.id);
    expect(third.value.person.roles).toEqual(['member', 'auditor']);
    expect(third.value.session.personVersion).toBe(first.value.session.personVersion + 1);
    const loaded = await site.identity.people.load(acme.id, first.value.person.id);
    expect(loaded?.person.groups).toEqual(['auditor', 'support']);
  });

  it('at another tenant is another person', async () => {
    const here = await signIn('alice@acme.example');
    const there = await signIn('alice@acme.example', createCookieJar(), beta);
    if (!here.ok || !there.ok) throw new Error('both sign-ins succeed');
    expect(there.value.person.id).not.toBe(here.value.person.id);
    expect(there.value.person.reference).not.toBe(here.value.person.reference);
    expect(await site.identity.people.load(beta.id, here.value.person.id)).toBeUndefined();
  });

  it('by two browsers at once makes one person', async () => {
    const both = await Promise.all([signIn('ada@acme.example'), signIn('ada@acme.example')]);
    const ids = both.map((each) => each.ok && each.value.person.id);
    expect(ids[0]).toBe(ids[1]);
  });

  it('counts an email only if it is verified', async () => {
    const una = await signIn('unverified@acme.example');
    expect(una.ok && 'email' in una.value.person).toBe(false);
    expect(await site.identity.people.find(acme, { email: 'unverified@acme.example' })).toBeUndefined();
    await signIn('alice@acme.example');
    const found = await site.identity.people.find(acme, { email: 'ALICE@acme.example' });
    expect(found?.person.name).toBe('Alice Adler');
  });

  it('leaves nothing about the person in the database in clear', async () => {
    const alice = await signIn('alice@acme.example');
    if (!alice.ok) throw new Error('the sign-in succeeds');
    const dump = await site.deps.database.tenantDb(acme.id).read(async (client) => {
      const people = await client.person.findMany();
      const sessions = await client.browserSession.findMany();
      return JSON.stringify([people, sessions], (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
      );
    });
    for (const text of ['alice', 'Alice', 'demo|', 'engineering', idp.issuer])
      expect(dump).not.toContain(text);
  });
});

describe('a provider whose row was changed in the database', () => {
  it.each([
    ['role_mapping = \'{"*":["admin"]}\'', 'who comes in becomes what they like'],
    ["client_secret_id = null, client_id = 'another'", 'another client'],
    ['settings = settings || \'{"groupsClaim":"email"}\'', 'groups come from elsewhere'],
    ["issuer = 'https://idp.evil.example'", 'another issuer'],
    ['seal = null', 'no seal at all'],
  ])('lets nobody in: %s', async (change) => {
    const gamma = await site.tenant(`t${randomBytes(4).toString('hex')}`);
    await configure(gamma);
    expect((await site.identity.sso.begin(gamma, { returnTo: undefined })).ok).toBe(true);
    const db = site.deps.database.tenantDb(gamma.id);
    await db.sql(`update identity_provider set ${change} where tenant_id = $1`, [gamma.id]);
    expect(kindOf(await site.identity.sso.begin(gamma, { returnTo: undefined }))).toBe('no-provider');
    const [issuer] = await site.identity.sso.examine(gamma);
    expect(issuer).toMatchObject({
      ok: false,
      detail: expect.stringContaining('not as it was saved') as string,
    });
    await configure(gamma);
    expect((await site.identity.sso.begin(gamma, { returnTo: undefined })).ok).toBe(true);
  });
});

describe('a person whose row was changed in the database', () => {
  it('is nobody under another reference, and takes in nobody else', async () => {
    const alice = await signIn('alice@acme.example');
    const bob = await signIn('bob@acme.example');
    if (!alice.ok || !bob.ok) throw new Error('both sign in');
    const db = site.deps.database.tenantDb(acme.id);
    const exchange = async (column: 'lookup' | 'reference') => {
      const ids = [alice.value.person.id, bob.value.person.id];
      const rows = await db.sql<{ id: string; value: unknown }>(
        `select id, ${column} as value from person where tenant_id = $1 and id = any($2)`,
        [acme.id, ids],
      );
      const park = column === 'lookup' ? Buffer.from('parked') : 'parked';
      const set = async (id: string, value: unknown) =>
        await db.sql(`update person set ${column} = $3 where tenant_id = $1 and id = $2`, [
          acme.id,
          id,
          value,
        ]);
      await set(rows[0]!.id, park);
      await set(rows[1]!.id, rows[0]!.value);
      await set(rows[0]!.id, rows[1]!.value);
    };
    await exchange('reference');
    for (const { value } of [alice, bob])
      expect(await site.identity.people.loadFresh(acme.id, value.person.id)).toBeUndefined();
    await exchange('reference');
    await exchange('lookup');
    await expect(signIn('bob@acme.example')).rejects.toThrow('was changed');
    await exchange('lookup');
    expect((await signIn('bob@acme.example')).ok).toBe(true);
  });
});

describe('a sign-in is refused', () => {
  it.each([
    ['missing', 'groups-missing'],
    ['malformed', 'groups-malformed'],
    ['overage', 'groups-overage'],
  ] as const)('with a %s groups claim, and that is receipted', async (shape, kind) => {
    idp.setGroupsClaim('alice@acme.example', shape);
    expect(kindOf(await signIn('alice@acme.example'))).toBe(kind);
    await site.deps.receipts.flush(acme.id);
    const query = { viewer: { all: true }, filters: { kind: 'sign_in' }, limit: 1 } as const;
    expect((await site.deps.receipts.search(acme.id, query)).entries).toMatchObject([{ status: 'denied' }]);
  });

  it('when the person says no at the provider', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { action: 'cancel' });
    const refused = await complete(acme, jar, parameters);
    expect(refused).toMatchObject({
      ok: false,
      error: { kind: 'provider-refused', providerError: 'access_denied' },
    });
  });

  it('and every refusal is a line in the log that its reference finds, with no word about the person', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(
      acme,
      jar,
      { email: 'alice@acme.example' },
      '/receipts?kind=admin',
    );
    idp.setGroupsClaim('alice@acme.example', 'missing');
    const requestId = 'reference-of-me1';
    const refused = await site.identity.sso.complete(acme, { parameters, readCookie: jar.read, requestId });
    expect(refused).toMatchObject({ ok: false, error: { returnTo: '/receipts?kind=admin' } });
    const line = site.lines.find((each) => each.includes(requestId)) ?? '';
    expect(JSON.parse(line)).toMatchObject({ kind: 'groups-missing', tenant: 'acme' });
    expect(site.lines.join('')).not.toMatch(/alice|demo\|/);
  });

  it('without the cookie of the browser that began it, and is used up by that', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    expect(kindOf(await complete(acme, createCookieJar(), parameters))).toBe('attempt-of-another-browser');
    expect(kindOf(await complete(acme, jar, parameters))).toBe('attempt-unknown');
  });

  it('with the cookie of another attempt', async () => {
    const [mine, theirs] = [createCookieJar(), createCookieJar()];
    const parameters = await visitProvider(acme, mine, { email: 'alice@acme.example' });
    await visitProvider(acme, theirs, { email: 'alice@acme.example' });
    const stolen = { ...theirs, read: () => theirs.read(theirs.names()[0] ?? '') };
    expect(kindOf(await complete(acme, stolen, parameters))).toBe('attempt-of-another-browser');
  });

  it('a second time, also at the same instant', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    const kinds = (await Promise.all([complete(acme, jar, parameters), complete(acme, jar, parameters)])).map(
      kindOf,
    );
    expect(kinds.toSorted()).toEqual(['attempt-unknown', 'ok']);
    expect(kindOf(await complete(acme, jar, parameters))).toBe('attempt-unknown');
  });

  it.each([
    ['another', 'x'.repeat(43)],
    ['none', null],
    ['an empty', ''],
  ])('with %s state', async (_what, state) => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    if (state === null) parameters.delete('state');
    else parameters.set('state', state);
    expect(kindOf(await complete(acme, jar, parameters))).toBe('attempt-unknown');
  });

  it('with two states', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    parameters.append('state', 'y');
    expect(kindOf(await complete(acme, jar, parameters))).toBe('attempt-unknown');
  });

  it('at another tenant than it began at', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    expect(kindOf(await complete(beta, jar, parameters))).toBe('attempt-unknown');
  });

  it('after ten minutes', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    site.clock.pass(SIGN_IN_ATTEMPT_MS);
    expect(kindOf(await complete(acme, jar, parameters))).toBe('attempt-unknown');
  });

  it('with a code that the provider does not know', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(acme, jar, { email: 'alice@acme.example' });
    parameters.set('code', 'forged');
    const refused = await complete(acme, jar, parameters);
    expect(refused).toMatchObject({
      ok: false,
      error: { kind: 'response-invalid', providerError: 'invalid_grant' },
    });
  });

  it('of somebody who was disabled, until they are enabled again', async () => {
    const bob = await signIn('bob@acme.example');
    if (!bob.ok) throw new Error('the sign-in succeeds');
    const jar = createCookieJar();
    await signIn('bob@acme.example', jar);
    await site.identity.people.setDisabled(acme, bob.value.person.id, true, OPERATOR);
    expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    expect(kindOf(await signIn('bob@acme.example'))).toBe('person-disabled');
    await site.identity.people.setDisabled(acme, bob.value.person.id, false, OPERATOR);
    expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    expect(kindOf(await signIn('bob@acme.example'))).toBe('ok');
  });
});

describe('a session', () => {
  it('is rotated by every sign-in: the cookie from before is worth nothing', async () => {
    const jar = createCookieJar();
    await signIn('alice@acme.example', jar);
    const before = jar.read('__Secure-cs3000.acme.session');
    await signIn('alice@acme.example', jar);
    expect(await site.identity.sessions.verify(acme, jar.read)).toBeDefined();
    expect(await site.identity.sessions.verify(acme, () => before)).toBeUndefined();
  });

  it('of one tenant is none at another', async () => {
    const jar = createCookieJar();
    await signIn('alice@acme.example', jar);
    const value = jar.read('__Secure-cs3000.acme.session');
    expect(await site.identity.sessions.verify(beta, () => value)).toBeUndefined();
  });

  it('is none that somebody wrote into the database, gave to another person, or more time', async () => {
    const [jar, others] = [createCookieJar(), createCookieJar()];
    const alice = await signIn('alice@acme.example', jar);
    const bob = await signIn('bob@acme.example', others);
    if (!alice.ok || !bob.ok) throw new Error('both sign in');
    const db = site.deps.database.tenantDb(acme.id);
    const verify = async (read: (name: string) => string | undefined) =>
      await site.identity.sessions.verify(acme, read);
    const planted = createSecret();
    await db.sql(
      `insert into browser_session select (jsonb_populate_record(s, jsonb_build_object('id_hash', $3::text))).*
       from browser_session s where tenant_id = $1 and id_hash = $2`,
      [
        acme.id,
        Buffer.from(alice.value.session.id, 'hex'),
        `\\x${Buffer.from(hashSecret(planted)!).toString('hex')}`,
      ],
    );
    expect(await verify(() => planted)).toBeUndefined();
    await db.sql('update browser_session set person_id = $2 where tenant_id = $1 and id_hash = $3', [
      acme.id,
      alice.value.person.id,
      Buffer.from(bob.value.session.id, 'hex'),
    ]);
    expect(await verify(others.read)).toBeUndefined();
    const later = new Date(site.clock.now() + 10 * SESSION_ABSOLUTE_MS);
    await db.sql(
      'update browser_session set expires_at = $2, last_seen_at = $2 where tenant_id = $1 and id_hash = $3',
      [acme.id, later, Buffer.from(alice.value.session.id, 'hex')],
    );
    expect(await verify(jar.read)).toBeDefined();
    site.clock.pass(SESSION_ABSOLUTE_MS);
    expect(await verify(jar.read)).toBeUndefined();
    await db.sql('delete from browser_session where tenant_id = $1 and expires_at = $2', [acme.id, later]);
  });

  it('ends when it was idle too long, and in any case after a day', async () => {
    const jar = createCookieJar();
    await signIn('alice@acme.example', jar);
    const started = site.clock.now();
    while (site.clock.now() + SESSION_IDLE_MS - 60_000 < started + SESSION_ABSOLUTE_MS) {
      site.clock.pass(SESSION_IDLE_MS - 60_000);
      expect(await site.identity.sessions.verify(acme, jar.read)).toBeDefined();
    }
    site.clock.pass(started + SESSION_ABSOLUTE_MS - site.clock.now());
    expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    const idle = createCookieJar();
    await signIn('alice@acme.example', idle);
    site.clock.pass(SESSION_IDLE_MS);
    expect(await site.identity.sessions.verify(acme, idle.read)).toBeUndefined();
  });

  it('has tokens for its forms that no other session has', async () => {
    const [one, two] = [createCookieJar(), createCookieJar()];
    const first = await signIn('alice@acme.example', one);
    await signIn('alice@acme.example', two);
    const again = await site.identity.sessions.verify(acme, one.read);
    const other = await site.identity.sessions.verify(acme, two.read);
    if (!first.ok || !again || !other) throw new Error('both are signed in');
    const token = site.identity.sessions.createCsrfToken(first.value.session);
    expect(site.identity.sessions.verifyCsrfToken(again, token)).toBe(true);
    expect(site.identity.sessions.verifyCsrfToken(other, token)).toBe(false);
  });

  it('ends with a sign-out, which goes on to the provider’s own', async () => {
    const jar = createCookieJar();
    const signedIn = await signIn('alice@acme.example', jar);
    if (!signedIn.ok) throw new Error('the sign-in succeeds');
    const session = await site.identity.sessions.verify(acme, jar.read);
    if (!session) throw new Error('there is a session');
    const ended: string[] = [];
    site.deps.database.revocations.subscribe(
      ({ kind, subject }) => void (kind === 'session' && ended.push(subject)),
    );
    const out = await site.identity.sessions.signOut(acme, session);
    const url = new URL(out.redirectTo);
    expect(url.origin).toBe(idp.issuer);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(acme.canonicalUrl);
    expect(url.searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    jar.store(out.setCookies);
    expect(jar.names()).toEqual([]);
    await site.deps.database.revocations.confirm();
    expect(ended).toContain(session.id);
  });

  it('ends everywhere at once if its person says so, with one receipt; nobody else’s does', async () => {
    const [here, there, others] = [createCookieJar(), createCookieJar(), createCookieJar()];
    const signedIn = await signIn('audrey@acme.example', here);
    await signIn('audrey@acme.example', there);
    await signIn('alice@acme.example', others);
    if (!signedIn.ok) throw new Error('the sign-in succeeds');
    const { session, person } = signedIn.value;
    expect(await site.identity.sessions.count(acme, person.id)).toBeGreaterThanOrEqual(2);
    const out = await site.identity.sessions.signOutEverywhere(acme, session);
    expect(new URL(out.redirectTo).origin).toBe(idp.issuer);
    for (const jar of [here, there])
      expect(await site.identity.sessions.verify(acme, jar.read)).toBeUndefined();
    expect(await site.identity.sessions.verify(acme, others.read)).toBeDefined();
    expect(await site.identity.sessions.count(acme, person.id)).toBe(0);
    await site.deps.receipts.flush(acme.id);
    const query = { viewer: { all: true }, filters: { kind: 'sign_in' }, limit: 1 } as const;
    const { entries } = await site.deps.receipts.search(acme.id, query);
    expect(entries).toMatchObject([{ status: 'ok', subject: person.reference }]);
  });

  it('is swept away when it has ended, with the attempts that nobody completed', async () => {
    await signIn('alice@acme.example');
    await site.identity.sso.begin(acme, { returnTo: '/' });
    site.clock.pass(SESSION_ABSOLUTE_MS);
    await site.identity.sessions.sweep(acme);
    const left = await site.deps.database.tenantDb(acme.id).read(async (client) => {
      return [await client.browserSession.count(), await client.signInAttempt.count()];
    });
    expect(left).toEqual([0, 0]);
  });
});

describe('a provider', () => {
  it('that answers is said to work', async () => {
    const findings = await site.identity.sso.examine(acme);
    const wrong = findings.filter(({ ok }) => !ok).map(({ about }) => about);
    // The clock of these tests has gone on by days.
    expect(wrong).toEqual(['clock']);
    expect(findings.map(({ about }) => about)).toEqual([
      'issuer',
      'endpoints',
      'keys',
      'algorithms',
      'client',
      'clock',
      'redirect URI',
    ]);
    expect(findings.at(-1)?.detail).toContain(`${acme.canonicalUrl}/sso/callback`);
  });

  it('that is not configured is said to be missing', async () => {
    const bare = await site.tenant('bare');
    expect(kindOf(await site.identity.sso.begin(bare, { returnTo: '/' }))).toBe('no-provider');
  });

  it('with the wrong secret is a matter of set-up; the secret is nowhere in the log', async () => {
    const settings = await site.identity.providers.load(beta);
    if (!settings) throw new Error('beta has a provider');
    const { clientSecretId: _secret, hosts: _hosts, ...same } = settings;
    const db = site.deps.database.tenantDb(beta.id);
    await db.transaction(
      async (tx) => await site.identity.providers.save(tx, beta, same, 'another-wrong-secret', OPERATOR),
    );
    const refused = await signIn('alice@acme.example', createCookieJar(), beta);
    expect(refused).toMatchObject({
      ok: false,
      error: { kind: 'provider-misconfigured' },
    });
    await configure(beta);
    expect(kindOf(await signIn('alice@acme.example', createCookieJar(), beta))).toBe('ok');
    const log = site.lines.join('');
    for (const secret of [SECRET, 'another-wrong-secret', 'alice']) expect(log).not.toContain(secret);
  });

  it('that was replaced while the person was there is not believed', async () => {
    const jar = createCookieJar();
    const parameters = await visitProvider(beta, jar, { email: 'alice@acme.example' });
    await configure(beta, { issuer: 'https://other.example' });
    expect(kindOf(await complete(beta, jar, parameters))).toBe('attempt-unknown');
    await configure(beta);
  });
});
