import {
  applyMigrations,
  createDatabase,
  type Database,
  type DatabaseLogger,
  listMissingMigrations,
  startEmbeddedPostgres,
} from '#lib/db';
import type { Config } from '#lib/config';
import { DATABASE_POOL_SIZE } from './constants.ts';

export interface OpenedStore {
  readonly database: Database;
  close(): Promise<void>;
}

/** Connects to the configured PostgreSQL, or starts the instance's own, and brings its schema up to date. */
export async function openStore(config: Config, logger: DatabaseLogger): Promise<OpenedStore> {
  const place = await locate(config, logger);
  try {
    if (place.adminUrl === undefined) await requireMigrated(place.url);
    else await migrate(place.adminUrl);
    const connecting = createDatabase({ url: place.url, poolSize: DATABASE_POOL_SIZE, logger });
    const database = await reaching('DATABASE_URL', place.url, connecting);
    return {
      database,
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

/**
 * Brings the schema up to date and does nothing else: no key is made and no log opened, so that a job before an upgrade
 * needs the owner's password alone. Returns what was applied.
 */
export async function migrateStore(config: Config, logger: DatabaseLogger): Promise<readonly string[]> {
  if (config.databaseAdminUrl !== undefined) return await migrate(config.databaseAdminUrl);
  if (config.databaseUrl !== undefined) {
    throw new Error('DATABASE_ADMIN_URL is not set: the role of DATABASE_URL may not change the schema.');
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, logger });
  return await migrate(embedded.adminUrl).finally(async () => await embedded.stop());
}

async function migrate(adminUrl: string): Promise<readonly string[]> {
  const { applied } = await reaching('DATABASE_ADMIN_URL', adminUrl, applyMigrations(adminUrl));
  return applied;
}

/** Nobody here may change the schema: better no start than statements that fail one by one. */
async function requireMigrated(url: string): Promise<void> {
  const missing = await reaching('DATABASE_URL', url, listMissingMigrations(url));
  if (missing.length === 0) return;
  throw new Error(
    `DATABASE_URL: the database lacks ${missing.join(', ')}. Run 'countersign migrate' with DATABASE_ADMIN_URL set, and start again.`,
  );
}

/** Network, then PostgreSQL's own: who one is, which database, starting up or shutting down, no connection left. */
const NOT_REACHED = /^(E[A-Z]+|28\w{3}|3D000|57P0\d|53300)$/;

/** @throws what was thrown; of a PostgreSQL that can't be reached in words that name the setting, never its password. */
async function reaching<T>(variable: string, url: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    if (typeof code !== 'string' || !NOT_REACHED.test(code)) throw error;
    const { host, pathname, username } = new URL(url);
    throw new Error(
      `${variable}: PostgreSQL at ${host} does not let '${username}' into the database '${pathname.slice(1)}': ` +
        `${message || code}. Start it, or mend ${variable}.`,
      { cause: error },
    );
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
