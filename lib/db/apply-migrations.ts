import { join } from 'node:path';
import { Client } from 'pg';
import { folderOf } from './folder-of.ts';
import { listMissingMigrations } from './missing-migrations.ts';
import { applyMigrationFolder } from './schema-engine.ts';

/** 'coum' in hexadecimal: whoever migrates this database holds it. */
const MIGRATION_LOCK = 0x636f756d;

/**
 * Applies the migrations that are missing, as the role that owns the schema. Several at once apply each once: the
 * others wait. The application role and its rights are part of the migrations.
 * @throws {MigrationError}
 */
export async function applyMigrations(
  adminUrl: string,
  prismaFolder: string = join(folderOf(import.meta.url), '..', '..', 'prisma'),
): Promise<{ applied: readonly string[] }> {
  const guard = new Client({ connectionString: adminUrl, application_name: 'countersign migrations' });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await forgetUnfinished(guard);
    // Every start and every command comes by here: the engine, half a second of compiling, is for work to do.
    if ((await listMissingMigrations(adminUrl, prismaFolder)).length === 0) return { applied: [] };
    const schemaFile = join(prismaFolder, 'schema.prisma');
    return { applied: await applyMigrationFolder(adminUrl, schemaFile, join(prismaFolder, 'migrations')) };
  } finally {
    await guard.end();
  }
}

/**
 * A migration is one transaction, so one that failed or whose process died has left nothing but its row, which would
 * stop every later attempt. Under the lock nobody else can be at work on it.
 */
async function forgetUnfinished(guard: Client): Promise<void> {
  const { rows } = await guard.query<{ found: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as found`,
  );
  if (rows[0]?.found !== true) return;
  await guard.query(
    'update _prisma_migrations set rolled_back_at = now() where finished_at is null and rolled_back_at is null',
  );
}
