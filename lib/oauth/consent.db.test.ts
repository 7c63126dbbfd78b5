import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ClientId, ServerId } from '#lib/core';
import type { HttpBrowser } from '../../e2e/fixtures/http-browser.ts';
import { until } from '../../e2e/harness/until.ts';
import type { ConsentRequest } from './types.ts';
import {
  authorizationUrl,
  authorize,
  browserFor,
  call,
  callUntilRefused,
  LOOPBACK_REDIRECT,
  newVerifier,
  openConsent,
  redeem,
  registerClient,
} from './testing/drive-client.ts';
import { createWorld, type World } from './testing/world.ts';

const HTTPS_REDIRECT = 'https://agent.example/callback';
let world: World;
let resource: string;
let clientId: string;

beforeAll(async () => {
  world = await createWorld();
  resource = world.addresses.resourceUrl(world.tenant.slug, 'everything' as ServerId);
  const echo = { name: 'echo', description: 'Says it again.', inputSchema: { type: 'object' } };
  await world.pin('everything', [echo]);
  clientId = (await registerClient(world.tenant)).client_id;
  await world.listAgent({
    clientId: 'web-agent' as ClientId,
    name: 'Web agent',
    metadata: {
      client_name: 'Web agent',
      redirect_uris: [HTTPS_REDIRECT, LOOPBACK_REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
  });
});
afterEach(() => world.setSettings({ admission: 'open' }));
afterAll(() => world.close());

const request = (parameters: Record<string, string> = {}) =>
  authorizationUrl(world.tenant, {
    client_id: clientId,
    redirect_uri: LOOPBACK_REDIRECT,
    resource,
    code_challenge: newVerifier().challenge,
    code_challenge_method: 'S256',
    ...parameters,
  });

async function consentPage(browser: HttpBrowser, url = request(), email = 'alice@acme.example') {
  const page = await openConsent(browser, url, email);
  expect(page.url).toContain('/consent/');
  return page;
}

function shownOn(text: string): ConsentRequest {
  const json = /<pre>(.*?)<\/pre>/.exec(text)?.[1] ?? '';
  return JSON.parse(json.replaceAll('&quot;', '"')) as ConsentRequest;
}

describe('the consent page', () => {
  test('says who asks, where the answer goes, and what the agent could do [mcp-consent-per-client]', async () => {
    const shown = shownOn((await consentPage(browserFor(world.tenant))).text);
    expect(shown).toMatchObject({
      client: { id: clientId, name: 'Test client', origin: 'dynamic' },
      redirectHost: '127.0.0.1:8123',
      redirectLoopback: true,
      server: { id: 'everything', resource },
      scopes: ['mcp'],
      tools: [{ name: 'echo', description: 'Says it again.' }],
      admission: 'admitted',
    });
  });

  test('opened in another browser, even of the same person, shows and takes nothing', async () => {
    const mine = await consentPage(browserFor(world.tenant));
    const other = browserFor(world.tenant);
    await consentPage(other);
    const stolen = await other.open(mine.url);
    expect(stolen.status).toBe(403);
    expect(stolen.text).toContain('another browser');
  });

  test('sent to a victim gives the attacker nothing: the victim has no cookie for it', async () => {
    const attacker = await consentPage(browserFor(world.tenant), request(), 'bob@acme.example');
    const victim = browserFor(world.tenant);
    const own = await consentPage(victim);
    expect((await victim.open(attacker.url)).status).toBe(403);
    // Not even when the attacker manages to plant the cookie in the victim's browser.
    const name = /(\S*interaction)=/.exec(victim.cookies(own.url))?.[1] ?? 'none';
    const uid = attacker.url.slice(attacker.url.lastIndexOf('/') + 1);
    victim.setCookie(attacker.url, `${name}=${uid}; Path=${new URL(attacker.url).pathname}`);
    const planted = await victim.open(attacker.url);
    expect(planted.status).toBe(403);
    expect(planted.text).toContain('another account');
  });

  test('started before sign-in belongs to the browser that comes back from sign-in', async () => {
    const started = await fetch(request(), { redirect: 'manual' });
    const uid = (started.headers.get('location') ?? '').split('/').at(-1) ?? '';
    const victim = browserFor(world.tenant);
    await consentPage(victim);
    const ridden = await victim.open(`${world.tenant.canonicalUrl}/oauth/authorize/${uid}`);
    expect(ridden.status).toBe(400);
    expect(ridden.url).not.toContain('code=');
    const signin = await victim.open(`${world.tenant.canonicalUrl}/oauth/signin/${uid}`);
    expect(signin.status).toBe(403);
    const unknown = await victim.open(
      `${world.tenant.canonicalUrl}/oauth/authorize/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`,
    );
    expect(unknown.status).toBe(400);
  });

  test('answered without its CSRF token is not answered', async () => {
    const browser = browserFor(world.tenant);
    const page = await consentPage(browser);
    const forged = await fetch(page.url, {
      method: 'POST',
      headers: { cookie: browser.cookies(page.url), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'effect=allow&csrf=guessed',
      redirect: 'manual',
    });
    expect(forged.status).toBe(403);
  });

  test('declined is access_denied at the client, with a receipt', async () => {
    const browser = browserFor(world.tenant);
    await consentPage(browser);
    const answer = new URL((await browser.submit({ effect: 'decline' })).url).searchParams;
    expect(answer.get('error')).toBe('access_denied');
    expect(answer.get('iss')).toBe(world.tenant.canonicalUrl);
    expect(await world.details('consent')).toContainEqual(
      expect.objectContaining({ event: 'declined', client_id: clientId }),
    );
  });

  test('is answered once, also when the button is pressed twice at the same instant', async () => {
    const browser = browserFor(world.tenant);
    const page = await consentPage(browser);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const post = () =>
      fetch(page.url, {
        method: 'POST',
        headers: { cookie: browser.cookies(page.url), 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ effect: 'allow', csrf }).toString(),
        redirect: 'manual',
      });
    const answers = await Promise.all([post(), post()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409]);
    const location = answers.find(({ status }) => status === 303)?.headers.get('location') ?? '';
    const resume = () =>
      fetch(location, { headers: { cookie: browser.cookies(location) }, redirect: 'manual' });
    const resumed = await Promise.all([resume(), resume()]);
    const codes = resumed.filter((answer) => answer.headers.get('location')?.includes('code='));
    expect(codes).toHaveLength(1);
  });
});

describe('consent is asked', () => {
  const standing = (email = 'alice@acme.example') => ({
    clientId: 'web-agent',
    resource,
    email,
    redirectUri: HTTPS_REDIRECT,
  });
  const ask =
    (headers: Record<string, string>, parameters: Record<string, string> = {}) =>
    async () => {
      const browser = browserFor(world.tenant);
      await authorize(world.tenant, { ...standing(), browser });
      const url = request({ client_id: 'web-agent', redirect_uri: HTTPS_REDIRECT, ...parameters });
      const page = await browser.open(url, headers);
      return page.url.includes('/consent/');
    };

  test('not again of an admitted client at its https address when the person opened it themselves', async () => {
    expect(await ask({})()).toBe(false);
  });

  test.each([
    ['another site sent the browser there', { 'sec-fetch-site': 'cross-site' }, {}],
    ['a sibling site sent the browser there', { 'sec-fetch-site': 'same-site' }, {}],
    ['the browser does not say', { 'sec-fetch-site': '' }, {}],
    ['the client asks for it', {}, { prompt: 'consent' }],
    ['the answer goes to this machine', {}, { redirect_uri: LOOPBACK_REDIRECT }],
  ])('again when %s', async (_why, headers, parameters) => {
    expect(await ask(headers, parameters)()).toBe(true);
  });

  test('again of a client that came through an open door', async () => {
    const open = await registerClient(world.tenant, { redirect_uris: [HTTPS_REDIRECT] });
    const browser = browserFor(world.tenant);
    await authorize(world.tenant, { ...standing(), clientId: open.client_id, browser });
    const page = await browser.open(request({ client_id: open.client_id, redirect_uri: HTTPS_REDIRECT }));
    expect(page.url).toContain('/consent/');
  });

  test('again for another server, and after the grant has ended', async () => {
    const browser = browserFor(world.tenant);
    await authorize(world.tenant, { ...standing(), browser });
    const second = world.addresses.resourceUrl(world.tenant.slug, 'second' as ServerId);
    const elsewhere = { client_id: 'web-agent', redirect_uri: HTTPS_REDIRECT, resource: second };
    expect((await browser.open(request(elsewhere))).url).toContain('/consent/');
    const person = await world.person('alice@acme.example');
    await world.oauth.grants.revoke(
      world.tenant.id,
      { person: person.id, clientId: 'web-agent' as ClientId },
      { reason: 'person', actor: { mode: 'user', person } },
    );
    const again = { client_id: 'web-agent', redirect_uri: HTTPS_REDIRECT };
    expect((await browser.open(request(again))).url).toContain('/consent/');
  });
});

describe('admission', () => {
  test('by approval keeps everybody from using a client until an admin admits it, who may do so right there', async () => {
    await world.setSettings({ admission: 'approval' });
    const client = await registerClient(world.tenant);
    const url = request({ client_id: client.client_id });
    const member = browserFor(world.tenant);
    const shown = shownOn((await consentPage(member, url)).text);
    expect(shown).toMatchObject({ admission: 'pending', mayAdmit: false });
    expect((await member.submit({ effect: 'allow' })).status).toBe(403);
    await consentPage(member, url);
    expect((await member.submit({ effect: 'allow', admit: 'yes' })).status).toBe(403);

    const admin = browserFor(world.tenant);
    const asAdmin = shownOn((await consentPage(admin, url, 'ada@acme.example')).text);
    expect(asAdmin).toMatchObject({ admission: 'pending', mayAdmit: true });
    expect((await admin.submit({ effect: 'allow' })).status).toBe(403);
    await consentPage(admin, url, 'ada@acme.example');
    const answer = await admin.submit({ effect: 'allow', admit: 'yes' });
    expect(new URL(answer.url).searchParams.has('code')).toBe(true);

    const after = await authorize(world.tenant, {
      clientId: client.client_id,
      resource,
      email: 'alice@acme.example',
    });
    expect((await redeem(world.tenant, client.client_id, after)).status).toBe(200);
  });

  test('withdrawn while a token is out ends it, and an open door that closed admits nobody it let in', async () => {
    const client = await registerClient(world.tenant);
    const authorized = await authorize(world.tenant, {
      clientId: client.client_id,
      resource,
      email: 'alice@acme.example',
    });
    const { body } = await redeem(world.tenant, client.client_id, authorized);
    expect((await call(resource, body.access_token ?? '')).status).toBe(200);
    await world.setAdmission(client.client_id, 'refused');
    const refused = await callUntilRefused(resource, body.access_token ?? '');
    expect(refused.status).toBe(401);
    expect(refused.challenge).toContain('not admitted');
    await world.setSettings({ admission: 'approval' });
    const pending = shownOn((await consentPage(browserFor(world.tenant))).text);
    expect(pending.admission).toBe('pending');
  });

  test('made stricter is so at once, also for tokens that were checked a moment ago', async () => {
    const client = await registerClient(world.tenant);
    const authorized = await authorize(world.tenant, {
      clientId: client.client_id,
      resource,
      email: 'alice@acme.example',
    });
    const { body } = await redeem(world.tenant, client.client_id, authorized);
    expect((await call(resource, body.access_token ?? '')).status).toBe(200);
    await world.setSettings({ admission: 'approval' });
    const refused = await callUntilRefused(resource, body.access_token ?? '');
    expect(refused.status).toBe(401);
    expect(refused.challenge).toContain('not admitted');
  });

  test('by list alone takes no registrations, and says whom to ask', async () => {
    await world.setSettings({ admission: 'listed' });
    // Like every change of access it is in force within a second, also at the replica that made it.
    const refusal = await until('a registration is refused', async () =>
      registerClient(world.tenant).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
    expect(refusal).toMatch(/403.*ask its admin/);
  });
});

describe('a person’s grants', () => {
  test('are listed by agent and server, and end for good when the person ends them', async () => {
    const authorized = await authorize(world.tenant, { clientId, resource, email: 'bob@acme.example' });
    const { body } = await redeem(world.tenant, clientId, authorized);
    const access = body.access_token ?? '';
    expect((await call(resource, access)).status).toBe(200);
    const person = await world.person('bob@acme.example');
    const [grant] = await world.oauth.grants.listForPerson(world.tenant.id, person.id);
    expect(grant).toMatchObject({ clientId, clientName: 'Test client', server: 'everything', mode: 'user' });
    const foreign = await world.person('alice@acme.example');
    const why = { reason: 'person', actor: { mode: 'user', person } } as const;
    const id = grant?.id ?? ('' as never);
    expect(await world.oauth.grants.revoke(world.tenant.id, { grant: id, person: foreign.id }, why)).toBe(0);
    expect(await world.oauth.grants.revoke(world.tenant.id, { grant: id, person: person.id }, why)).toBe(1);
    expect(await world.oauth.grants.revoke(world.tenant.id, { grant: id }, why)).toBe(0);
    expect((await call(resource, access)).status).toBe(401);
    expect(await world.oauth.grants.listForPerson(world.tenant.id, person.id)).toEqual([]);
    expect(await world.details('consent')).toContainEqual(
      expect.objectContaining({ event: 'revoked', reason: 'person', grant: id }),
    );
  });

  test('end all at once after a restored database, each with its receipt', async () => {
    const authorized = await authorize(world.tenant, { clientId, resource, email: 'bob@acme.example' });
    const { body } = await redeem(world.tenant, clientId, authorized);
    const why = { reason: 'log_reopened', actor: { mode: 'operator' } } as const;
    expect(await world.oauth.grants.revoke(world.tenant.id, { all: true }, why)).toBeGreaterThan(0);
    expect(await world.oauth.grants.revoke(world.tenant.id, { all: true }, why)).toBe(0);
    expect((await call(resource, body.access_token ?? '')).status).toBe(401);
    expect(await world.details('token')).toContainEqual(
      expect.objectContaining({ event: 'revoked', reason: 'log_reopened' }),
    );
  });

  test('ended on one replica are refused by another, too', async () => {
    const authorized = await authorize(world.tenant, { clientId, resource, email: 'bob@acme.example' });
    const { body } = await redeem(world.tenant, clientId, authorized);
    const other = await world.replica();
    const check = () =>
      new Promise<boolean>((resolve) => {
        other.oauth.checkAccessToken(
          world.tenant,
          'everything' as ServerId,
          body.access_token ?? '',
          (result) => resolve(result.ok),
        );
      });
    expect(await check()).toBe(true);
    const person = await world.person('bob@acme.example');
    await world.oauth.grants.revoke(
      world.tenant.id,
      { person: person.id },
      { reason: 'person', actor: { mode: 'user', person } },
    );
    await until('the other replica refuses it', async () => !(await check()));
    await other.close();
  });
});
