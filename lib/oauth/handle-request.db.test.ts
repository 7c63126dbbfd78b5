import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerId } from '#lib/core';
import {
  authorizationUrl,
  authorize,
  LOOPBACK_REDIRECT,
  newVerifier,
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

const authorization = () =>
  authorizationUrl(world.tenant, {
    client_id: clientId,
    redirect_uri: LOOPBACK_REDIRECT,
    resource,
    code_challenge: newVerifier().challenge,
    code_challenge_method: 'S256',
  });

describe('below /oauth/', () => {
  test.each([
    ['GET', '/oauth/nothing', 404],
    ['GET', '/oauth/', 404],
    ['GET', '/oauth/session/end', 404],
    ['POST', '/oauth/session/end/confirm', 404],
    ['DELETE', '/oauth/token', 405],
    ['POST', '/oauth/jwks', 405],
    ['GET', '/oauth/authorize/short', 404],
  ])('%s %s is %i', async (method, path, status) => {
    const answer = await fetch(`${world.tenant.canonicalUrl}${path}`, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.json()).toHaveProperty('error_description');
  });

  test('an authorization request may come by POST as well', async () => {
    const url = new URL(authorization());
    const answer = await fetch(`${url.origin}${url.pathname}`, {
      method: 'POST',
      body: url.searchParams,
      redirect: 'manual',
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toContain('/oauth/signin/');
  });

  test('an endless authorization request is refused before it is read further', async () => {
    const answer = await fetch(`${authorization()}&state=${'x'.repeat(10_000)}`, { redirect: 'manual' });
    expect(answer.status).toBe(414);
  });

  test('browsers may register from any page, as a browser-based client does', async () => {
    const answer = await fetch(`${world.tenant.canonicalUrl}/oauth/register`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('without the database', () => {
  test('every endpoint answers 503 in words, to programs and to people, and never 500', async () => {
    const replica = await world.replica();
    await replica.oauth.handle(new Request(authorization()), world.tenant, { ip: '' });
    await replica.cutDatabase();
    const ask = (url: string, init?: RequestInit) =>
      replica.oauth.handle(new Request(url, init), world.tenant, { ip: '' });
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: 'x',
    });
    const token = await ask(`${world.tenant.canonicalUrl}/oauth/token`, { method: 'POST', body: form });
    expect(token.status).toBe(503);
    expect(await token.json()).toMatchObject({ error: 'temporarily_unavailable' });
    const page = await ask(authorization(), { headers: { accept: 'text/html' } });
    expect(page.status).toBe(503);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('Try again');
    await replica.close();
  });
});

describe('housekeeping', () => {
  test('deletes what has expired, and nothing that is still good', async () => {
    const authorized = await authorize(world.tenant, { clientId, resource, email: 'alice@acme.example' });
    const tokens = await redeem(world.tenant, clientId, authorized);
    await world.oauth.sweep(world.tenant.id);
    const refreshed = await refresh(world.tenant, clientId, tokens.body.refresh_token ?? '');
    expect(refreshed.status).toBe(200);
    const person = await world.person('alice@acme.example');
    expect(await world.oauth.grants.listForPerson(world.tenant.id, person.id)).toHaveLength(1);
    await world.makeAllExpire();
    await world.oauth.sweep(world.tenant.id);
    expect(await world.storedText()).toBe('');
  });
});
