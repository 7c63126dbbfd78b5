/**
 * A tenant with real parts around the data plane: PostgreSQL, an OpenID Provider, keys, log, registry, policy, the
 * authorization server and minting. Agents come through the front door: with tokens from the tenant's own OAuth.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { Config } from '#lib/config';
import type { Database } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import { createReceipts } from '#lib/receipts';
import type { Telemetry } from '#lib/telemetry';
import type { IdentityProviderFixture } from '../../../e2e/fixtures/identity-provider.ts';
import { createTestDatabase } from '../../../e2e/harness/index.ts';
import { freePort } from '../../../e2e/harness/free-port.ts';
import {
  createAcme,
  draftOf,
  OPERATOR,
  type ServerSetup,
  SLUG,
  startProvider,
} from '../../oauth/testing/acme.ts';
import { serveTenant } from '../../oauth/testing/serve.ts';
import { createGateway } from '../create-gateway.ts';
import type { Gateway } from '../types.ts';
import { type Agents, createAgents } from './agents.ts';
import { buildModules, type Modules } from './modules.ts';
import { asOwner, holdLogHead } from './own-database.ts';
import { createLogReader, type LogReader } from './read-log.ts';
import { serveFront } from './serve-front.ts';
import { type ProgramsOptions, startPrograms } from './start-programs.ts';

/** Policies that say nothing against anything. */
const PERMIT_ALL = { all: 'permit (principal, action, resource);' } as const;

export interface FrontDoorOptions extends ProgramsOptions {
  /** Everything is permitted without them. */
  readonly policies?: Readonly<Record<string, string>>;
  readonly config?: Partial<Config>;
  /** In place of the silent one, for the gateway. */
  readonly telemetry?: Telemetry;
}

export interface FrontDoor extends Agents, LogReader {
  readonly tenant: TenantRecord;
  readonly modules: Modules;
  readonly database: Database;
  readonly provider: IdentityProviderFixture;
  readonly mintIssuer: string;
  /** Where its keys and its own files are. */
  readonly folder: string;
  /** Registers servers, reads and pins them as an admin's file would, and makes the policies valid for them. */
  register(servers: Readonly<Record<string, ServerSetup>>): Promise<void>;
  /** Takes the gateway (sessions, pools, caches) away and puts a new one in its place, as a restart does. */
  restartGateway(): Promise<void>;
  gateway(): Gateway;
  /** Another gateway on the same database, with receipts and an address of its own. */
  addReplica(): Promise<Replica>;
  /** While this runs nobody can append: the log's head is locked by somebody else. */
  breakLog(run: () => Promise<void>): Promise<void>;
  /** Works on the database as whoever owns it. */
  asOwner<Value>(work: (client: pg.Client) => Promise<Value>): Promise<Value>;
  /** What stands behind it and is stopped before it is closed. */
  before<Upstream extends { stop(): Promise<void> }>(upstream: Upstream): Upstream;
  close(): Promise<void>;
}

const LIMITS = { bodyBytesMax: 1_000_000, resultBytesMax: 1_000_000, drainMs: 20_000 };

export interface Replica {
  resource(server: string): string;
  close(): Promise<void>;
}

export async function openFrontDoor(options: FrontDoorOptions = {}): Promise<FrontDoor> {
  const [port, insidePort, idpPort] = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'countersign-gateway-'));
  const test = await createTestDatabase({ poolSize: 10 });
  const modules = await buildModules(test.database, port, folder);
  const { identity, oauth, addresses, receipts, minting } = modules;
  const provider = await startProvider(idpPort, addresses.ssoCallbackUrl(SLUG));
  const tenant = await createAcme(modules, test.database, provider.issuer);
  await oauth.openTenant(tenant);
  await minting.warm(tenant);
  const { telemetry = modules.telemetry, policies = PERMIT_ALL } = options;
  const stdio = await startPrograms(options, folder, modules.telemetry);
  const config = { ...LIMITS, ...options.config } as Config;
  const gatewayDeps = { ...modules, telemetry, stdio, database: test.database, config };
  let gateway: Gateway = createGateway(gatewayDeps);
  const inside = await serveTenant(insidePort, () => ({ tenant, addresses, identity, oauth }));
  const around = { tenant, minting, insidePort };
  const closeFront = await serveFront(port, around, () => gateway);
  const upstreams: { stop(): Promise<void> }[] = [];

  return {
    ...createAgents(modules, test.database, tenant),
    ...createLogReader(receipts, tenant),
    tenant,
    modules,
    folder,
    database: test.database,
    provider,
    mintIssuer: addresses.mintIssuer(SLUG),
    register: (servers) => register({ modules, database: test.database, tenant, policies, gateway }, servers),
    async restartGateway() {
      await gateway.close();
      gateway = createGateway(gatewayDeps);
    },
    gateway: () => gateway,
    async addReplica() {
      const database = await test.replica();
      const ownReceipts = createReceipts({ ...modules, database, logger: telemetry.logger });
      const other = createGateway({ ...gatewayDeps, database, receipts: ownReceipts });
      const otherPort = await freePort();
      const closeOther = await serveFront(otherPort, around, () => other);
      return {
        resource: (server) => `http://localhost:${otherPort}/t/${SLUG}/mcp/${server}`,
        async close() {
          await closeOther();
          await other.close();
          await ownReceipts.close();
        },
      };
    },
    breakLog: (run) => asOwner(test.adminUrl, (owner) => holdLogHead(owner, run)),
    asOwner: (work) => asOwner(test.adminUrl, work),
    before: (upstream) => {
      upstreams.push(upstream);
      return upstream;
    },
    async close() {
      for (const upstream of upstreams) await upstream.stop();
      await closeFront();
      await gateway.close();
      await inside.close();
      await modules.close();
      await provider.stop();
      await test.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Registering {
  readonly modules: Modules;
  readonly database: Database;
  readonly tenant: TenantRecord;
  readonly policies: Readonly<Record<string, string>>;
  readonly gateway: Gateway;
}

async function register(
  { modules: { registry, policy }, database, tenant, policies, gateway }: Registering,
  servers: Readonly<Record<string, ServerSetup>>,
): Promise<void> {
  const db = database.tenantDb(tenant.id);
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
    const saved = await policy.save(tx, tenant.id, { policies, servers: all, author: OPERATOR });
    if (!saved.ok) throw new Error(JSON.stringify(saved.error));
  });
}
