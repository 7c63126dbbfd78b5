/**
 * e2e/harness: a real PostgreSQL for tests. One server per test run, one database per test file, copied from a
 * template that the product's own migrations made.
 */
export {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestTenant,
} from './create-test-database.ts';
export { plantSigningKey, type PlantedKey } from './plant-signing-key.ts';
