import type { Listening, ListenOptions, Runtime } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Builds this process's runtime for serving. What it loads stays out of Next's bundle: Node loads it from its files, and
 * Next's copy of this module reads the registry only.
 */
export async function startRuntime(environment: Environment): Promise<Runtime> {
  const { startRuntime: start } = await import(/* turbopackIgnore: true */ './start-runtime.ts');
  return start(environment, 'serve');
}

/** A runtime for the duration of one command: attached to the running instance's database, or with its own. */
export async function withRuntime<T>(
  environment: Environment,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const { startRuntime: start } = await import(/* turbopackIgnore: true */ './start-runtime.ts');
  const runtime = await start({ ...environment, LOG_LEVEL: environment['LOG_LEVEL'] ?? 'warn' }, 'verb');
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}

/** Applies the migrations that the database lacks, and nothing else. */
export async function migrate(environment: Environment): Promise<readonly string[]> {
  const { migrateDatabase } = await import(/* turbopackIgnore: true */ './migrate-database.ts');
  return await migrateDatabase(environment);
}

/** Opens the process's HTTP listener. */
export async function listen(runtime: Runtime, options: ListenOptions): Promise<Listening> {
  const { listen: open } = await import(/* turbopackIgnore: true */ './listener.ts');
  return open(runtime, options);
}
