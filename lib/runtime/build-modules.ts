import { join } from 'node:path';
import { systemClock } from '#lib/core';
import { isProduction, type Config } from '#lib/config';
import { createConsole, createPolicyDesk } from '#lib/console';
import type { Database } from '#lib/db';
import { createAddresses } from '#lib/edge';
import { createGateway } from '#lib/gateway';
import { createIdentity } from '#lib/identity';
import { createKeys, createLocalKeyProvider } from '#lib/keys';
import { createManifest, createSecretResolver } from '#lib/manifest';
import { createMinting } from '#lib/minting';
import { createEgress } from '#lib/net';
import { createOauth } from '#lib/oauth';
import { createPolicy } from '#lib/policy';
import { createReceipts } from '#lib/receipts';
import { createRegistry } from '#lib/registry';
import { createStdio } from '#lib/stdio';
import type { Telemetry } from '#lib/telemetry';
import { createVault } from '#lib/vault';
import { listCallableTools } from './callable-tools.ts';
import type { Modules } from './types.ts';

export interface Ground {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly database: Database;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Builds every module in the order of the map and wires them. Starts their listening, serves nothing yet. */
export async function buildModules({ config, telemetry, database, environment }: Ground): Promise<Modules> {
  const clock = systemClock;
  const { logger } = telemetry;
  const addresses = createAddresses({ tenantUrl: config.tenantUrl, viewsUrl: config.viewsUrl });
  const egress = createEgress({ config, logger });
  const keys = createKeys({ database, clock, provider: createLocalKeyProvider(config) });
  await keys.start();
  let instanceTenant: Parameters<typeof createReceipts>[0]['instanceTenant'];
  const receipts = createReceipts({
    database,
    keys,
    clock,
    logger,
    metrics: telemetry.metrics,
    highWaterDir: config.highWaterDir,
    instanceTenant: () => instanceTenant?.(),
  });
  const vault = createVault({ database, keys });
  const policy = await createPolicy({ database, keys, receipts, clock, telemetry });
  const identity = createIdentity({
    database,
    keys,
    vault,
    receipts,
    addresses,
    egress,
    clock,
    telemetry,
    erasureLedgerFile: join(config.keysDir, 'erasures.jsonl'),
    backupRetentionDays: config.backupRetentionDays,
  });
  await identity.start();
  const instance = await identity.tenants.instance();
  instanceTenant = () => instance.id;
  const registry = await createRegistry({ database, keys, receipts, clock, telemetry });
  const callableTools = listCallableTools({ policy, registry, clock });
  const oauth = createOauth({
    database,
    keys,
    identity,
    registry,
    receipts,
    addresses,
    clock,
    telemetry,
    callableTools,
  });
  const minting = createMinting({ database, keys, receipts, addresses, clock });
  const stdio = createStdio({
    file: config.stdioServersFile,
    resolveSecret: createSecretResolver('operator', environment, config),
    own: ownPlaces(config),
    launcherRequired: isProduction(config),
    logger,
  });
  const gateway = createGateway({
    config,
    clock,
    addresses,
    database,
    egress,
    keys,
    minting,
    oauth,
    policy,
    receipts,
    registry,
    stdio,
    telemetry,
  });
  const manifest = createManifest({
    addresses,
    config,
    database,
    environment,
    gateway,
    identity,
    minting: {
      warm: minting.warm,
      registrationProblems: (tenant, server) => [
        ...minting.registrationProblems(server),
        ...stdio.registrationProblems(tenant, server),
      ],
    },
    oauth,
    policy,
    receipts,
    registry,
  });
  const console = createConsole({
    addresses,
    callableTools,
    clock,
    identity,
    keys,
    oauth,
    policy,
    receipts,
    registry,
  });
  return {
    config,
    clock,
    telemetry,
    addresses,
    egress,
    database,
    keys,
    receipts,
    vault,
    policy,
    identity,
    registry,
    oauth,
    minting,
    stdio,
    gateway,
    console,
    policyDesk: createPolicyDesk({ clock, identity, policy, registry }),
    manifest,
  };
}

/** What no program of the operator's may see, wherever it is told to look. */
function ownPlaces({ dataDir, keysDir, highWaterDir, secretsDir, stdioServersFile }: Config) {
  return {
    folders: [dataDir, keysDir, highWaterDir, ...(secretsDir === undefined ? [] : [secretsDir])],
    files: stdioServersFile === undefined ? [] : [stdioServersFile],
  };
}
