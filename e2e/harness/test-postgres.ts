import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyMigrations, startEmbeddedPostgres } from '#lib/db';

/** Where the test run's PostgreSQL is; its database is the template of all others. */
export interface TestPostgres {
  /** The application's role. */
  readonly url: string;
  readonly adminUrl: string;
}

const quiet = { info: () => undefined, warn: console.warn, error: console.error };
/** Nothing in a test outlives a power failure. */
const FAST_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '64MB',
  max_connections: '400',
};

/** A PostgreSQL of its own in a temporary folder, migrated. `synchronous_commit` stays as in the product. */
export async function startTestPostgres(): Promise<{ postgres: TestPostgres; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const started = await startEmbeddedPostgres({ dataDir, logger: quiet, settings: FAST_SETTINGS });
  const stop = async () => {
    await started.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await applyMigrations(started.adminUrl);
  } catch (error) {
    await stop();
    throw error;
  }
  return { postgres: { url: started.url, adminUrl: started.adminUrl }, stop };
}
