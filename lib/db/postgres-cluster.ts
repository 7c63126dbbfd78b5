import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataFolderError, EmbeddedPostgresError } from './errors.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { firstClosedFolder, findPostgresOwner, giveTo, isTraversable, type Owner } from './postgres-owner.ts';

const run = promisify(execFile);

/** How PostgreSQL is started on one data folder of this machine. */
export interface Cluster {
  readonly dataFolder: string;
  readonly logFile: string;
  readonly binaries: string;
  readonly owner: Owner | undefined;
}

/** What a process of PostgreSQL is given: never this process's own environment, which holds secrets. */
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as unknown as NodeJS.ProcessEnv;

/**
 * PostgreSQL enters its data folder by name. Below a folder that its user may not enter the name is of no use, but
 * the working directory that it inherits is: Linux follows this link without asking the folders on the way.
 */
const INHERITED_FOLDER = '/proc/self/cwd';

export function describeCluster(folder: string): Cluster {
  const owner = findPostgresOwner();
  return {
    dataFolder: join(folder, 'data'),
    logFile: join(folder, 'postgres.log'),
    binaries: findPostgresBinaries(owner),
    owner,
  };
}

/** Makes the data folder unless it is there. Of two processes that do so at once, one wins and both may go on. */
export async function initialiseCluster(
  cluster: Cluster,
  admin: { user: string; password: string },
): Promise<void> {
  const { dataFolder, owner } = cluster;
  if (existsSync(join(dataFolder, 'PG_VERSION'))) {
    makePrivate(cluster);
    return;
  }
  const partial = `${dataFolder}.${process.pid}`;
  mkdirSync(partial, { mode: 0o700 });
  try {
    if (owner) giveTo(owner, partial);
    await runInitdb({ ...cluster, dataFolder: partial }, admin);
    renameSync(partial, dataFolder);
  } catch (error) {
    // ENOTEMPTY and EEXIST: somebody else's initialisation was faster.
    if (!existsSync(join(dataFolder, 'PG_VERSION'))) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function runInitdb(cluster: Cluster, admin: { user: string; password: string }): Promise<void> {
  const secretFolder = mkdtempSync(join(tmpdir(), 'countersign-'));
  const passwordFile = join(secretFolder, 'password');
  const flags = [
    `--username=${admin.user}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    writeFileSync(passwordFile, `${admin.password}\n`, { mode: 0o600 });
    if (cluster.owner) giveTo(cluster.owner, secretFolder);
    await run(
      join(cluster.binaries, 'initdb'),
      ['-D', dataArgument(cluster), ...flags],
      launchOptions(cluster),
    );
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new EmbeddedPostgresError(
      `PostgreSQL could not make its data folder ${cluster.dataFolder}: ${stderr?.trim() || message}`,
    );
  } finally {
    rmSync(secretFolder, { recursive: true, force: true });
  }
}

/** Starts the postmaster. The caller finds out from the connection whether it came up. */
export function spawnPostmaster(
  cluster: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
): ChildProcess {
  removeStalePidFile(cluster);
  const log = openSync(cluster.logFile, 'a', 0o600);
  try {
    const flags = Object.entries({ ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' });
    return spawn(
      join(cluster.binaries, 'postgres'),
      [
        '-D',
        dataArgument(cluster),
        '-p',
        String(port),
        ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...launchOptions(cluster), stdio: ['ignore', log, log] },
    );
  } finally {
    closeSync(log);
  }
}

/** Process id and port of the postmaster that runs on this folder, by its own pid file. */
export function findPostmaster(cluster: Cluster): { pid: number; port: number } | undefined {
  const lines = readPidFile(cluster);
  const pid = Number(lines?.[0]);
  const port = Number(lines?.[3]);
  if (!Number.isInteger(pid) || !Number.isInteger(port) || port === 0) return undefined;
  return isPostmaster(pid) ? { pid, port } : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A free port of the loopback address. Somebody may take it before PostgreSQL does: the caller tries again. */
export async function findFreePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function launchOptions(cluster: Cluster) {
  const identity = cluster.owner ? { uid: cluster.owner.uid, gid: cluster.owner.gid } : {};
  return { cwd: cluster.dataFolder, env: ENVIRONMENT, ...identity };
}

function dataArgument({ dataFolder, owner }: Cluster): string {
  if (owner === undefined || isTraversable(dataFolder, owner)) return dataFolder;
  if (existsSync(INHERITED_FOLDER)) return INHERITED_FOLDER;
  const closed = firstClosedFolder(dataFolder, owner) ?? dataFolder;
  throw new DataFolderError(
    dataFolder,
    `PostgreSQL runs as user '${owner.name}' (it refuses to run as root), and that user may not enter ${closed}. ` +
      `Set DATA_DIR to a folder it can reach, run \`chmod o+x ${closed}\`, or run Countersign as an ordinary user.`,
  );
}

/** A copied folder may have other owners and modes than PostgreSQL insists on. */
function makePrivate({ dataFolder, owner }: Cluster): void {
  try {
    if (owner) giveTo(owner, dataFolder);
    chmodSync(dataFolder, 0o700);
  } catch (error) {
    throw new DataFolderError(
      dataFolder,
      `${dataFolder} belongs to another user. Run Countersign as that user, or \`chown -R\` the folder to this one.`,
      error,
    );
  }
}

function readPidFile(cluster: Cluster): string[] | undefined {
  try {
    return readFileSync(join(cluster.dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

/** After a restart of the machine the number in the file may be any program's, which PostgreSQL takes for itself. */
function removeStalePidFile(cluster: Cluster): void {
  const pid = Number(readPidFile(cluster)?.[0]);
  if (Number.isInteger(pid) && pid > 0 && !isPostmaster(pid)) {
    rmSync(join(cluster.dataFolder, 'postmaster.pid'), { force: true });
  }
}

function isPostmaster(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith('postgres') === true;
  } catch {
    return true;
  }
}
