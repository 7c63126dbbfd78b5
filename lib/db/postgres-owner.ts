import { execFileSync } from 'node:child_process';
import { lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './errors.ts';

/** The operating system's user that PostgreSQL runs as. */
export interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** Undefined when this process is not root and PostgreSQL simply runs as the same user. */
export function findPostgresOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { name, uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL refuses to run as root, and this system has no user `postgres` or `nobody` to run it as. ' +
      'Run Countersign as an ordinary user, create one with `useradd --system postgres`, or set DATABASE_URL.',
  );
}

/** Every folder on the way to `path`, and it itself, may be entered by `owner`. Access lists beyond mode bits are not looked at. */
export function isTraversable(path: string, owner: Owner): boolean {
  return firstClosedFolder(path, owner) === undefined;
}

/** The folder on the way to `path` that stops `owner`, outermost first. */
export function firstClosedFolder(path: string, owner: Owner): string | undefined {
  const folders: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (dirname(folder) === folder) break;
  }
  return folders.find((folder) => !mayEnter(folder, owner));
}

function mayEnter(folder: string, owner: Owner): boolean {
  const { mode, uid, gid } = statSync(folder);
  if (uid === owner.uid) return (mode & 0o100) !== 0;
  if (gid === owner.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** Gives a folder and all below it to `owner`, where it is not so already (a folder copied by root, for one). */
export function giveTo(owner: Owner, folder: string): void {
  const facts = lstatSync(folder);
  if (facts.uid === owner.uid && facts.gid === owner.gid) return;
  // The folder itself last: an interrupted change is then seen and finished by the next start.
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
  lchownSync(folder, owner.uid, owner.gid);
}
