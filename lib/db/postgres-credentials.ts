import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POSTGRES_PASSWORD_BYTES } from './constants.ts';
import { DataFolderError } from './errors.ts';

export const ADMIN_ROLE = 'countersign_admin';
export const APPLICATION_ROLE = 'countersign_app';
export const DATABASE_NAME = 'countersign';

/** What the supervisor is started with. */
export interface SupervisorRequest {
  readonly folder: string;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly settings: Readonly<Record<string, string>>;
}

export type SupervisorReport =
  | { readonly ok: true; readonly port: number; readonly started: boolean }
  | { readonly ok: false; readonly message: string };

export interface PostgresCredentials {
  readonly adminPassword: string;
  readonly applicationPassword: string;
}

/** Makes the folder of the embedded PostgreSQL, for this user and nobody else's files. */
export function preparePostgresFolder(dataDir: string): string {
  const folder = join(dataDir, 'postgres');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    // PostgreSQL may run as another user and has to pass through; the secrets in here have modes of their own.
    if (statSync(folder).uid === process.getuid?.()) chmodSync(folder, 0o755);
    return folder;
  } catch (error) {
    throw new DataFolderError(
      folder,
      `${explain(error, folder)} Set DATA_DIR to a folder that can be written to.`,
      error,
    );
  }
}

/** Passwords of this data folder: random, made once, in a file that only its owner reads. */
export function loadPostgresCredentials(folder: string): PostgresCredentials {
  const file = join(folder, 'credentials.json');
  const existing = read(file);
  if (existing) return existing;
  const partial = `${file}.${process.pid}`;
  const password = () => randomBytes(POSTGRES_PASSWORD_BYTES).toString('base64url');
  const made: PostgresCredentials = { adminPassword: password(), applicationPassword: password() };
  try {
    writeFileSync(partial, JSON.stringify(made), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(partial, file);
    return made;
  } catch (error) {
    // Two first starts at once: the link of the faster one counts.
    const theirs = read(file);
    if (theirs) return theirs;
    throw new DataFolderError(file, explain(error, file), error);
  } finally {
    rmSync(partial, { force: true });
  }
}

function read(file: string): PostgresCredentials | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataFolderError(file, explain(error, file), error);
  }
  try {
    return JSON.parse(text) as PostgresCredentials;
  } catch (error) {
    throw new DataFolderError(
      file,
      `${file} is damaged. Put back the file that belongs to this data folder.`,
      error,
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by this user',
  EPERM: 'may not be used by this user',
  EROFS: 'is on a file system that is read-only',
  ENOSPC: 'is on a disk that is full',
  ENOTDIR: 'is below something that is a file, not a folder',
  EEXIST: 'is a file, not a folder',
};

function explain(error: unknown, path: string): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = REASONS[code] ?? `can't be used (${error instanceof Error ? error.message : String(error)})`;
  return `${path} ${reason}.`;
}
