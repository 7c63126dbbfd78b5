/**
 * A PostgreSQL cluster under Patroni, with one etcd, all on loopback: what a distribution packages as `patroni`,
 * `postgresql` and `etcd-server`. Synchronous replication is on and strict: a commit waits for a standby, always.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { stringify } from 'yaml';
import { childrenOf } from '../harness/child-processes.ts';
import { freePort } from '../harness/free-port.ts';
import { until } from '../harness/until.ts';

const NODES = 3;
const START_MS = 120_000;
const POLL_MS = 100;
const WATCH_MS = 2_000;
/** Patroni's own timing: the leader's key lives for `ttl` seconds, the least that it allows. */
const TIMING = { ttl: 20, loop_wait: 3, retry_timeout: 5 };

export interface Tools {
  readonly patroni: string;
  readonly etcd: string;
  readonly binaries: string;
}

export interface PatroniCluster {
  /** Always the primary of the moment. */
  readonly url: string;
  readonly adminUrl: string;
  /** The name of the primary that everybody agrees on. */
  primary(): Promise<string | undefined>;
  /** SIGKILL to the primary's PostgreSQL and to its Patroni, as when its machine is lost. Returns its name. */
  killPrimary(): Promise<string>;
  /** Starts a node again. */
  start(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** What is missing on this machine, or where it is. */
export function findTools(): Tools | { readonly missing: readonly string[] } {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const find = (name: string) => globSync(path.map((folder) => join(folder, name)))[0];
  const [patroni, etcd] = [find('patroni'), find('etcd')];
  const postgres = globSync('/usr/lib/postgresql/{16,17,18,19}/bin/postgres').toSorted().at(-1);
  const missing = [
    ...(patroni === undefined ? ['patroni'] : []),
    ...(etcd === undefined ? ['etcd-server'] : []),
    ...(postgres === undefined ? ['postgresql (16 or later)'] : []),
  ];
  if (patroni === undefined || etcd === undefined || postgres === undefined) return { missing };
  return { patroni, etcd, binaries: join(postgres, '..') };
}

interface Node {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly rest: number;
  process: ChildProcess | undefined;
}

export async function startPatroni(tools: Tools): Promise<PatroniCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-patroni-'));
  chmodSync(folder, 0o755);
  // PostgreSQL refuses to run as root; its package brings a user for it.
  const owner = process.getuid?.() === 0 ? postgresUser() : undefined;
  const own = (path: string) => owner && chownSync(path, owner.uid, owner.gid);
  own(folder);
  const password = randomBytes(18).toString('base64url');
  const [etcdPort, peerPort] = [await freePort(), await freePort()];
  const etcd = spawn(tools.etcd, etcdArguments(join(folder, 'etcd'), etcdPort, peerPort), {
    stdio: 'ignore',
  });
  const nodes: Node[] = [];
  for (let at = 0; at < NODES; at += 1) {
    const name = `node-${at}`;
    const node = { name, folder: join(folder, name), port: await freePort(), rest: await freePort() };
    mkdirSync(node.folder, { mode: 0o700 });
    own(node.folder);
    nodes.push({ ...node, process: undefined });
  }
  const startNode = (node: Node) => {
    const file = join(node.folder, 'patroni.yaml');
    writeFileSync(file, stringify(patroniFile(node, { tools, etcdPort, password })), { mode: 0o600 });
    own(file);
    const log = openSync(join(node.folder, 'patroni.log'), 'a');
    node.process = spawn(tools.patroni, [file], { stdio: ['ignore', log, log], ...owner });
  };
  for (const node of nodes) startNode(node);
  const front = await startPrimaryFront(nodes);
  const stop = async () => {
    await front.stop();
    for (const node of nodes) await endNode(node, 'SIGTERM');
    etcd.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('the cluster has a primary and synchronous standbys', () => isComplete(nodes), START_MS);
    const superuser = `postgresql://postgres:${password}@127.0.0.1:${front.port}`;
    await createRoles(`${superuser}/postgres`, password);
    const at = (role: string) => `postgresql://${role}:${password}@127.0.0.1:${front.port}/countersign`;
    return {
      url: at('countersign_app'),
      adminUrl: at('countersign_owner'),
      primary: async () => (await findPrimary(nodes))?.name,
      killPrimary: async () => {
        const node = await findPrimary(nodes);
        if (node === undefined) throw new Error('there is no primary');
        await endNode(node, 'SIGKILL');
        return node.name;
      },
      start: async (name) => {
        const node = nodes.find((each) => each.name === name);
        if (node) startNode(node);
        await until(`${name} is a member again`, () => isComplete(nodes), START_MS);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function postgresUser(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function etcdArguments(dataDir: string, port: number, peerPort: number): readonly string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    ...['--data-dir', dataDir, '--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `default=${peer}`, '--log-level', 'error'],
  ];
}

function patroniFile(
  { name, folder, port, rest }: Node,
  {
    tools,
    etcdPort,
    password,
  }: { readonly tools: Tools; readonly etcdPort: number; readonly password: string },
): object {
  const everybody = [
    'host all all 127.0.0.1/32 scram-sha-256',
    'host replication all 127.0.0.1/32 scram-sha-256',
  ];
  return {
    scope: 'countersign',
    name,
    restapi: { listen: `127.0.0.1:${rest}`, connect_address: `127.0.0.1:${rest}` },
    etcd3: { host: `127.0.0.1:${etcdPort}` },
    bootstrap: {
      dcs: {
        ...TIMING,
        synchronous_mode: true,
        synchronous_mode_strict: true,
        postgresql: { use_pg_rewind: true, parameters: { max_connections: 200 } },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'data-checksums'],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: join(folder, 'data'),
      bin_dir: tools.binaries,
      pgpass: join(folder, 'pgpass'),
      pg_hba: everybody,
      authentication: {
        superuser: { username: 'postgres', password },
        replication: { username: 'replicator', password },
        rewind: { username: 'rewinder', password },
      },
      parameters: { unix_socket_directories: folder },
    },
  };
}

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

/** As the first member that answers sees the cluster. */
async function members(nodes: readonly Node[]): Promise<readonly Member[]> {
  for (const { rest } of nodes) {
    const found = await fetch(`http://127.0.0.1:${rest}/cluster`, { signal: AbortSignal.timeout(WATCH_MS) })
      .then(async (response) => (await response.json()) as { readonly members?: readonly Member[] })
      .catch(() => undefined);
    if (found?.members !== undefined) return found.members;
  }
  return [];
}

async function isComplete(nodes: readonly Node[]): Promise<boolean> {
  const roles = (await members(nodes))
    .filter(({ state }) => state === 'running' || state === 'streaming')
    .map(({ role }) => role);
  return roles.length === nodes.length && roles.includes('leader') && roles.includes('sync_standby');
}

/** The node that says of itself that it is the primary. */
async function findPrimary(nodes: readonly Node[]): Promise<Node | undefined> {
  for (const node of nodes) {
    const isPrimary = await fetch(`http://127.0.0.1:${node.rest}/primary`, {
      signal: AbortSignal.timeout(WATCH_MS),
    }).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isPrimary) return node;
  }
  return undefined;
}

interface PrimaryFront {
  readonly port: number;
  stop(): Promise<void>;
}

/** One address for whoever is the primary, as HAProxy or a cloud's endpoint gives it. */
async function startPrimaryFront(nodes: readonly Node[]): Promise<PrimaryFront> {
  const sockets = new Set<Socket>();
  let primary: Node | undefined;
  let isOver = false;
  const server = createServer({ pauseOnConnect: true }, (client) => {
    client.on('error', () => undefined);
    if (primary === undefined) return void client.destroy();
    const backend = connect(primary.port, '127.0.0.1');
    for (const socket of [client, backend]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        backend.destroy();
      });
    }
    client.pipe(backend).pipe(client);
    client.resume();
  });
  const watch = async () => {
    while (!isOver) {
      const found = await findPrimary(nodes);
      if (found !== primary) for (const socket of sockets) socket.destroy();
      primary = found;
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
  };
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const watching = watch();
  return {
    port,
    stop: async () => {
      isOver = true;
      await watching;
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function createRoles(url: string, password: string): Promise<void> {
  await until('the primary takes connections', async () => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(`create role countersign_owner login createrole password '${password}'`);
      await client.query(`create role countersign_app login password '${password}'`);
      await client.query('create database countersign owner countersign_owner');
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === '42710') throw error;
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}

/** Patroni and the PostgreSQL under it. A SIGTERM to Patroni stops both. */
async function endNode(node: Node, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { process: patroni } = node;
  if (patroni?.pid === undefined || patroni.exitCode !== null || patroni.signalCode !== null) return;
  const below = signal === 'SIGKILL' ? [...postmasterOf(node), ...descendants(patroni.pid)] : [];
  const gone = once(patroni, 'exit');
  for (const pid of below) tryKill(pid);
  patroni.kill(signal);
  await gone;
}

/** It is no child of Patroni, so that it outlives one that is restarted; and its backends with it. */
function postmasterOf({ folder }: Node): number[] {
  const [pid] = readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n').map(Number);
  return pid === undefined ? [] : [pid, ...descendants(pid)];
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended with its postmaster.
  }
}
