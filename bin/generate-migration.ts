/**
 * Writes prisma/migrations/0001_foundation from the schema, while nothing is released: Prisma's own difference from
 * an empty database, then row-level security. Later migrations are written by hand.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowLevelSecuritySql } from '../lib/db/row-level-security.ts';
import { schemaSql } from '../lib/db/schema-engine.ts';
import { startEmbeddedPostgres } from '../lib/db/start-embedded-postgres.ts';

const prismaFolder = join(import.meta.dirname, '..', 'prisma');
const folder = join(prismaFolder, 'migrations', '0001_foundation');
const quiet = { info: () => undefined, warn: console.warn, error: console.error };

const dataDir = mkdtempSync(join(tmpdir(), 'countersign-migration-'));
const postgres = await startEmbeddedPostgres({ dataDir, logger: quiet, settings: { fsync: 'off' } });
try {
  const tables = await schemaSql(postgres.adminUrl, join(prismaFolder, 'schema.prisma'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'migration.sql'),
    `${tables}\n-- Row-level security, roles and rights\n${rowLevelSecuritySql(tables)}`,
  );
  writeFileSync(join(folder, '..', 'migration_lock.toml'), 'provider = "postgresql"\n');
  console.log(`wrote ${join(folder, 'migration.sql')}`);
} finally {
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
