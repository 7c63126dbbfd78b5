import { join } from 'node:path';
import type { Clock } from '#lib/core';
import type { Database } from '#lib/db';
import type { Addresses } from '#lib/edge';
import { createIdentity, type Identity } from '#lib/identity';
import { createKeys, createLocalKeyProvider, type Keys } from '#lib/keys';
import { createEgress } from '#lib/net';
import { createReceipts, type Receipts } from '#lib/receipts';
import { createRegistry, type Registry } from '#lib/registry';
import { createTelemetry } from '#lib/telemetry';
import { createVault } from '#lib/vault';
import { createOauth } from '../create-oauth.ts';
import type { Oauth } from '../types.ts';

/** Asks `Date` each time, as the provider library does: a test that moves `Date` moves both. */
const CLOCK: Clock = { now: () => Date.now() };

export interface Modules {
  readonly identity: Identity;
  readonly keys: Keys;
  readonly receipts: Receipts;
  readonly registry: Registry;
  readonly oauth: Oauth;
  close(): Promise<void>;
}

/** One replica's modules, wired as the runtime wires them. */
export async function buildModules(
  database: Database,
  addresses: Addresses,
  folder: string,
  idpHost: string,
): Promise<Modules> {
  const telemetry = createTelemetry({ level: 'fatal' });
  const { logger } = telemetry;
  const clock = CLOCK;
  const egress = createEgress({ logger, config: egressConfig(addresses, idpHost) });
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
  const registry = await createRegistry({ database, receipts, clock, telemetry });
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
    identity,
    keys,
    receipts,
    registry,
    oauth,
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

function egressConfig(addresses: Addresses, idpHost: string) {
  return {
    tenantUrl: `${addresses.rootUrl}/t/{tenant}`,
    environment: 'test',
    egressPrivateHosts: [idpHost],
    upstreamTimeoutMs: 5_000,
  } as const;
}
