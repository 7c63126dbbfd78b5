import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerId } from '#lib/core';
import { browserFor, call, openConsent } from './testing/drive-client.ts';
import { createWorld, type World } from './testing/world.ts';

const REDIRECT = 'http://127.0.0.1:8123/callback';
let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** The official SDK's client side, with its memory laid open. */
class Agent implements OAuthClientProvider {
  client: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  visited: URL | undefined;
  verifier = '';

  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = {
    client_name: 'Official SDK',
    redirect_uris: [REDIRECT],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  state = () => 'state-of-the-agent';
  clientInformation = () => this.client;
  saveClientInformation = (client: OAuthClientInformationMixed) => {
    this.client = client;
  };
  tokens = () => this.saved;
  saveTokens = (tokens: OAuthTokens) => {
    this.saved = tokens;
  };
  redirectToAuthorization = (url: URL) => {
    this.visited = url;
  };
  saveCodeVerifier = (verifier: string) => {
    this.verifier = verifier;
  };
  codeVerifier = () => this.verifier;
}

const resourceOf = (server: string) => world.addresses.resourceUrl(world.tenant.slug, server as ServerId);

/** From nothing but the MCP URL to a token, with Alice at the screen. */
async function connect(agent: Agent, serverUrl: string, browser = browserFor(world.tenant)): Promise<void> {
  expect(await auth(agent, { serverUrl })).toBe('REDIRECT');
  await openConsent(browser, agent.visited?.href ?? '', 'alice@acme.example');
  const answer = new URL((await browser.submit({ effect: 'allow' })).url).searchParams;
  expect(answer.get('state')).toBe('state-of-the-agent');
  expect(await auth(agent, { serverUrl, authorizationCode: answer.get('code') ?? '' })).toBe('AUTHORIZED');
}

describe('the official MCP client', () => {
  test('finds its way from the MCP URL alone, registers, authorises, calls and refreshes [rfc9728-3.1] [rfc8414-3.1]', async () => {
    const serverUrl = resourceOf('everything');
    const agent = new Agent();
    await connect(agent, serverUrl);
    expect(agent.visited?.searchParams.get('resource')).toBe(serverUrl);
    expect(agent.visited?.searchParams.get('code_challenge_method')).toBe('S256');
    const first = agent.saved;
    expect((await call(serverUrl, first?.access_token ?? '')).status).toBe(200);
    expect(await auth(agent, { serverUrl })).toBe('AUTHORIZED');
    expect(agent.saved?.refresh_token).not.toBe(first?.refresh_token);
    expect((await call(serverUrl, agent.saved?.access_token ?? '')).status).toBe(200);
  });

  test('needs a token for each server; the person stays signed in', async () => {
    const browser = browserFor(world.tenant);
    const [one, two] = [new Agent(), new Agent()];
    await connect(one, resourceOf('everything'), browser);
    two.client = one.client;
    await connect(two, resourceOf('second'), browser);
    expect((await call(resourceOf('second'), two.saved?.access_token ?? '')).status).toBe(200);
    expect((await call(resourceOf('everything'), two.saved?.access_token ?? '')).status).toBe(401);
    expect((await call(resourceOf('second'), one.saved?.access_token ?? '')).status).toBe(401);
  });
});

describe('metadata', () => {
  test('of the resource and of the authorization server name each other [rfc9728-3.3] [rfc8414-3.3]', async () => {
    const { metadata, jwks } = world.oauth;
    const resource = await world.oauth.protectedResourceMetadata(world.tenant, 'everything' as ServerId);
    expect(resource).toMatchObject({
      resource: resourceOf('everything'),
      authorization_servers: [world.tenant.canonicalUrl],
      bearer_methods_supported: ['header'],
    });
    expect(await world.oauth.protectedResourceMetadata(world.tenant, 'none' as ServerId)).toBeUndefined();
    const server = metadata(world.tenant);
    expect(server).toMatchObject({
      issuer: world.tenant.canonicalUrl,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code'],
    });
    const addresses = Object.entries(server).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name));
    const elsewhere = addresses.filter(
      ([, value]) => !String(value).startsWith(`${world.tenant.canonicalUrl}/oauth/`),
    );
    expect(elsewhere).toEqual([]);
    const published = await fetch(String(server['jwks_uri']));
    expect(await published.json()).toEqual(await jwks(world.tenant));
    expect(published.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('publishes public keys only, each announced in the log before it is used, and the old one after a rotation', async () => {
    const before = (await world.oauth.jwks(world.tenant)) as { keys: Record<string, unknown>[] };
    expect(Object.keys(before.keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const agent = new Agent();
    await connect(agent, resourceOf('everything'));
    await world.oauth.rotateSigningKey(world.tenant);
    const after = (await world.oauth.jwks(world.tenant)) as { keys: Record<string, unknown>[] };
    expect(after.keys).toHaveLength(2);
    expect((await call(resourceOf('everything'), agent.saved?.access_token ?? '')).status).toBe(200);
    await auth(agent, { serverUrl: resourceOf('everything') });
    const kid = JSON.parse(
      Buffer.from(agent.saved?.access_token.split('.')[0] ?? '', 'base64url').toString(),
    ) as { kid: string };
    expect(kid.kid).not.toBe(before.keys[0]?.['kid']);
    expect((await call(resourceOf('everything'), agent.saved?.access_token ?? '')).status).toBe(200);
    const announced = await world.announcedKids();
    for (const key of after.keys) expect(announced).toContain(key['kid']);
  });
});

describe('registration', () => {
  const register = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(`${world.tenant.canonicalUrl}/oauth/register`, { method: 'POST', headers, body });

  test('answers with what was kept, a secret only where there is one, and never from a cache', async () => {
    const answer = await register(
      JSON.stringify({ redirect_uris: ['https://agent.example/cb'], scope: 'openid' }),
    );
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const client = (await answer.json()) as Record<string, unknown>;
    expect(client).toMatchObject({
      client_secret_expires_at: 0,
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'mcp offline_access',
    });
    expect(String(client['client_secret']).length).toBeGreaterThanOrEqual(43);
  });

  test.each([
    ['nonsense', '{'],
    ['a list', '[]'],
    ['nothing', ''],
    ['far too much', `{"client_name":"${'x'.repeat(70_000)}"}`],
  ])('of %s is refused in words', async (_what, body) => {
    const answer = await register(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_client_metadata' });
  });
});
