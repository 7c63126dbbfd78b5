import {
  applyMigrations,
  createDatabase,
  type Database,
  type DatabaseLogger,
  startEmbeddedPostgres,
} from '#lib/db';
import type { Config } from '#lib/config';
import { DATABASE_POOL_SIZE } from './constants.ts';

export interface OpenedStore {
  readonly database: Database;
  readonly appliedMigrations: readonly string[];
  close(): Promise<void>;
}

/** Connects to the configured PostgreSQL, or starts the instance's own, and brings its schema up to date. */
export async function openStore(config: Config, logger: DatabaseLogger): Promise<OpenedStore> {
  const place = await locate(config, logger);
  try {
    const { applied } =
      place.adminUrl === undefined ? { applied: [] } : await applyMigrations(place.adminUrl);
    const database = await createDatabase({ url: place.url, poolSize: DATABASE_POOL_SIZE, logger });
    return {
      database,
      appliedMigrations: applied,
      close: async () => {
        await database.close();
        await place.stop();
      },
    };
  } catch (error) {
    await place.stop();
    throw error;
  }
}

interface Place {
  readonly url: string;
  readonly adminUrl: string | undefined;
  stop(): Promise<void>;
}

async function locate(config: Config, logger: DatabaseLogger): Promise<Place> {
  if (config.databaseUrl !== undefined) {
    return { url: config.databaseUrl, adminUrl: config.databaseAdminUrl, stop: async () => undefined };
  }
  return startEmbeddedPostgres({ dataDir: config.dataDir, logger });
}
