/** Identity on real parts: PostgreSQL, keys, vault, receipts, egress, and an identity provider on an origin of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, TenantSlug } from '#lib/core';
import { createAddresses, parseCookies } from '#lib/edge';
import { createKeys, createLocalKeyProvider } from '#lib/keys';
import { createEgress } from '#lib/net';
import { createReceipts } from '#lib/receipts';
import { createTelemetry } from '#lib/telemetry';
import { createVault } from '#lib/vault';
import { createTestDatabase } from '../../../e2e/harness/index.ts';
import { createIdentity } from '../identity.ts';
import type { Actor, IdentityDeps, ReadCookie } from '../types.ts';

export const OPERATOR: Actor = { mode: 'operator', workload: 'cli:test' };

export interface TestClock extends Clock {
  pass(ms: number): void;
}

/** Starts at the real time, for the provider's tokens do, too. */
export function createTestClock(): TestClock {
  let ahead = 0;
  return { now: () => Date.now() + ahead, pass: (ms) => void (ahead += ms) };
}

export async function setUp() {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'identity-'));
  const clock = createTestClock();
  const lines: string[] = [];
  const telemetry = createTelemetry({
    level: 'debug',
    destination: { write: (line) => void lines.push(line) },
  });
  const addresses = createAddresses({
    tenantUrl: 'http://localhost:3000/t/{tenant}',
    viewsUrl: 'http://{label}.mcpapps.localhost:3000',
  });
  const provider = createLocalKeyProvider({ keysDir: join(folder, 'keys') });
  const keys = createKeys({ database: database.database, provider, clock });
  const receipts = createReceipts({ database: database.database, keys, clock, logger: telemetry.logger });
  const config = {
    tenantUrl: 'http://localhost:3000/t/{tenant}',
    environment: 'test',
    egressPrivateHosts: [],
    upstreamTimeoutMs: 5_000,
  } as const;
  const deps: IdentityDeps = {
    database: database.database,
    keys,
    vault: createVault({ database: database.database, keys }),
    receipts,
    addresses,
    egress: createEgress({ config }),
    clock,
    telemetry,
    erasureLedgerFile: join(folder, 'erased.jsonl'),
    backupRetentionDays: 30,
  };
  const identity = createIdentity(deps);
  await identity.start();
  return {
    deps,
    database,
    identity,
    clock,
    lines,
    tenant: async (slug: string) => {
      const draft = { slug: slug as TenantSlug, displayName: slug, demo: false };
      return await identity.tenants.create(draft, OPERATOR);
    },
    close: async () => {
      await identity.close();
      await receipts.close();
      await deps.egress.close();
      keys.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type SetUp = Awaited<ReturnType<typeof setUp>>;

/** One browser's cookies at Countersign, by what Set-Cookie lines said. */
export function createCookieJar(): {
  store(lines: readonly string[]): void;
  read: ReadCookie;
  names(): string[];
} {
  const jar = new Map<string, string>();
  return {
    store(lines) {
      for (const line of lines) {
        const [name = '', value = ''] = [...parseCookies(line.split(';')[0])][0] ?? [];
        if (line.includes('Max-Age=0;')) jar.delete(name);
        else jar.set(name, value);
      }
    },
    read: (name) => jar.get(name),
    names: () => [...jar.keys()],
  };
}
