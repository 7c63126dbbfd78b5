/**
 * db: PostgreSQL, the only store.
 * Owns the Prisma client, the embedded PostgreSQL, migrations, tenantDb and systemDb, LISTEN/NOTIFY, replica
 * leases and the revocation sequence.
 * Never knows what a row means: no module's rules live here, and no secret is opened here.
 * Promise: a query made for one tenant finds, changes and makes rows of that tenant only, by two locks of which
 * each holds alone (a filter on every query, row-level security in PostgreSQL).
 */
export * from './types.ts';
export * from './errors.ts';
export { createDatabase } from './create-database.ts';
export { startEmbeddedPostgres, type EmbeddedPostgresOptions } from './start-embedded-postgres.ts';
export { applyMigrations } from './apply-migrations.ts';
export { listMissingMigrations } from './missing-migrations.ts';
export { afterCommit } from './after-commit.ts';
export { Prisma } from './generated/client.ts';
