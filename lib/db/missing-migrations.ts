import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { CONNECT_TIMEOUT_MS } from './constants.ts';
import { folderOf } from './folder-of.ts';

const NO_SUCH_TABLE = '42P01';

/** Migrations that this build brings and the database lacks, in their order. The application's own role may look. */
export async function listMissingMigrations(
  url: string,
  prismaFolder: string = join(folderOf(import.meta.url), '..', '..', 'prisma'),
): Promise<readonly string[]> {
  const entries = await readdir(join(prismaFolder, 'migrations'), { withFileTypes: true });
  const applied = await readApplied(url);
  const brought = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return brought.filter((name) => !applied.has(name)).toSorted();
}

async function readApplied(url: string): Promise<ReadonlySet<string>> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly name: string }>(
      'select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
    );
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if ((error as { code?: unknown }).code === NO_SUCH_TABLE) return new Set();
    throw error;
  } finally {
    await client.end();
  }
}
