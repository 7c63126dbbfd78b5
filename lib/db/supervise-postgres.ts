/**
 * The supervisor: a process of its own that starts PostgreSQL, or finds it running, and holds it for as long as
 * its standard input stays open. When the instance that started it is gone, however it went, the pipe closes.
 * Every supervisor holds a shared advisory lock; the one that gets the exclusive lock was the last, and stops
 * PostgreSQL. So any number of processes may use one data folder, in any order, and none of them needs the others.
 *
 * stdin: one line of JSON (SupervisorRequest), then silence. stdout: one line of JSON (SupervisorReport).
 */
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { EmbeddedPostgresError } from './errors.ts';
import { POSTGRES_LOG_BYTES_MAX, POSTGRES_START_TIMEOUT_MS, POSTGRES_STOP_TIMEOUT_MS } from './constants.ts';
import {
  type Cluster,
  describeCluster,
  findFreePort,
  findPostmaster,
  initialiseCluster,
  spawnPostmaster,
} from './postgres-cluster.ts';
import type { SupervisorReport, SupervisorRequest } from './postgres-credentials.ts';

/** 'coun' in hexadecimal: the advisory lock that says "I use this PostgreSQL". */
const HOLD_LOCK = 0x636f756e;
const BIND_ATTEMPTS = 5;
const RETRY_MS = 25;
/** PostgreSQL can't be started again yet. */
const COME_BACK_MS = 500;

let request: SupervisorRequest;
let parentIsGone = false;
let holder: Client | undefined;
/** The PostgreSQL that this very process started last. */
let postmaster: number | undefined;
let cluster: Cluster;

const input = createInterface({ input: process.stdin });
input.once('close', leave);
// A signal to the whole group or service must not take PostgreSQL from an instance that is still draining.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

try {
  const [line] = (await once(input, 'line')) as [string];
  request = JSON.parse(line) as SupervisorRequest;
  cluster = describeCluster(request.folder);
  trimLog(cluster.logFile);
  await initialiseCluster(cluster, { user: request.adminUser, password: request.adminPassword });
  const { port, started } = await hold(undefined);
  report({ ok: true, port, started });
} catch (error) {
  if (postmaster) await stop(postmaster);
  report({ ok: false, message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

/** Connects and takes the shared lock; starts PostgreSQL first where none runs, at this port or a free one. */
async function hold(port: number | undefined): Promise<{ port: number; started: boolean }> {
  const deadline = Date.now() + POSTGRES_START_TIMEOUT_MS;
  let started = false;
  for (let attempt = 0; ; attempt += 1) {
    let running = findPostmaster(cluster);
    if (!running && attempt < BIND_ATTEMPTS) {
      started = await startPostmaster(port ?? (await findFreePort()), deadline);
      running = findPostmaster(cluster);
    }
    if (running && (await connect(running.port, deadline))) return { port: running.port, started };
    if (Date.now() > deadline || (!running && attempt >= BIND_ATTEMPTS)) {
      throw new EmbeddedPostgresError(
        `PostgreSQL did not start. Its log ${cluster.logFile} ends:\n${logTail()}`,
      );
    }
  }
}

/** True when our postmaster lives to write its port; false when it ended before (port taken, or another one runs). */
async function startPostmaster(port: number, deadline: number): Promise<boolean> {
  const child = spawnPostmaster(cluster, port, request.settings);
  child.on('error', () => undefined);
  child.unref();
  postmaster = child.pid;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return false;
    if (findPostmaster(cluster)?.pid === child.pid) return true;
    await sleep(RETRY_MS);
  }
  return false;
}

async function connect(port: number, deadline: number): Promise<boolean> {
  while (Date.now() < deadline && findPostmaster(cluster)?.port === port) {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: request.adminUser,
      password: request.adminPassword,
      database: 'postgres',
      application_name: 'countersign supervisor',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select pg_advisory_lock_shared($1)', [HOLD_LOCK]);
      holder = client;
      client.on('end', () => void reconnect(client, port));
      return true;
    } catch (error) {
      await client.end().catch(() => undefined);
      // 28P01: a wrong password never becomes right. Anything else: starting up, recovering, shutting down.
      if ((error as { code?: string }).code === '28P01') {
        throw new EmbeddedPostgresError(
          `The PostgreSQL in ${cluster.dataFolder} does not accept the password in ${request.folder}/credentials.json. ` +
            'Put back the file that belongs to this data folder.',
        );
      }
      await sleep(RETRY_MS);
    }
  }
  return false;
}

/**
 * PostgreSQL went away though the instance is still there: bring it back, at the port where everybody looks for it. As
 * often as it takes: a disk that is full has room again some time.
 */
async function reconnect(lost: Client, port: number): Promise<void> {
  if (parentIsGone || holder !== lost) return;
  holder = undefined;
  while (!parentIsGone && holder === undefined) {
    try {
      await hold(port);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      await sleep(COME_BACK_MS);
    }
  }
}

/** Into a file that may lie on a disk which is full. */
function complain(message: string): void {
  try {
    writeSync(process.stderr.fd, `${message}\n`);
  } catch {
    // Nobody can be told.
  }
}

function leave(): void {
  if (parentIsGone) return;
  parentIsGone = true;
  void letGo().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

async function letGo(): Promise<void> {
  const client = holder;
  if (!client) {
    // Still starting: wait for it, so that no PostgreSQL is left behind that nobody holds.
    await waitUntil(() => holder !== undefined, POSTGRES_START_TIMEOUT_MS);
    if (holder) await letGo();
    return;
  }
  await client.query('select pg_advisory_unlock_shared($1)', [HOLD_LOCK]);
  const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [
    HOLD_LOCK,
  ]);
  const running = findPostmaster(cluster);
  if (rows[0]?.last === true && running) await stop(running.pid);
  else await client.end();
}

/** SIGINT is PostgreSQL's fast shutdown: it ends sessions, writes a checkpoint and goes. */
async function stop(pid: number): Promise<void> {
  if (findPostmaster(cluster)?.pid !== pid) return;
  process.kill(pid, 'SIGINT');
  await waitUntil(() => findPostmaster(cluster)?.pid !== pid, POSTGRES_STOP_TIMEOUT_MS);
}

async function waitUntil(done: () => boolean, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!done() && Date.now() < deadline) await sleep(RETRY_MS);
}

function report(message: SupervisorReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function logTail(): string {
  try {
    return readFileSync(cluster.logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch {
    return '(it wrote none)';
  }
}

function trimLog(file: string): void {
  try {
    if (statSync(file).size > POSTGRES_LOG_BYTES_MAX) truncateSync(file);
  } catch {
    // There is no log yet.
  }
}
