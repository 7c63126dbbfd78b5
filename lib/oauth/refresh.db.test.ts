import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ServerId } from '#lib/core';
import {
  authorize,
  call,
  callUntilRefused,
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
afterEach(async () => {
  vi.useRealTimers();
  await world.setSettings({ admission: 'open' });
});
afterAll(() => world.close());

/** For the rest of a test it is so much later. */
function letPass(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
}

async function connect(client = clientId, email = 'alice@acme.example', to = resource) {
  const authorized = await authorize(world.tenant, { clientId: client, resource: to, email });
  const { body, text } = await redeem(world.tenant, client, authorized);
  if (body.access_token === undefined || body.refresh_token === undefined) throw new Error(text);
  return { access: body.access_token, refreshToken: body.refresh_token, expiresIn: body.expires_in };
}

describe('a refresh token', () => {
  test('is replaced each time, and its successor goes on', async () => {
    const { refreshToken } = await connect();
    const first = await refresh(world.tenant, clientId, refreshToken);
    expect(first.status).toBe(200);
    expect(first.body.refresh_token).not.toBe(refreshToken);
    const second = await refresh(world.tenant, clientId, first.body.refresh_token ?? '');
    expect(second.status).toBe(200);
    expect((await call(resource, second.body.access_token ?? '')).status).toBe(200);
  });

  test('of a confidential client is replaced just as well', async () => {
    const client = await registerClient(world.tenant, { token_endpoint_auth_method: 'client_secret_post' });
    const secret = { client_secret: client.client_secret ?? '' };
    const authorized = await authorize(world.tenant, {
      clientId: client.client_id,
      resource,
      email: 'alice@acme.example',
    });
    const unauthenticated = await redeem(world.tenant, client.client_id, authorized);
    expect(unauthenticated).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const tokens = await redeem(world.tenant, client.client_id, authorized, secret);
    const old = tokens.body.refresh_token ?? '';
    const refreshed = await refresh(world.tenant, client.client_id, old, secret);
    expect(refreshed.body.refresh_token).not.toBe(old);
    const wrong = await refresh(world.tenant, client.client_id, old, { client_secret: 'not-the-secret' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('presented again within ten seconds by its client gets the very same answer', async () => {
    const { refreshToken } = await connect();
    const first = await refresh(world.tenant, clientId, refreshToken);
    const again = await refresh(world.tenant, clientId, refreshToken);
    expect(again.status).toBe(200);
    expect(again.text).toBe(first.text);
    expect((await call(resource, first.body.access_token ?? '')).status).toBe(200);
  });

  test('presented by five processes of one client at the same instant gets one answer for all', async () => {
    const { refreshToken } = await connect();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => refresh(world.tenant, clientId, refreshToken)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await refresh(world.tenant, clientId, answers[0]?.body.refresh_token ?? '')).status).toBe(200);
  });

  test('of one client is nothing to another, used or not', async () => {
    const { refreshToken } = await connect();
    const other = await registerClient(world.tenant);
    expect((await refresh(world.tenant, other.client_id, refreshToken)).body.error).toBe('invalid_grant');
    const first = await refresh(world.tenant, clientId, refreshToken);
    const stolen = await refresh(world.tenant, other.client_id, refreshToken);
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(stolen.body.access_token).toBeUndefined();
    expect((await call(resource, first.body.access_token ?? '')).status).toBe(200);
  });

  test('presented again after that time ends the grant [rfc9700-4.14.2]', async () => {
    const { refreshToken } = await connect();
    const first = await refresh(world.tenant, clientId, refreshToken);
    letPass(10);
    const late = await refresh(world.tenant, clientId, refreshToken);
    expect(late).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await call(resource, first.body.access_token ?? '')).status).toBe(401);
    const successor = await refresh(world.tenant, clientId, first.body.refresh_token ?? '');
    expect(successor.body.error).toBe('invalid_grant');
    expect(await world.details('token')).toContainEqual(
      expect.objectContaining({ event: 'revoked', reason: 'refresh_token_reuse' }),
    );
  });

  test('presented again at all ends the grant where a tenant allows no repetition', async () => {
    await world.setSettings({ admission: 'open', refreshReplaySeconds: 0 });
    const { refreshToken } = await connect();
    const answers = await Promise.all([
      refresh(world.tenant, clientId, refreshToken),
      refresh(world.tenant, clientId, refreshToken),
    ]);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const issued = answers.flatMap(({ body }) => body.access_token ?? []);
    const accepted = await Promise.all(issued.map((access) => call(resource, access)));
    expect(accepted.filter(({ status }) => status !== 401)).toEqual([]);
  });

  test('outlives nothing: the grant has an absolute end, and its tokens end with it', async () => {
    await world.setSettings({ admission: 'open', grantSeconds: 60 });
    const { refreshToken, access, expiresIn } = await connect();
    expect(expiresIn).toBeLessThanOrEqual(60);
    const refreshed = await refresh(world.tenant, clientId, refreshToken);
    expect(refreshed.body.expires_in).toBeLessThanOrEqual(60);
    expect((await call(resource, access)).status).toBe(200);
    letPass(60);
    const late = await refresh(world.tenant, clientId, refreshed.body.refresh_token ?? '');
    expect(late.body.error).toBe('invalid_grant');
    expect((await call(resource, access)).status).toBe(401);
  });

  test('names no other scope or server', async () => {
    const { refreshToken } = await connect();
    const second = world.addresses.resourceUrl(world.tenant.slug, 'second' as ServerId);
    const elsewhere = await refresh(world.tenant, clientId, refreshToken, { resource: second });
    expect(elsewhere.body.error).toBe('invalid_target');
  });

  test('given back ends its grant at once [rfc7009-2]', async () => {
    const { refreshToken, access } = await connect();
    expect((await call(resource, access)).status).toBe(200);
    const url = `${world.tenant.canonicalUrl}/oauth/revoke`;
    const foreign = await registerClient(world.tenant);
    await postForm(url, { token: refreshToken, client_id: foreign.client_id });
    expect((await call(resource, access)).status).toBe(200);
    expect((await postForm(url, { token: refreshToken, client_id: clientId })).status).toBe(200);
    expect((await call(resource, access)).status).toBe(401);
    expect((await postForm(url, { token: 'unknown', client_id: clientId })).status).toBe(200);
  });

  test('is for nobody else, whomever somebody gave its grant to in the database', async () => {
    const bob = await world.person('bob@acme.example');
    const { access, refreshToken } = await connect();
    const { grant } = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as {
      grant: string;
    };
    const change = 'update oauth_grant set person_id = $3 where tenant_id = $1 and id = $2 returning id';
    expect(await world.db.sql(change, [world.tenant.id, grant, bob.id])).toHaveLength(1);
    expect((await call(resource, access)).status).toBe(401);
    expect(await refresh(world.tenant, clientId, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('is worth nothing to who reads the table', async () => {
    const { refreshToken } = await connect();
    expect(await world.storedText()).not.toContain(refreshToken);
  });
});

describe('a refresh looks again', () => {
  test('whether the person may still sign in', async () => {
    const { refreshToken, access } = await connect(clientId, 'bob@acme.example');
    await world.setDisabled('bob@acme.example', true);
    const refused = await refresh(world.tenant, clientId, refreshToken);
    expect(refused.body.error).toBe('invalid_grant');
    expect((await callUntilRefused(resource, access)).status).toBe(401);
    await world.setDisabled('bob@acme.example', false);
  });

  test('whether the client is still admitted', async () => {
    const client = await registerClient(world.tenant);
    const { refreshToken, access } = await connect(client.client_id);
    await world.setAdmission(client.client_id, 'refused');
    const refused = await refresh(world.tenant, client.client_id, refreshToken);
    expect(refused).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    expect((await callUntilRefused(resource, access)).status).toBe(401);
  });

  test('whether the server is still registered', async () => {
    const third = world.addresses.resourceUrl(world.tenant.slug, 'third' as ServerId);
    const { refreshToken, access } = await connect(clientId, 'alice@acme.example', third);
    await world.removeServer('third');
    expect((await refresh(world.tenant, clientId, refreshToken)).body.error).toBe('invalid_target');
    expect((await callUntilRefused(third, access)).status).toBe(401);
  });
});
