import { join } from 'node:path';
import pg from 'pg';
import { MigrationError } from './errors.ts';
import { applyMigrationFolder } from './schema-engine.ts';

/** 'coum' in hexadecimal: whoever migrates this database holds it. */
const MIGRATION_LOCK = 0x636f756d;
const PRISMA_FOLDER = join(import.meta.dirname, '..', '..', 'prisma');

/**
 * Applies the migrations that are missing, as the role that owns the schema. Several at once apply each once: the
 * others wait. The application role and its rights are part of the migrations.
 * @throws {MigrationError}
 */
export async function applyMigrations(
  adminUrl: string,
  prismaFolder: string = PRISMA_FOLDER,
): Promise<{ applied: readonly string[] }> {
  const guard = new pg.Client({ connectionString: adminUrl, application_name: 'countersign migrations' });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await applyMigrationFolder(
      adminUrl,
      join(prismaFolder, 'schema.prisma'),
      join(prismaFolder, 'migrations'),
    );
    return { applied };
  } catch (error) {
    throw new MigrationError(`The database could not be migrated: ${explain(error)}`, error);
  } finally {
    await guard.end();
  }
}

/** The engine reports its failures as JSON or as an Error, depending on where they happened. */
function explain(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
