import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Client } from 'pg';
import { POSTGRES_START_TIMEOUT_MS } from './constants.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { folderOf } from './folder-of.ts';
import {
  ADMIN_ROLE,
  APPLICATION_ROLE,
  DATABASE_NAME,
  loadPostgresCredentials,
  type PostgresCredentials,
  preparePostgresFolder,
  type SupervisorReport,
  type SupervisorRequest,
} from './postgres-credentials.ts';
import type { DatabaseLogger, EmbeddedPostgres } from './types.ts';

type Supervisor = ChildProcessByStdio<Writable, Readable, null>;

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly logger: DatabaseLogger;
  /** PostgreSQL's own settings, on top of ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Just-in-time compilation costs more than it saves for queries of a few rows. Each new 16 MB of PostgreSQL's own log
 * would be filled with zeros first, for tens of milliseconds in which no receipt is committed. A checkpoint writes what
 * has gathered in one go, and commits wait for a tenth of a second behind it: by size, they would come twice a minute
 * under load; with room for more they come by time, every five minutes.
 */
const SETTINGS = {
  max_connections: '200',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  wal_init_zero: 'off',
  max_wal_size: '4GB',
};

/**
 * A real PostgreSQL of this instance's own in `<dataDir>/postgres`, on a free loopback port with random passwords.
 * Where one runs on that folder already (another process of this instance, or one that survived a crash), it is
 * attached to. It stops when the last process that holds it has let go or is gone.
 * @throws {DataFolderError} with the remedy in its message. @throws {EmbeddedPostgresError}
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = preparePostgresFolder(options.dataDir);
  const credentials = loadPostgresCredentials(folder);
  const request: SupervisorRequest = {
    folder,
    adminUser: ADMIN_ROLE,
    adminPassword: credentials.adminPassword,
    settings: { ...SETTINGS, ...options.settings },
  };
  const supervisor = spawnSupervisor(request);
  const { port, started } = await readReport(supervisor, folder);
  let stopping = false;
  supervisor.once('exit', (code) => {
    if (!stopping)
      options.logger.error({ code, folder }, 'the supervisor of the embedded PostgreSQL has ended');
  });
  const url = (user: string, password: string) =>
    `postgresql://${user}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`;
  const adminUrl = url(ADMIN_ROLE, credentials.adminPassword);
  await prepareDatabase(adminUrl, credentials);
  options.logger.info({ port, folder, started }, 'embedded PostgreSQL is ready');
  return {
    url: url(APPLICATION_ROLE, credentials.applicationPassword),
    adminUrl,
    started,
    stop: async () => {
      stopping = true;
      await letGo(supervisor);
    },
  };
}

function spawnSupervisor(request: SupervisorRequest): Supervisor {
  const log = openSync(join(request.folder, 'supervisor.log'), 'a', 0o600);
  try {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(folderOf(import.meta.url), 'supervise-postgres.ts')],
      { stdio: ['pipe', 'pipe', log], detached: true, env: {} as NodeJS.ProcessEnv },
    ) as unknown as Supervisor;
    child.stdin.on('error', () => undefined);
    // The request holds a password, and a process's arguments are public: it goes through the pipe.
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return child;
  } finally {
    closeSync(log);
  }
}

async function readReport(
  supervisor: Supervisor,
  folder: string,
): Promise<{ port: number; started: boolean }> {
  const lines = createInterface({ input: supervisor.stdout });
  const report = await new Promise<SupervisorReport>((resolve, reject) => {
    const fail = (reason: string) =>
      reject(
        new EmbeddedPostgresError(
          `The embedded PostgreSQL did not start: ${reason}. See ${folder}/supervisor.log.`,
        ),
      );
    const timer = setTimeout(() => fail('no answer in time'), POSTGRES_START_TIMEOUT_MS + 5_000);
    lines.once('line', (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as SupervisorReport);
    });
    supervisor.once('error', (error) => fail(error.message));
    supervisor.once('exit', (code) => {
      clearTimeout(timer);
      fail(`its supervisor ended with code ${code}`);
    });
  });
  lines.close();
  if (!report.ok) throw new EmbeddedPostgresError(report.message);
  // Nothing of the supervisor keeps this process alive; its standard input closes with this process.
  supervisor.stdout.destroy();
  supervisor.unref();
  (supervisor.stdin as Writable & { unref?: () => void }).unref?.();
  return report;
}

/** The database and the application's login, where they are missing. Its rights come from the migrations. */
async function prepareDatabase(adminUrl: string, credentials: PostgresCredentials): Promise<void> {
  const client = new Client({ connectionString: adminUrl.replace(/\/[^/]*$/, '/postgres') });
  await client.connect();
  try {
    const { rows } = await client.query<{ database: boolean; role: boolean }>(
      `select exists(select from pg_database where datname = $1) as database,
              exists(select from pg_roles where rolname = $2 and rolcanlogin) as role`,
      [DATABASE_NAME, APPLICATION_ROLE],
    );
    if (rows[0]?.role !== true) await createApplicationRole(client, credentials);
    if (rows[0]?.database !== true) {
      await client.query(`create database ${DATABASE_NAME}`).catch(ignoreExisting);
    }
  } finally {
    await client.end();
  }
}

async function createApplicationRole(client: Client, credentials: PostgresCredentials): Promise<void> {
  await client.query(`create role ${APPLICATION_ROLE} nologin`).catch(ignoreExisting);
  const password = client.escapeLiteral(credentials.applicationPassword);
  await client.query(`alter role ${APPLICATION_ROLE} login password ${password}`);
}

/** Another process of this instance was faster: duplicate_database, duplicate_object, unique_violation. */
function ignoreExisting(error: { code?: string }): void {
  if (error.code !== '42P04' && error.code !== '42710' && error.code !== '23505') throw error;
}

async function letGo(supervisor: Supervisor): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  supervisor.ref();
  const exited = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  supervisor.stdin.end();
  await exited;
}
