import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantSlug } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { createTestDatabase, type TestDatabase } from '../../../e2e/harness/index.ts';
import { startRuntime } from '../start-runtime.ts';
import type { Runtime } from '../types.ts';

export interface World {
  readonly test: TestDatabase;
  /** Keys, high water and everything else outside the database. */
  readonly dataDir: string;
  /** A process on this database; whoever starts it closes it. */
  start(env?: Readonly<Record<string, string | undefined>>): Promise<Runtime>;
  close(): Promise<void>;
}

export const OPERATOR = { mode: 'operator', workload: 'cli:test' } as const;

/** A database and a folder, for as many runtimes as a test starts on them. */
export async function createWorld(): Promise<World> {
  const test = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-runtime-'));
  return {
    test,
    dataDir,
    start: async (env = {}) =>
      await startRuntime(
        {
          DATA_DIR: dataDir,
          DATABASE_URL: test.url,
          PORT: '0',
          TENANT_URL: 'http://localhost:3000/t/{tenant}',
          VIEWS_URL: 'http://{label}.mcpapps.localhost:3000',
          LOG_LEVEL: 'fatal',
          ...env,
        },
        'verb',
      ),
    close: async () => {
      await test.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function createTenant({ identity }: Runtime, slug: string): Promise<TenantRecord> {
  const draft = { slug: slug as TenantSlug, displayName: slug, demo: false };
  return await identity.tenants.create(draft, OPERATOR);
}
