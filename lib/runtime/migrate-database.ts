import { createTelemetry } from '#lib/telemetry';
import { requireConfig } from './require-config.ts';
import { migrateStore } from './store.ts';

/** `countersign migrate`: names of the migrations that the database lacked. @throws with words, when it can't be reached. */
export async function migrateDatabase(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const config = requireConfig(environment);
  return await migrateStore(config, createTelemetry({ level: 'warn' }).logger);
}
