import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  uuidV7,
  type ClientId,
  type GrantId,
  type PersonId,
  type Principal,
  type ServerId,
  type SubjectReference,
  type TenantId,
  type TenantSlug,
} from '#lib/core';
import { createAddresses } from '#lib/edge';
import { createKeys, createLocalKeyProvider, type Keys } from '#lib/keys';
import { createMinting, type CredentialRequest, type Minting } from '#lib/minting';
import { createReceipts, type Receipts } from '#lib/receipts';
import type { CredentialKind, PinnedServer } from '#lib/registry';
import {
  createTestDatabase,
  plantSigningKey,
  type TestDatabase,
  type TestTenant,
} from '../../e2e/harness/index.ts';

const MINUTE_MS = 60_000;
const UPSTREAM = 'https://tools.example.com/mcp';
const addresses = createAddresses({
  tenantUrl: 'http://localhost:3000/t/{tenant}',
  viewsUrl: 'http://{label}.mcpapps.localhost:3000',
});

let db: TestDatabase;
let keysDir: string;
let keys: Keys;
let receipts: Receipts;
let now = Date.parse('2026-11-21T00:00:00Z');
const clock = { now: () => now };

beforeAll(async () => {
  db = await createTestDatabase({ poolSize: 6 });
  keysDir = await mkdtemp(join(tmpdir(), 'minting-'));
  keys = createKeys({ database: db.database, provider: createLocalKeyProvider({ keysDir }), clock });
  await keys.start();
  const logger = { warn: () => undefined, error: () => undefined };
  receipts = createReceipts({ database: db.database, keys, clock, logger });
});
afterAll(async () => {
  await receipts.close();
  keys.close();
  await db.close();
  await rm(keysDir, { recursive: true });
});

function makeMinting(): Minting {
  return createMinting({ database: db.database, keys, receipts, addresses, clock });
}

async function makeTenant(): Promise<TestTenant> {
  const tenant = await db.tenant();
  await keys.createTenantKeys(tenant.id);
  await receipts.openLog(tenant);
  return tenant;
}

function serverOf(more: Partial<PinnedServer> = {}): PinnedServer {
  const none = new Map();
  return {
    id: 'ledger' as ServerId,
    title: 'Ledger',
    url: UPSTREAM,
    urlSha256: '00',
    credential: { user: 'minted', agent: 'minted' },
    emailAllowed: false,
    allowMethods: new Set(),
    waivers: new Set(),
    timeoutMs: 1_000,
    state: 'pinned',
    version: 1,
    tools: none,
    prompts: none,
    resources: none,
    templates: none,
    ...more,
  };
}

function principalOf(tenant: TestTenant, mode: Principal['mode'], email?: string): Principal {
  const base = {
    tenant: tenant.id as TenantId,
    tenantSlug: tenant.slug as TenantSlug,
    agent: { clientId: 'client-1' as ClientId, name: 'Agent', admission: 'listed' as const },
    grant: 'grant-1' as GrantId,
    server: 'ledger' as ServerId,
    version: '1',
  };
  if (mode === 'agent') return { ...base, mode };
  const person = {
    id: 'p' as PersonId,
    reference: 'random-reference' as SubjectReference,
    issuer: 'https://idp.example.com',
    subject: 'alice',
    groups: [],
    roles: [],
    ...(email === undefined ? {} : { email }),
  };
  return { ...base, mode, person };
}

function requestOf(
  principal: Principal,
  server = serverOf(),
  more: Partial<CredentialRequest> = {},
): CredentialRequest {
  return {
    principal,
    server,
    method: 'tools/call',
    tool: 'transfer',
    argsSha256: 'ab',
    jti: 'attempt-1',
    purpose: 'call',
    ...more,
  };
}

/** The token as an upstream receives it. */
function tokenOf(minting: Minting, request: CredentialRequest): string {
  const credential = minting.credentialFor(request);
  if (!credential.ok) throw new Error(credential.error.message);
  const headers: string[] = [];
  credential.value.writeTo(headers);
  return /^Bearer (.+)$/.exec(headers[1] ?? '')?.[1] ?? '';
}

async function verifyAsUpstream(minting: Minting, tenant: TestTenant, token: string) {
  const keySet = (await minting.jwks(tenant)) as unknown as JSONWebKeySet;
  const { payload } = await jwtVerify(token, createLocalJWKSet(keySet), {
    issuer: `${tenant.canonicalUrl}/mint`,
    audience: UPSTREAM,
    typ: 'at+jwt',
    currentDate: new Date(now),
  });
  return payload;
}

describe('a minted credential', () => {
  it('verifies with the published key set, for exactly this user, agent, act and audience', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const server = serverOf({ emailAllowed: true });
    const token = tokenOf(minting, requestOf(principalOf(tenant, 'user', 'alice@example.com'), server));
    expect(await verifyAsUpstream(minting, tenant, token)).toMatchObject({
      aud: UPSTREAM,
      sub: 'random-reference',
      email: 'alice@example.com',
      act: { sub: 'client-1' },
      method: 'tools/call',
      tool: 'transfer',
      args_sha256: 'ab',
      jti: 'attempt-1',
    });
  });

  it('names the email only where the server is allowed it and it is known', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const claims = async (emailAllowed: boolean, email?: string) =>
      await verifyAsUpstream(
        minting,
        tenant,
        tokenOf(minting, requestOf(principalOf(tenant, 'user', email), serverOf({ emailAllowed }))),
      );
    expect(await claims(false, 'alice@example.com')).not.toHaveProperty('email');
    expect(await claims(true)).not.toHaveProperty('email');
    expect(await claims(true, 'alice@example.com')).toHaveProperty('email', 'alice@example.com');
  });

  it('of an agent without a user speaks of the agent', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const token = tokenOf(minting, requestOf(principalOf(tenant, 'agent')));
    expect(await verifyAsUpstream(minting, tenant, token)).toMatchObject({
      sub: 'client-1',
      act: { sub: 'client-1' },
    });
  });

  it('for a listing is good for no act; one for a probe speaks of Countersign itself', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const listing = requestOf(principalOf(tenant, 'user'), serverOf(), {
      method: 'tools/list',
      purpose: 'listing',
    });
    const listed = await verifyAsUpstream(minting, tenant, tokenOf(minting, listing));
    expect(listed).toMatchObject({ purpose: 'listing', method: 'tools/list' });
    expect(listed).not.toHaveProperty('tool');
    const probe = await minting.probeCredential({
      tenant,
      server: serverOf(),
      method: 'tools/list',
      jti: 'random',
    });
    const headers: string[] = [];
    if (probe.ok) probe.value.writeTo(headers);
    const probed = await verifyAsUpstream(minting, tenant, (headers[1] ?? '').replace('Bearer ', ''));
    expect(probed).toMatchObject({ purpose: 'probe', sub: tenant.canonicalUrl });
  });

  it('is fresh each time, and of another person never', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const server = serverOf();
    const [alice, agent] = [principalOf(tenant, 'user'), principalOf(tenant, 'agent')];
    const subjects = [];
    for (const principal of [alice, agent, alice]) {
      const claims = await verifyAsUpstream(minting, tenant, tokenOf(minting, requestOf(principal, server)));
      subjects.push(claims.sub);
    }
    expect(subjects).toEqual(['random-reference', 'client-1', 'random-reference']);
  });
});

describe('what is refused', () => {
  it('a mode that the server does not serve, a kind that does not exist yet, a tenant that is not warm', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    const user = principalOf(tenant, 'user');
    const kindFor = (credential: PinnedServer['credential']) => {
      const made = minting.credentialFor(requestOf(user, serverOf({ credential })));
      return made.ok ? made.value.kind : made.error.kind;
    };
    expect(kindFor({ user: 'minted' })).toBe('not-ready');
    await minting.warm(tenant);
    expect(kindFor({ user: 'minted' })).toBe('minted');
    expect(kindFor({ agent: 'minted' })).toBe('no-credential');
    expect(kindFor({ user: 'none' })).toBe('none');
    for (const kind of [
      'oauth_user',
      'token_exchange',
      'user_secret',
      'static',
      'oauth_client',
    ] as CredentialKind[]) {
      expect(kindFor({ user: kind })).toBe('unsupported');
      expect(minting.registrationProblems({ url: UPSTREAM, credential: { user: kind } })).toHaveLength(1);
    }
    expect(minting.registrationProblems(serverOf())).toEqual([]);
  });

  it.each([
    'http://localhost:3000/t/acme/mcp/everything',
    'https://localhost:3000/anything',
    'http://0123456789abcdef0123456789abcdef.mcpapps.localhost:3000/mcp',
  ])('an audience of our own: %s', async (url) => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const server = serverOf({ url });
    expect(minting.registrationProblems(server)).toHaveLength(1);
    expect(minting.credentialFor(requestOf(principalOf(tenant, 'user'), server)).ok).toBe(false);
    expect((await minting.probeCredential({ tenant, server, method: 'x', jti: 'y' })).ok).toBe(false);
  });
});

describe('a mint key', () => {
  it('is published only once the log covers its receipt, and is made once', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    expect(await minting.jwks(tenant)).toEqual({ keys: [] });
    const key = await db.database.tenantDb(tenant.id).transaction(async (tx) => {
      const { kid, publicJwk: jwk } = await keys.createSigningKey(tx, tenant.id, 'mint');
      const draft = {
        id: uuidV7(now, randomBytes(10)),
        at: now,
        kind: 'key',
        actor: { mode: 'system' },
      } as const;
      await receipts.stage(tx, tenant.id, { ...draft, key: { purpose: 'mint', kid, jwk } });
      return { kid };
    });
    expect(await minting.jwks(tenant)).toEqual({ keys: [] });
    // Made and announced, but not in force: what a crash leaves is taken up again.
    await Promise.all([minting.warm(tenant), minting.warm(tenant), makeMinting().warm(tenant)]);
    expect(await minting.jwks(tenant)).toMatchObject({ keys: [{ kid: key.kid, kty: 'OKP', alg: 'EdDSA' }] });
  });

  it('that somebody wrote into the database is not published, and comes into force never', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    const tenantDb = db.database.tenantDb(tenant.id);
    const planted = [
      await plantSigningKey(tenantDb, 'mint'),
      await plantSigningKey(tenantDb, 'mint', 'inactive'),
    ];
    expect(await minting.jwks(tenant)).toEqual({ keys: [] });
    await minting.warm(tenant);
    const { keys: published } = (await minting.jwks(tenant)) as unknown as JSONWebKeySet;
    expect(published).toHaveLength(1);
    expect(planted.map(({ kid }) => kid)).not.toContain(published[0]?.kid);
    const token = tokenOf(minting, requestOf(principalOf(tenant, 'user')));
    expect((await verifyAsUpstream(minting, tenant, token)).jti).toBe('attempt-1');
  });

  it('has a receipt in the log', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    const keyReceipts = async () =>
      (await receipts.search(tenant.id, { viewer: { all: true }, filters: { kind: 'key' }, limit: 50 }))
        .entries.length;
    const before = await keyReceipts();
    await minting.warm(tenant);
    expect(await keyReceipts()).toBe(before + 1);
    await makeMinting().warm(tenant);
    expect(await keyReceipts()).toBe(before + 1);
  });

  it('rotates: new tokens are signed with the new one, old ones still verify', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    const before = tokenOf(minting, requestOf(principalOf(tenant, 'user')));
    now += 1_000;
    await minting.rotate(tenant);
    expect(minting.isWarm(tenant.id)).toBe(false);
    await minting.warm(tenant);
    const after = tokenOf(minting, requestOf(principalOf(tenant, 'user')));
    expect(before.split('.')[0]).not.toBe(after.split('.')[0]);
    expect((await verifyAsUpstream(minting, tenant, before)).jti).toBe('attempt-1');
    expect((await verifyAsUpstream(minting, tenant, after)).jti).toBe('attempt-1');
    now += 60 * MINUTE_MS;
    expect((await minting.jwks(tenant))['keys']).toHaveLength(1);
  });

  it('is read again after a while, and serves the call that found it warm', async () => {
    const [tenant, minting] = [await makeTenant(), makeMinting()];
    await minting.warm(tenant);
    now += 4 * MINUTE_MS - 1;
    expect(minting.isWarm(tenant.id)).toBe(true);
    now += 1;
    expect(minting.isWarm(tenant.id)).toBe(false);
    expect(minting.credentialFor(requestOf(principalOf(tenant, 'user'))).ok).toBe(true);
    now += 6 * MINUTE_MS;
    expect(minting.credentialFor(requestOf(principalOf(tenant, 'user'))).ok).toBe(false);
    await minting.warm(tenant);
    expect(minting.credentialFor(requestOf(principalOf(tenant, 'user'))).ok).toBe(true);
  });

  it('of one tenant is not in another’s key set', async () => {
    const [one, other, minting] = [await makeTenant(), await makeTenant(), makeMinting()];
    await minting.warm(one);
    await minting.warm(other);
    const token = tokenOf(minting, requestOf(principalOf(one, 'user')));
    await expect(verifyAsUpstream(minting, other, token)).rejects.toThrow();
    expect(minting.metadata(one)).toEqual({
      issuer: `${one.canonicalUrl}/mint`,
      jwks_uri: `${one.canonicalUrl}/mint/jwks`,
      response_types_supported: [],
      grant_types_supported: [],
    });
  });
});
