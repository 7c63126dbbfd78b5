/**
 * A tenant with real parts around the authorization server: PostgreSQL, an OpenID Provider of its own, keys, log,
 * identity and registry. Only the tenant's pages are cut down to what the flows need (see serve.ts).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientId, JsonObject, Person, ServerId, TenantSlug } from '#lib/core';
import type { TenantDb } from '#lib/db';
import { createAddresses, type Addresses } from '#lib/edge';
import type { AgentDraft, Identity, TenantRecord } from '#lib/identity';
import type { Keys } from '#lib/keys';
import type { ReceiptKind, Receipts } from '#lib/receipts';
import type { Registry } from '#lib/registry';
import { createBrowser } from '../../../e2e/fixtures/http-browser.ts';
import type { IdentityProviderFixture } from '../../../e2e/fixtures/identity-provider.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/harness/index.ts';
import { freePort } from '../../../e2e/harness/free-port.ts';
import type { Oauth, OauthSettings } from '../types.ts';
import { createAcme, draftOf, OPERATOR, SLUG, startProvider } from './acme.ts';
import { buildModules, type Modules } from './build-modules.ts';
import { detailsOf, readReceipts } from './read-receipts.ts';
import { serveTenant, type TestSite } from './serve.ts';

type Json = Record<string, unknown>;

export interface WorldReplica {
  readonly oauth: Oauth;
  /** As if PostgreSQL were gone for this replica alone. */
  cutDatabase(): Promise<void>;
  close(): Promise<void>;
}

export interface World {
  readonly tenant: TenantRecord;
  readonly addresses: Addresses;
  readonly identity: Identity;
  readonly oauth: Oauth;
  readonly receipts: Receipts;
  readonly keys: Keys;
  readonly registry: Registry;
  readonly provider: IdentityProviderFixture;
  /** What the receipts of a kind say in their details, as an auditor reads them. */
  details(kind: ReceiptKind): Promise<readonly JsonObject[]>;
  announcedKids(): Promise<readonly string[]>;
  setSettings(settings: Partial<OauthSettings>): Promise<void>;
  listAgent(draft: AgentDraft): Promise<void>;
  setAdmission(clientId: string, admission: 'admitted' | 'refused'): Promise<void>;
  setDisabled(email: string, disabled: boolean): Promise<void>;
  removeServer(id: string): Promise<void>;
  /** Approves these tools of a server, and nothing else. */
  pin(id: string, tools: readonly JsonObject[]): Promise<void>;
  /** Signs them in if they never were here. */
  person(email: string): Promise<Person>;
  /** A JWS by the tenant's own access-token key, whatever it says. */
  signAs(header: Json, payload: Json): Promise<string>;
  kid(): Promise<string>;
  replica(): Promise<WorldReplica>;
  otherTenant(slug: string): Promise<TenantRecord>;
  /** Everything the database holds of codes, tokens and interactions. */
  storedText(): Promise<string>;
  /** The tenant's rows. */
  readonly db: TenantDb;
  /** By which the database's owner comes. */
  readonly adminUrl: string;
  /** As if a long time had passed for what is stored. */
  makeAllExpire(): Promise<void>;
  close(): Promise<void>;
}

interface Parts {
  readonly modules: Modules;
  readonly tenant: TenantRecord;
  readonly test: TestDatabase;
}

const SERVERS = [
  ['everything', { user: 'minted', agent: 'minted' }],
  ['second', { user: 'minted' }],
  ['third', { user: 'minted' }],
] as const;

export async function createWorld(): Promise<World> {
  const port = await freePort();
  const idpPort = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'countersign-oauth-'));
  const addresses = createAddresses({
    tenantUrl: `http://localhost:${port}/t/{tenant}`,
    viewsUrl: `http://{label}.mcpapps.localhost:${port}`,
  });
  const test = await createTestDatabase({ poolSize: 10 });
  const build = (database: TestDatabase['database']) =>
    buildModules(database, addresses, folder, [`127.0.0.1:${idpPort}`]);
  const modules = await build(test.database);
  const { identity, oauth } = modules;
  const provider = await startProvider(idpPort, addresses.ssoCallbackUrl(SLUG));
  const tenant = await createAcme(modules, test.database, provider.issuer);
  const parts = { modules, tenant, test };
  await registerServers(parts);
  const site = await serveTenant(port, () => ({ tenant, addresses, identity, oauth }));
  return {
    tenant,
    addresses,
    identity,
    oauth,
    receipts: modules.receipts,
    keys: modules.keys,
    registry: modules.registry,
    provider,
    ...readers(parts),
    ...changers(parts),
    db: test.database.tenantDb(tenant.id),
    adminUrl: test.adminUrl,
    replica: () => makeReplica(test, build),
    otherTenant: (slug) =>
      identity.tenants.create({ slug: slug as TenantSlug, displayName: slug, demo: true }, OPERATOR),
    close: () => closeWorld(parts, site, provider, folder),
  };
}

async function registerServers({ modules, tenant, test }: Parts): Promise<void> {
  await test.database.tenantDb(tenant.id).transaction(async (tx) => {
    for (const [id, credential] of SERVERS) {
      const draft = draftOf(id, { url: `https://${id}.upstream.example/mcp`, credential });
      await modules.registry.save(tx, tenant.id, draft, OPERATOR);
    }
  });
}

type Readers = Pick<World, 'details' | 'announcedKids' | 'person' | 'signAs' | 'kid' | 'storedText'>;

function readers({ modules, tenant, test }: Parts): Readers {
  const { identity, keys, receipts } = modules;
  const db = test.database.tenantDb(tenant.id);
  return {
    details: async (kind) => (await readReceipts(receipts, tenant, kind)).flatMap(detailsOf),
    announcedKids: async () => {
      const announced = await readReceipts(receipts, tenant, 'key');
      return announced.map(({ payload }) => String((payload['key'] as JsonObject)['kid']));
    },
    person: async (email) => {
      const known = await identity.people.find(tenant, { email });
      if (known) return known.person;
      const browser = createBrowser();
      await browser.open(`${tenant.canonicalUrl}/sign-in`);
      await browser.submit({ email });
      const found = await identity.people.find(tenant, { email });
      if (!found) throw new Error(`${email} could not sign in`);
      return found.person;
    },
    signAs: async (header, payload) => {
      const signer = await keys.signer(tenant.id, 'access-token');
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const input = `${encode(header)}.${encode(payload)}`;
      return `${input}.${Buffer.from(signer.sign(Buffer.from(input))).toString('base64url')}`;
    },
    kid: async () => (await keys.signer(tenant.id, 'access-token')).kid,
    storedText: async () => {
      const rows = await db.read((client) => client.oauthPayload.findMany());
      return rows.map((row) => Buffer.from(row.sealed).toString('latin1') + JSON.stringify(row)).join('\n');
    },
  };
}

type Changers = Pick<
  World,
  'setSettings' | 'listAgent' | 'setAdmission' | 'setDisabled' | 'removeServer' | 'pin' | 'makeAllExpire'
>;

function changers({ modules, tenant, test }: Parts): Changers {
  const { identity, oauth, registry } = modules;
  const db = test.database.tenantDb(tenant.id);
  return {
    setSettings: async (settings) =>
      void (await db.transaction((tx) => oauth.saveSettings(tx, tenant.id, settings, OPERATOR))),
    listAgent: async (draft) =>
      void (await db.transaction((tx) => identity.agents.saveListed(tx, tenant, draft, OPERATOR))),
    setAdmission: async (clientId, admission) => {
      const done = await identity.agents.admit(tenant, clientId as ClientId, admission, OPERATOR);
      if (!done.ok) throw new Error(done.error.message);
    },
    setDisabled: async (email, disabled) => {
      const found = await identity.people.find(tenant, { email });
      if (!found) throw new Error(`${email} never signed in`);
      await identity.people.setDisabled(tenant, found.person.id, disabled, OPERATOR);
    },
    makeAllExpire: async () => {
      await db.read((client) => client.oauthPayload.updateMany({ data: { expiresAt: new Date(0) } }));
    },
    pin: async (id, tools) => {
      const listed = { tools, prompts: [], resources: [], templates: [] };
      await db.transaction((tx) => registry.pin(tx, tenant.id, id as ServerId, listed, OPERATOR));
    },
    removeServer: async (id) => {
      await db.transaction((tx) => registry.remove(tx, tenant.id, id as ServerId, OPERATOR));
    },
  };
}

async function makeReplica(
  test: TestDatabase,
  build: (database: TestDatabase['database']) => Promise<Modules>,
): Promise<WorldReplica> {
  const database = await test.replica();
  const modules = await build(database);
  let cut = false;
  return {
    oauth: modules.oauth,
    cutDatabase: async () => {
      cut = true;
      await database.close();
    },
    close: async () => {
      if (cut) modules.oauth.close();
      else await modules.close();
    },
  };
}

async function closeWorld(
  { modules, test }: Parts,
  site: TestSite,
  provider: IdentityProviderFixture,
  folder: string,
): Promise<void> {
  await site.close();
  await modules.close();
  await provider.stop();
  await test.close();
  await rm(folder, { recursive: true, force: true });
}
