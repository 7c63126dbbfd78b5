/** Several replicas as processes of their own, on one PostgreSQL and one set of keys, behind one address. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../harness/free-port.ts';
import { type Instance, startInstance, type Variables } from '../harness/start-instance.ts';
import { startFront } from './start-front.ts';

export interface ReplicaDatabase {
  readonly url: string;
  readonly adminUrl: string;
}

export interface Replicas {
  /** The first replica's commands, at the address of all of them. */
  readonly instance: Instance;
  readonly count: number;
  replica(which: number): Instance;
  /** SIGKILL. */
  kill(which: number): Promise<void>;
  /** At the same port, with the same folder. */
  start(which: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ReplicasOptions {
  /** The way that each replica takes to PostgreSQL; commands go the first one. */
  readonly databases: readonly ReplicaDatabase[];
  readonly env?: Variables;
}

export async function startReplicas({ databases, env = {} }: ReplicasOptions): Promise<Replicas> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-replicas-'));
  const port = await freePort();
  const ports: number[] = [];
  for (const _ of databases) ports.push(await freePort());
  const front = await startFront(port, ports);
  const shared: Variables = {
    TENANT_URL: `http://localhost:${port}/t/{tenant}`,
    VIEWS_URL: `http://{label}.mcpapps.localhost:${port}`,
    KEYS_DIR: join(folder, 'keys'),
    LOG_LEVEL: 'error',
    ...env,
  };
  const startOne = async (which: number): Promise<Instance> => {
    const database = databases[which];
    const dataDir = join(folder, `replica-${which}`);
    return await startInstance({
      env: shared,
      dataDir,
      ...(ports[which] === undefined ? {} : { port: ports[which] }),
      ...(database === undefined ? {} : { database }),
    });
  };
  const running = await Promise.all(databases.map(async (_, which) => await startOne(which)));
  const replica = (which: number): Instance => {
    const found = running[which];
    if (found === undefined) throw new Error(`there is no replica ${which}`);
    return found;
  };
  const origin = `http://localhost:${port}`;
  return {
    instance: {
      ...replica(0),
      port,
      origin,
      dataDir: folder,
      canonicalUrl: (slug) => `${origin}/t/${slug}`,
    },
    count: databases.length,
    replica,
    kill: async (which) => await replica(which).kill(),
    start: async (which) => {
      running[which] = await startOne(which);
    },
    stop: async () => {
      await Promise.all(running.map(async (each) => await each.stop()));
      await front.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
