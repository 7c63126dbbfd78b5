import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Pool } from 'pg';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { MigrationError } from './errors.ts';

const NO_FILTERS = { externalTables: [], externalEnums: [] };
type Engine = engineModule.SchemaEngine;

/** Runs `use` with Prisma's own schema engine (WebAssembly) over one connection to `url`. */
export async function withSchemaEngine<T>(
  url: string,
  schemaFile: string,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  await instantiate();
  const pool = new Pool({ connectionString: url, max: 2 });
  let said: Error | undefined;
  try {
    const datamodels: [string, string][] = [[schemaFile, await readFile(schemaFile, 'utf8')]];
    const onFailure = (error: Error) => {
      said = error;
    };
    const engine = await engineModule.SchemaEngine.new(
      { datamodels },
      () => undefined,
      adapterFactory(pool, onFailure),
    );
    try {
      return await use(engine);
    } catch (error) {
      // The engine names the migration, and of PostgreSQL's answer only that there was one.
      throw new MigrationError(
        `${explain(error)}${said ? `\nPostgreSQL said: ${said.message}` : ''}`,
        said ?? error,
      );
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/** SQL that makes an empty database into the schema, without what Prisma has no words for (row-level security). */
export async function schemaSql(url: string, schemaFile: string): Promise<string> {
  return await withSchemaEngine(url, schemaFile, async (engine) => {
    const result = await engine.diff({
      from: { tag: 'empty' },
      to: {
        tag: 'schemaDatamodel',
        files: [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }],
      },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    return result.stdout ?? '';
  });
}

/** Applies what is not yet applied, recorded in `_prisma_migrations` as `prisma migrate deploy` would. */
export async function applyMigrationFolder(
  url: string,
  schemaFile: string,
  migrationsDir: string,
): Promise<readonly string[]> {
  const migrationsList = await readMigrations(migrationsDir);
  return await withSchemaEngine(url, schemaFile, async (engine) => {
    const result = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    return result.appliedMigrationNames;
  });
}

async function readMigrations(baseDir: string) {
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.toSorted().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(baseDir, name, 'migration.sql'), 'utf8') },
      },
    })),
  );
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
  };
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}

/**
 * Prisma's adapter splits a script at every semicolon, which cuts functions and comments apart. PostgreSQL takes
 * the script whole, as the native engine sends it, and then runs it as one transaction.
 */
function adapterFactory(pool: Pool, onFailure: (error: Error) => void): object {
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: Error) => {
        onFailure(error);
        throw error;
      });
    };
    return adapter;
  };
  return bindMigrationAwareSqlAdapterFactory(factory);
}

/** The engine reports its failures as JSON or as an Error, depending on where they happened. */
function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : JSON.stringify(error);
  const migration = /with migration_name="([^"]*)"/.exec(text)?.[1];
  return migration === undefined ? text : `migration ${migration} failed`;
}

let instance: Promise<void> | undefined;

/** The package's own entry imports its .wasm as a module, which Node still calls experimental. */
function instantiate(): Promise<void> {
  instance ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
    const bytes = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
    const imports = { './schema_engine_bg.js': patientImports() };
    const engine = await WebAssembly.instantiate(bytes, imports);
    const bindings = engineModule as unknown as { __wbg_set_wasm: (wasm: WebAssembly.Exports) => void };
    bindings.__wbg_set_wasm(engine.instance.exports);
    (engine.instance.exports['__wbindgen_start'] as () => void)();
  })();
  return instance;
}

/** The engine never clears its 10 s timer for the migration lock, which would keep the process from ending. */
function patientImports(): WebAssembly.ModuleImports {
  const imports: Record<string, unknown> = { ...engineModule };
  for (const name of Object.keys(imports)) {
    if (name.startsWith('__wbg_setTimeout_')) {
      imports[name] = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref();
    }
  }
  return imports as WebAssembly.ModuleImports;
}
