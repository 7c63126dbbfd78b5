import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientId, JsonObject, ServerId } from '#lib/core';
import { call, callUntilRefused, postForm, registerClient } from './testing/drive-client.ts';
import { createWorld, type World } from './testing/world.ts';

const SECRET = 'a-long-random-secret-of-the-nightly-job-0123456789';
let world: World;
let resource: string;
let token: string;
let privateKey: CryptoKey;

const machine = (extra: Record<string, unknown>) => ({
  client_name: 'Nightly job',
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  application_type: 'web',
  ...extra,
});

beforeAll(async () => {
  world = await createWorld();
  resource = world.addresses.resourceUrl(world.tenant.slug, 'everything' as ServerId);
  token = `${world.tenant.canonicalUrl}/oauth/token`;
  const pair = await generateKeyPair('EdDSA');
  privateKey = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'EdDSA' } as JsonObject;
  const list = (clientId: string, metadata: Record<string, unknown>, secret?: string) =>
    world.listAgent({
      clientId: clientId as ClientId,
      name: 'Nightly job',
      metadata: machine(metadata) as JsonObject,
      ...(secret === undefined ? {} : { secret }),
    });
  await list('nightly-post', { token_endpoint_auth_method: 'client_secret_post' }, SECRET);
  await list('nightly-basic', { token_endpoint_auth_method: 'client_secret_basic' }, SECRET);
  await list('nightly-key', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
});
afterAll(() => world.close());

const ask = (form: Record<string, string>, headers?: Record<string, string>) =>
  postForm(token, { grant_type: 'client_credentials', resource, ...form }, headers);

function assertion(claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: 'nightly-key',
    sub: 'nightly-key',
    aud: world.tenant.canonicalUrl,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
    .sign(privateKey);
}

const withAssertion = (jwt: string) =>
  ask({
    client_assertion: jwt,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });

describe('an agent without a user', () => {
  test('gets a token of its own for one server, with its secret in the form or in the header', async () => {
    const posted = await ask({ client_id: 'nightly-post', client_secret: SECRET });
    expect(posted).toMatchObject({ status: 200, body: { expires_in: 600, scope: 'mcp' } });
    expect(posted.body.refresh_token).toBeUndefined();
    const basic = Buffer.from(`nightly-basic:${SECRET}`).toString('base64');
    const sent = await ask({}, { authorization: `Basic ${basic}` });
    expect(sent.status).toBe(200);
    const answer = await call(resource, sent.body.access_token ?? '');
    expect(answer).toMatchObject({ status: 200, body: { mode: 'agent' } });
    const payload = (sent.body.access_token ?? '').split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      sub: 'nightly-basic',
      client_id: 'nightly-basic',
      aud: resource,
      mode: 'agent',
    });
  });

  test('keeps one grant while it lives, and is receipted each time', async () => {
    const grants = new Set<string | undefined>();
    for (let time = 0; time < 3; time += 1) {
      const { body } = await ask({ client_id: 'nightly-post', client_secret: SECRET });
      grants.add((await call(resource, body.access_token ?? '')).body.grant);
    }
    expect(grants.size).toBe(1);
    const [grant] = grants;
    const issued = (await world.details('token')).filter(
      (details) => details?.['event'] === 'issued' && details['grant'] === grant,
    );
    expect(issued.length).toBeGreaterThanOrEqual(3);
  });

  test.each([
    ['a wrong secret', { client_id: 'nightly-post', client_secret: 'x'.repeat(40) }, 401, 'invalid_client'],
    ['no secret', { client_id: 'nightly-post' }, 401, 'invalid_client'],
    ['an unknown client', { client_id: 'nobody', client_secret: SECRET }, 401, 'invalid_client'],
  ])('with %s gets nothing', async (_what, form, status, error) => {
    expect(await ask(form)).toMatchObject({ status, body: { error } });
  });

  test('names exactly one server that is open to agents', async () => {
    const who = { client_id: 'nightly-post', client_secret: SECRET };
    const none = await postForm(token, { grant_type: 'client_credentials', ...who });
    expect(none.body.error).toBe('invalid_target');
    expect(none.body.error_description).toContain('resource is required');
    const second = world.addresses.resourceUrl(world.tenant.slug, 'second' as ServerId);
    const usersOnly = await ask({ ...who, resource: second });
    expect(usersOnly.body.error).toBe('invalid_target');
    expect(usersOnly.body.error_description).toContain('without a user');
    const two = new URLSearchParams({ grant_type: 'client_credentials', ...who, resource });
    two.append('resource', second);
    expect((await postForm(token, two)).body.error).toBe('invalid_target');
  });

  test('can’t be a client that anybody registered, or one for users', async () => {
    await expect(
      registerClient(world.tenant, {
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      }),
    ).rejects.toThrow(/admin lists/);
    const user = await registerClient(world.tenant, { token_endpoint_auth_method: 'client_secret_post' });
    const refused = await ask({ client_id: user.client_id, client_secret: user.client_secret ?? '' });
    expect(refused.status).toBe(400);
    expect(refused.body.access_token).toBeUndefined();
  });

  test('is refused from the moment an admin refuses it', async () => {
    const { body } = await ask({ client_id: 'nightly-post', client_secret: SECRET });
    expect((await call(resource, body.access_token ?? '')).status).toBe(200);
    await world.setAdmission('nightly-post', 'refused');
    expect((await callUntilRefused(resource, body.access_token ?? '')).status).toBe(401);
    const refused = await ask({ client_id: 'nightly-post', client_secret: SECRET });
    expect(refused).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });
});

/** All have looked whether it was used before any of them may write that it is. */
async function atOneInstant<Answer>(requests: readonly (() => Promise<Answer>)[]): Promise<Answer[]> {
  const owner = new pg.Client({ connectionString: world.adminUrl });
  await owner.connect();
  try {
    await owner.query('begin');
    await owner.query('lock table oauth_payload in exclusive mode');
    const answers = Promise.all(requests.map((send) => send()));
    const waits = `select 1 from pg_locks where not granted and relation = 'oauth_payload'::regclass`;
    await expect.poll(async () => (await owner.query(waits)).rowCount).toBe(requests.length);
    await owner.query('commit');
    return await answers;
  } finally {
    await owner.end();
  }
}

describe('an agent with a key', () => {
  test('signs for itself, each assertion once, also at the same instant', async () => {
    const jwt = await assertion();
    const answers = await atOneInstant([1, 2, 3].map(() => () => withAssertion(jwt)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await withAssertion(jwt)).status).toBe(401);
    expect((await withAssertion(await assertion())).status).toBe(200);
  });

  test.each([
    ['another audience', { aud: 'https://elsewhere.example' }],
    ['another issuer', { iss: 'nightly-post' }],
    ['an end in the past', { exp: 1_000 }],
  ])('is refused with %s', async (_what, claims) => {
    expect((await withAssertion(await assertion(claims))).status).toBe(401);
  });
});
