import { join } from 'node:path';
import { systemClock } from '#lib/core';
import type { Database } from '#lib/db';
import { createAddresses } from '#lib/edge';
import { createIdentity } from '#lib/identity';
import { createKeys, createLocalKeyProvider } from '#lib/keys';
import { createMinting } from '#lib/minting';
import { createEgress } from '#lib/net';
import { createOauth } from '#lib/oauth';
import { createPolicy } from '#lib/policy';
import { createReceipts } from '#lib/receipts';
import { createRegistry } from '#lib/registry';
import { createTelemetry } from '#lib/telemetry';
import { createVault } from '#lib/vault';

export type Modules = Awaited<ReturnType<typeof buildModules>>;

/** Everything that the data plane stands on, real. */
export async function buildModules(database: Database, port: number, folder: string) {
  const telemetry = createTelemetry({ level: 'fatal' });
  const { logger } = telemetry;
  const clock = systemClock;
  const addresses = createAddresses({
    tenantUrl: `http://localhost:${port}/t/{tenant}`,
    viewsUrl: `http://{label}.mcpapps.localhost:${port}`,
  });
  const egress = createEgress({
    logger,
    config: {
      tenantUrl: `http://localhost:${port}/t/{tenant}`,
      environment: 'test',
      egressPrivateHosts: ['127.0.0.0/8'],
      upstreamTimeoutMs: 5_000,
    },
  });
  const keys = createKeys({
    database,
    clock,
    provider: createLocalKeyProvider({ keysDir: join(folder, 'keys') }),
  });
  await keys.start();
  const receipts = createReceipts({ database, keys, clock, logger });
  const vault = createVault({ database, keys });
  const erasure = { erasureLedgerFile: join(folder, 'erasures.jsonl'), backupRetentionDays: 30 };
  const identity = createIdentity({
    database,
    keys,
    vault,
    receipts,
    addresses,
    egress,
    clock,
    telemetry,
    ...erasure,
  });
  await identity.start();
  const registry = await createRegistry({ database, receipts, clock, telemetry });
  const policy = await createPolicy({ database, receipts, clock, telemetry });
  const callableTools = async () => await Promise.resolve<readonly string[]>([]);
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
  const close = async () => {
    oauth.close();
    policy.close();
    registry.close();
    await identity.close();
    await receipts.close();
    keys.close();
    await egress.close();
  };
  return {
    addresses,
    clock,
    egress,
    identity,
    keys,
    minting,
    oauth,
    policy,
    receipts,
    registry,
    telemetry,
    close,
  };
}
