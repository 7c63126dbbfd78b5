/**
 * A tenant with real parts around the data plane: PostgreSQL, an OpenID Provider, keys, log, registry, policy, the
 * authorization server and minting. Agents come through the front door: with tokens from the tenant's own OAuth.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  err,
  ok,
  type ClientId,
  type JsonObject,
  type ReceiptId,
  type ServerId,
  type TenantSlug,
} from '#lib/core';
import type { Config } from '#lib/config';
import type { Database } from '#lib/db';
import { pureCrypto, verifyBundle, type Verdict } from '#lib/evidence';
import type { TenantRecord } from '#lib/identity';
import type { StoredReceipt } from '#lib/receipts';
import type { ServerDraft } from '#lib/registry';
import type { Telemetry } from '#lib/telemetry';
import { createStdio } from '#lib/stdio';
import {
  startIdentityProvider,
  type IdentityProviderFixture,
} from '../../../e2e/fixtures/identity-provider.ts';
import { createTestDatabase } from '../../../e2e/harness/index.ts';
import { authorize, postForm, redeem, registerClient } from '../../oauth/testing/drive-client.ts';
import { findFreePort, serveTenant } from '../../oauth/testing/serve.ts';
import { createGateway } from '../create-gateway.ts';
import { nodeExchange } from '../node-exchange.ts';
import type { Gateway } from '../types.ts';
import { buildModules, type Modules } from './modules.ts';

const OPERATOR = { mode: 'operator', workload: 'cli:test' } as const;
const SLUG = 'acme' as TenantSlug;

export interface ServerSetup extends Partial<ServerDraft> {
  readonly url: string;
}

export interface FrontDoorOptions {
  readonly policies: Readonly<Record<string, string>>;
  readonly config?: Partial<Config>;
  /** In place of the silent one, for the gateway. */
  readonly telemetry?: Telemetry;
  /** The operator's file of programs, as text. */
  readonly programs?: string;
  /** What `env:` and `file:` references in it lead to. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface FrontDoor {
  readonly tenant: TenantRecord;
  readonly modules: Modules;
  readonly database: Database;
  readonly provider: IdentityProviderFixture;
  readonly mintIssuer: string;
  /** Where its keys and its own files are. */
  readonly folder: string;
  resource(server: string): string;
  /** Registers servers, reads and pins them as an admin's file would, and makes the policies valid for them. */
  register(servers: Readonly<Record<string, ServerSetup>>): Promise<void>;
  /** An access token for a person through a client of their own. */
  userToken(server: string, email: string): Promise<string>;
  /** An access token for an agent without a person. */
  agentToken(server: string): Promise<string>;
  /** Ends every grant of a person. */
  revokePerson(email: string): Promise<void>;
  /** Takes the gateway (sessions, pools, caches) away and puts a new one in its place, as a restart does. */
  restartGateway(): Promise<void>;
  gateway(): Gateway;
  /** Another gateway on the same database, at an address of its own. */
  addReplica(): Promise<Replica>;
  /** While this runs nobody can append: the log's head is locked by somebody else. */
  breakLog(run: () => Promise<void>): Promise<void>;
  /** Works on the database as whoever owns it. */
  asOwner<Value>(work: (client: pg.Client) => Promise<Value>): Promise<Value>;
  /** One receipt of the log. */
  receipt(id: string): Promise<StoredReceipt | undefined>;
  /** The verdict of an auditor, with bodies, who pinned this tenant's keys. */
  verify(ids: readonly string[]): Promise<Verdict>;
  /** All receipts in the log, oldest first. */
  receipts(): Promise<readonly StoredReceipt[]>;
  close(): Promise<void>;
}

export interface Replica {
  resource(server: string): string;
  close(): Promise<void>;
}

export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const [port, insidePort, idpPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const folder = await mkdtemp(join(tmpdir(), 'countersign-gateway-'));
  const test = await createTestDatabase({ poolSize: 10 });
  const modules = await buildModules(test.database, port, folder);
  const { identity, oauth, addresses, registry, policy, receipts, minting } = modules;
  const provider = await startProvider(idpPort, addresses.ssoCallbackUrl(SLUG));
  const tenant = await identity.tenants.create({ slug: SLUG, displayName: 'Acme', demo: true }, OPERATOR);
  const db = test.database.tenantDb(tenant.id);
  await db.transaction(async (tx) => {
    await identity.providers.save(tx, tenant, providerDraft(provider.issuer), CLIENT_SECRET, OPERATOR);
    await oauth.saveSettings(tx, tenant.id, { admission: 'open' }, OPERATOR);
  });
  await oauth.openTenant(tenant);
  await minting.warm(tenant);
  const { telemetry = modules.telemetry } = options;
  const stdio = await startPrograms(options, folder, modules.telemetry);
  const gatewayDeps = { ...modules, telemetry, stdio, database: test.database, config: configOf(options) };
  let gateway: Gateway = createGateway(gatewayDeps);
  const inside = await serveTenant(insidePort, () => ({ tenant, addresses, identity, oauth }));
  const front = createServer((request, response) =>
    serve({ request, response, tenant, insidePort, minting }, () => gateway),
  );
  await new Promise<void>((resolve) => front.listen(port, 'localhost', resolve));

  const register: FrontDoor['register'] = async (servers) => {
    for (const [id, setup] of Object.entries(servers)) {
      const draft = draftOf(id, setup);
      const found = await gateway.readDefinitions(tenant, draft);
      if (!found.ok) throw new Error(found.error.message);
      await db.transaction(async (tx) => {
        await registry.save(tx, tenant.id, draft, OPERATOR);
        await registry.pin(tx, tenant.id, draft.id, found.value, OPERATOR);
      });
    }
    await db.transaction(async (tx) => {
      const all = await registry.listIn(tx, tenant.id);
      const saved = await policy.save(tx, tenant.id, {
        policies: options.policies,
        servers: all,
        author: OPERATOR,
      });
      if (!saved.ok) throw new Error(JSON.stringify(saved.error));
    });
  };
  let agents = 0;

  return {
    tenant,
    modules,
    folder,
    database: test.database,
    provider,
    mintIssuer: addresses.mintIssuer(SLUG),
    resource: (server) => addresses.resourceUrl(SLUG, server as ServerId),
    register,
    async userToken(server, email) {
      const { client_id: clientId } = await registerClient(tenant);
      const resource = addresses.resourceUrl(SLUG, server as ServerId);
      const code = await authorize(tenant, { clientId, resource, email });
      return tokenIn(await redeem(tenant, clientId, code));
    },
    async agentToken(server) {
      agents += 1;
      const clientId = `nightly-${agents}` as ClientId;
      const clientSecret = `the-secret-of-nightly-${agents}-is-long-enough`;
      const metadata = {
        client_name: 'Nightly job',
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
        application_type: 'web',
        token_endpoint_auth_method: 'client_secret_basic',
      };
      const draft = { clientId, name: 'Nightly job', metadata, secret: clientSecret };
      await db.transaction((tx) => identity.agents.saveListed(tx, tenant, draft, OPERATOR));
      const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
      const resource = addresses.resourceUrl(SLUG, server as ServerId);
      const form = { grant_type: 'client_credentials', resource };
      return tokenIn(
        await postForm(`${tenant.canonicalUrl}/oauth/token`, form, { authorization: `Basic ${basic}` }),
      );
    },
    async revokePerson(email) {
      const found = await identity.people.find(tenant, { email });
      if (found === undefined) throw new Error(`${email} never signed in`);
      await oauth.grants.revoke(tenant.id, { person: found.person.id }, { reason: 'admin', actor: OPERATOR });
    },
    async restartGateway() {
      await gateway.close();
      gateway = createGateway(gatewayDeps);
    },
    gateway: () => gateway,
    async addReplica() {
      const other = createGateway(gatewayDeps);
      const otherPort = await findFreePort();
      const http = createServer((request, response) =>
        serve({ request, response, tenant, insidePort, minting }, () => other),
      );
      await new Promise<void>((resolve) => http.listen(otherPort, 'localhost', resolve));
      return {
        resource: (server) => `http://localhost:${otherPort}/t/${SLUG}/mcp/${server}`,
        async close() {
          await closeServer(http);
          await other.close();
        },
      };
    },
    breakLog: (run) => asOwner(test.adminUrl, (owner) => holdLogHead(owner, run)),
    asOwner: (work) => asOwner(test.adminUrl, work),
    receipt: async (id) => {
      await receipts.flush(tenant.id);
      return await receipts.load(tenant.id, id as ReceiptId, { all: true });
    },
    async verify(ids) {
      const auditor = { all: true, actor: OPERATOR };
      const wanted = { reader: auditor, receipts: ids as readonly ReceiptId[], bodies: true };
      const bundle = await receipts.bundle(tenant.id, wanted);
      const trust = await receipts.trustFile(tenant.id);
      return verifyBundle(JSON.stringify(bundle), JSON.stringify(trust), pureCrypto);
    },
    receipts: () => readReceipts(receipts, tenant),
    async close() {
      await closeServer(front);
      await gateway.close();
      await inside.close();
      await modules.close();
      await provider.stop();
      await test.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startPrograms(
  { programs, secrets = {} }: FrontDoorOptions,
  folder: string,
  { logger }: Modules['telemetry'],
) {
  const file = join(folder, 'stdio.yaml');
  if (programs !== undefined) await writeFile(file, programs, { mode: 0o600 });
  return createStdio({
    file: programs === undefined ? undefined : file,
    resolveSecret: (reference) => {
      const secret = secrets[reference];
      return secret === undefined ? err('is not set') : ok(secret);
    },
    own: { folders: [folder], files: [file] },
    launcherRequired: false,
    logger,
  });
}

async function asOwner<Value>(adminUrl: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const owner = new pg.Client({ connectionString: adminUrl });
  await owner.connect();
  return await work(owner).finally(() => owner.end());
}

async function holdLogHead(owner: pg.Client, run: () => Promise<void>): Promise<void> {
  try {
    await owner.query('begin');
    await owner.query('lock table log_head in access exclusive mode');
    await run();
  } finally {
    await owner.query('rollback');
  }
}

const CLIENT_SECRET = 'the-secret-of-the-test-tenant';

function startProvider(port: number, redirectUri: string): Promise<IdentityProviderFixture> {
  const client = { client_id: 'countersign', client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] };
  return startIdentityProvider({ port, clients: [client] });
}

function providerDraft(issuer: string) {
  return {
    issuer,
    clientId: 'countersign',
    clientAuthentication: 'client_secret_basic',
    scopes: ['email', 'profile', 'groups'],
    groupsClaim: 'groups',
    groupsFormat: 'list',
    missingGroups: 'refuse',
    userinfo: true,
    roleMapping: { engineering: ['member'], support: ['member'], auditor: ['member', 'auditor'] },
  } as const;
}

function draftOf(id: string, setup: ServerSetup): ServerDraft {
  return {
    id: id as ServerId,
    title: `The ${id} server`,
    credential: { user: 'minted', agent: 'minted' },
    emailAllowed: true,
    allowMethods: [],
    waivers: [],
    timeoutMs: 5_000,
    ...setup,
  };
}

function configOf({ config }: FrontDoorOptions): Config {
  return { bodyBytesMax: 1_000_000, resultBytesMax: 1_000_000, drainMs: 20_000, ...config } as Config;
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly tenant: TenantRecord;
  readonly insidePort: number;
  readonly minting: Modules['minting'];
}

/** The data plane directly; everything else is what stands around it. */
function serve({ request, response, tenant, insidePort, minting }: Visit, gateway: () => Gateway): void {
  const path = request.url ?? '/';
  const segment = /^\/t\/acme\/mcp\/([^/?]*)/.exec(path)?.[1];
  if (segment !== undefined) {
    const route = { tenant, serverSegment: segment, ip: '192.0.2.7', requestId: 'test' };
    return gateway().handle(nodeExchange(request, response, route));
  }
  if (path === '/t/acme/mint/jwks') {
    void minting.jwks(tenant).then((jwks) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(jwks));
    });
    return;
  }
  const options = {
    host: 'localhost',
    port: insidePort,
    path,
    method: request.method,
    headers: request.headers,
  };
  const inner = forward(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  inner.once('error', () => response.destroy());
  request.pipe(inner);
}

function tokenIn(answer: {
  readonly body: { readonly access_token?: string };
  readonly text: string;
}): string {
  if (answer.body.access_token === undefined) throw new Error(`no token: ${answer.text}`);
  return answer.body.access_token;
}

async function readReceipts(
  receipts: Modules['receipts'],
  tenant: TenantRecord,
): Promise<readonly StoredReceipt[]> {
  await receipts.flush(tenant.id);
  const found: StoredReceipt[] = [];
  let after: string | undefined;
  do {
    const page = await receipts.search(tenant.id, {
      viewer: { all: true },
      limit: 100,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id } of page.entries) {
      const receipt = await receipts.load(tenant.id, id, { all: true });
      if (receipt !== undefined) found.push(receipt);
    }
    after = page.next;
  } while (after !== undefined);
  return found.reverse();
}

/** The values that a receipt discloses, by name. */
export function disclosedIn(receipt: StoredReceipt): JsonObject {
  const pairs = receipt.disclosures.map(
    (text) => JSON.parse(Buffer.from(text, 'base64url').toString()) as [string, string, JsonObject[string]],
  );
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
