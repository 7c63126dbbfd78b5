import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Principal, Result, ServerId } from '#lib/core';
import { plantSigningKey } from '../../e2e/harness/index.ts';
import { until } from '../../e2e/harness/until.ts';
import type { AccessTokenRefusal } from './errors.ts';
import { authorize, redeem, registerClient } from './testing/drive-client.ts';
import { createWorld, type World } from './testing/world.ts';

type Json = Record<string, unknown>;

let world: World;
let resource: string;
let token: string;
let header: Json;
let claims: Json;
const everything = 'everything' as ServerId;

beforeAll(async () => {
  world = await createWorld();
  resource = world.addresses.resourceUrl(world.tenant.slug, everything);
  const { client_id: clientId } = await registerClient(world.tenant);
  const authorized = await authorize(world.tenant, { clientId, resource, email: 'alice@acme.example' });
  token = (await redeem(world.tenant, clientId, authorized)).body.access_token ?? '';
  const [head = '', body = ''] = token.split('.');
  header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Json;
  claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Json;
});
afterAll(() => world.close());

function check(raw: string, server = everything): Promise<Result<Principal, AccessTokenRefusal>> {
  return new Promise((resolve) => world.oauth.checkAccessToken(world.tenant, server, raw, resolve));
}

async function refusal(raw: string, server?: ServerId): Promise<string> {
  const result = await check(raw, server);
  return result.ok ? 'accepted' : result.error.kind;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Signed by the tenant's own access-token key, whatever it says. */
const ours = (changes: Json, head: Json = {}) =>
  world.signAs({ ...header, ...head }, { ...claims, ...changes });

describe('an access token', () => {
  test('says who acts, and is answered from memory the second time, before the call returns', async () => {
    const first = await check(token);
    expect(first).toMatchObject({
      ok: true,
      value: { mode: 'user', server: everything, person: { email: 'alice@acme.example' } },
    });
    let second: Result<Principal, AccessTokenRefusal> | undefined;
    world.oauth.checkAccessToken(world.tenant, everything, token, (result) => {
      second = result;
    });
    expect(second).toEqual(first);
  });

  test('is accepted only as it was signed [rfc9068-4]', async () => {
    expect(await refusal(await ours({ jti: randomUUID() }))).toBe('accepted');
  });

  test('for one server is refused at another', async () => {
    expect(await refusal(token, 'second' as ServerId)).toBe('wrong_audience');
    expect(
      await refusal(
        await ours({ aud: world.addresses.resourceUrl(world.tenant.slug, 'second' as ServerId) }),
      ),
    ).toBe('wrong_audience');
    expect(await refusal(await ours({ aud: [resource, 'https://other.example'] }))).toBe('wrong_audience');
  });

  test('of another issuer is refused: another tenant, or a credential minted for an upstream', async () => {
    expect(await refusal(await ours({ iss: 'http://localhost:3000/t/globex' }))).toBe('wrong_issuer');
    expect(await refusal(await ours({ iss: `${world.tenant.canonicalUrl}/mint` }))).toBe('wrong_issuer');
    expect(await refusal(await ours({ iss: `${world.tenant.canonicalUrl}/` }))).toBe('wrong_issuer');
  });

  test('of one tenant is nothing at another, whatever it says', async () => {
    const globex = await world.otherTenant('globex');
    const there = world.addresses.resourceUrl(globex.slug, everything);
    const disguised = await ours({ iss: globex.canonicalUrl, aud: there });
    for (const raw of [token, disguised]) {
      const result = await new Promise<Result<Principal, AccessTokenRefusal>>((resolve) => {
        world.oauth.checkAccessToken(globex, everything, raw, resolve);
      });
      expect(result).toMatchObject({ ok: false, error: { kind: 'unknown_key', status: 401 } });
    }
  });

  test('outside its time is refused', async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await refusal(await ours({ iat: now - 700, exp: now - 1 }))).toBe('expired');
    expect(await refusal(await ours({ iat: now + 60, exp: now + 600 }))).toBe('not_yet_valid');
    expect(await refusal(await ours({ nbf: now + 60 }))).toBe('not_yet_valid');
    expect(await refusal(await ours({ exp: undefined }))).toBe('missing_claim');
    expect(await refusal(await ours({ exp: '9999999999' }))).not.toBe('accepted');
  });

  test.each(['grant', 'mode', 'client_id', 'sub', 'jti', 'iat'])('without %s is refused', async (name) => {
    expect(await refusal(await ours({ [name]: undefined }))).toBe('missing_claim');
  });

  test('that names another grant, person, client or mode than its grant’s is refused', async () => {
    expect(await refusal(await ours({ grant: 'AAAAAAAAAAAAAAAAAAAAAA' }))).toBe('grant_ended');
    const bob = await world.person('bob@acme.example');
    expect(await refusal(await ours({ sub: bob.reference }))).toBe('grant_ended');
    const { client_id: other } = await registerClient(world.tenant);
    expect(await refusal(await ours({ client_id: other }))).toBe('grant_ended');
    expect(await refusal(await ours({ mode: 'agent' }))).toBe('grant_ended');
    expect(await refusal(await ours({ mode: 'operator' }))).toBe('missing_claim');
  });

  test('of another type is refused, also when our key signed it', async () => {
    for (const typ of ['JWT', 'AT+JWT', 'application/at+jwt', 'countersign-receipt+sd-jwt', undefined]) {
      expect(await refusal(await ours({}, { typ }))).toBe('wrong_type');
    }
  });

  test('without a signature, or with one of another kind, is refused', async () => {
    const none = `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`;
    expect(await refusal(none)).toBe('unsupported_algorithm');
    expect(await refusal(`${encode({ ...header, alg: 'none' })}.${encode(claims)}.AA`)).toBe(
      'unsupported_algorithm',
    );
    const publicJwks = JSON.stringify(await world.oauth.jwks(world.tenant));
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    const mac = createHmac('sha256', publicJwks).update(input).digest('base64url');
    expect(await refusal(`${input}.${mac}`)).toBe('unsupported_algorithm');
    expect(await refusal(await ours({}, { alg: 'Ed25519' }))).toBe('unsupported_algorithm');
  });

  test('signed by a key that is not the tenant’s is refused, under its kid or ours', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const forge = (head: Json) => {
      const input = `${encode(head)}.${encode(claims)}`;
      return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
    };
    expect(await refusal(forge(header))).toBe('bad_signature');
    expect(await refusal(forge({ ...header, kid: 'their-own' }))).toBe('unknown_key');
    expect(await refusal(forge({ ...header, kid: undefined }))).toBe('unknown_key');
  });

  test('under a key that somebody wrote into the database is refused, and the key set does not show it', async () => {
    const shown = async () =>
      ((await (await fetch(`${world.tenant.canonicalUrl}/oauth/jwks`)).json()) as { keys: Json[] }).keys;
    const before = await shown();
    const planted = await plantSigningKey(world.db, 'access-token');
    const forged = planted.sign(header, { ...claims, jti: randomUUID() });
    expect(await shown()).toEqual(before);
    // A replica that has read no key before.
    const { oauth, close } = await world.replica();
    const at = (raw: string) =>
      new Promise((resolve) => oauth.checkAccessToken(world.tenant, everything, raw, resolve));
    expect(await at(forged)).toMatchObject({ ok: false, error: { kind: 'unknown_key', status: 401 } });
    expect(await at(token)).toMatchObject({ ok: true });
    expect(await refusal(forged)).toBe('unknown_key');
    expect(await refusal(await ours({ jti: randomUUID() }))).toBe('accepted');
    await close();
    await world.db.sql('delete from signing_key where tenant_id = $1 and kid = $2', [
      world.tenant.id,
      planted.kid,
    ]);
  });

  test('that brings its own key, or anything else in its header, is refused', async () => {
    for (const extra of [{ jwk: {} }, { jku: 'https://x' }, { crit: ['x'], x: 1 }, { b64: false }]) {
      expect(await refusal(await ours({}, extra))).toBe('malformed');
    }
  });

  test('has one spelling: padding, white space and other alphabets are refused', async () => {
    const [head = '', body = '', signature = ''] = token.split('.');
    for (const other of [
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      `${head}.${body}.${signature.replaceAll('_', '/').replaceAll('-', '+')}=`,
      `${head}.${body}`,
      `${token}.x`,
      'a.b.c',
      '',
      'x'.repeat(10_000),
    ]) {
      expect(await refusal(other)).toBe('malformed');
    }
  });

  test('changed in one character is refused', async () => {
    const [head = '', body = '', signature = ''] = token.split('.');
    const changed = encode({ ...claims, mode: 'user', sub: claims['sub'], exp: Number(claims['exp']) + 1 });
    expect(await refusal(`${head}.${changed}.${signature}`)).toBe('bad_signature');
    expect(await refusal(`${head}.${body}.${Buffer.alloc(64).toString('base64url')}`)).toBe('bad_signature');
  });
});

describe('when revocations can’t be confirmed', () => {
  let token2: string;
  beforeEach(async () => {
    token2 = await ours({ jti: randomUUID() });
    expect(await refusal(token2)).toBe('accepted');
  });

  test('a cached yes is not believed: the database is asked, and without it the answer is 503', async () => {
    const replica = await world.replica();
    const ask = () =>
      new Promise<Result<Principal, AccessTokenRefusal>>((resolve) => {
        replica.oauth.checkAccessToken(world.tenant, everything, token2, resolve);
      });
    expect((await ask()).ok).toBe(true);
    await replica.cutDatabase();
    const answer = await until('what is remembered is not believed', async () => {
      const asked = await ask();
      return !asked.ok && asked;
    });
    expect(answer).toMatchObject({ ok: false, error: { kind: 'unavailable', status: 503 } });
    await replica.close();
  });
});

describe('the refusal', () => {
  test('tells a client where to learn how to get a token, and why this one is none [rfc9728-5.1]', async () => {
    const unauthenticated = await fetch(resource);
    expect(unauthenticated.status).toBe(401);
    expect(unauthenticated.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${world.addresses.protectedResourceMetadataUrl(world.tenant.slug, everything)}", scope="mcp"`,
    );
    const refused = await fetch(resource, { headers: { authorization: 'Bearer nonsense' } });
    expect(refused.headers.get('www-authenticate')).toMatch(
      /^Bearer error="invalid_token", error_description="/,
    );
  });
});
