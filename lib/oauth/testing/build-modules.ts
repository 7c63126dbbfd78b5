import { join } from 'node:path';
import type { Clock } from '#lib/core';
import type { Database } from '#lib/db';
import type { Addresses } from '#lib/edge';
import { createIdentity } from '#lib/identity';
import { createKeys, createLocalKeyProvider } from '#lib/keys';
import { createEgress } from '#lib/net';
import { createReceipts } from '#lib/receipts';
import { createRegistry } from '#lib/registry';
import { createTelemetry } from '#lib/telemetry';
import { createVault } from '#lib/vault';
import { createOauth } from '../create-oauth.ts';

export type Modules = Awaited<ReturnType<typeof buildModules>>;

/** Asks `Date` each time, as the provider library does: a test that moves `Date` moves both. */
const CLOCK: Clock = { now: () => Date.now() };

/** One replica's modules up to the authorization server, wired as the runtime wires them. */
export async function buildModules(
  database: Database,
  addresses: Addresses,
  folder: string,
  privateHosts: readonly string[],
) {
  const telemetry = createTelemetry({ level: 'fatal' });
  const { logger } = telemetry;
  const clock = CLOCK;
  const egress = createEgress({
    logger,
    config: {
      tenantUrl: `${addresses.rootUrl}/t/{tenant}`,
      environment: 'test',
      egressPrivateHosts: privateHosts,
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
  const identity = createIdentity({
    database,
    keys,
    vault,
    receipts,
    addresses,
    egress,
    clock,
    telemetry,
    erasureLedgerFile: join(folder, 'erasures.jsonl'),
    backupRetentionDays: 30,
  });
  await identity.start();
  const registry = await createRegistry({ database, keys, receipts, clock, telemetry });
  const oauth = createOauth({
    database,
    keys,
    identity,
    registry,
    receipts,
    addresses,
    clock,
    telemetry,
    callableTools: async () => ['echo'],
  });
  return {
    addresses,
    clock,
    egress,
    identity,
    keys,
    oauth,
    receipts,
    registry,
    telemetry,
    vault,
    close: async () => {
      oauth.close();
      registry.close();
      await identity.close();
      await receipts.close();
      keys.close();
      await egress.close();
    },
  };
}
