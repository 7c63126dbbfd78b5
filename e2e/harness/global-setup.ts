import type { TestProject } from 'vitest/node';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres;
  }
}

interface Shared {
  users: number;
  starting: ReturnType<typeof startTestPostgres>;
}

/** Each vitest project loads this file for itself; the server is the process's. */
const registry = globalThis as unknown as Record<symbol, Shared | undefined>;
const key = Symbol.for('countersign.test-postgres');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (registry[key] ??= { users: 0, starting: startTestPostgres() });
  shared.users += 1;
  const { postgres, stop } = await shared.starting;
  project.provide('postgres', postgres);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete registry[key];
    await stop();
  };
}
