import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../e2e/demo/ports.ts';
import { runCountersign } from '../e2e/demo/programs.ts';
import { type DemoPerson, startIdentityProvider } from '../e2e/fixtures/identity-provider.ts';
import { createAgentAccess, type AgentAccess } from './agent-access.ts';
import { startProgram, stopProgram } from './processes.ts';
import { benchTenantFile, CLIENT_ID, SECRET_VARIABLES } from './tenant-file.ts';

/** A process that takes calls. */
export interface Serving {
  readonly url: string;
  /** Its own process and its workers. */
  readonly pids: readonly number[];
}

export interface BenchStack {
  readonly upstream: Serving;
  readonly bareProxy: Serving;
  /** Countersign as an operator runs it; `url` is the tenant's canonical URL. */
  readonly instance: Serving & { readonly ask: (question: string) => Promise<unknown> };
  readonly access: AgentAccess;
  /** Another tenant of the same instance, where one was asked for. */
  readonly neighbour?: { readonly url: string; readonly access: AgentAccess };
  /** Environment for further processes on the same data. */
  readonly env: NodeJS.ProcessEnv;
  /** The embedded PostgreSQL's own process id; its backends descend from it. */
  readonly postgresPid: number;
  /** One more process on the same data; `more` is added to its environment. */
  startServing(file: string, args?: readonly string[], more?: Variables): Promise<Serving>;
  stop(): Promise<void>;
}

type Variables = Readonly<Record<string, string>>;

export interface StackOptions {
  readonly sessions: number;
  /** Sessions of a second tenant's agent; none without it. */
  readonly neighbourSessions?: number;
  /** Options of the serving Node. */
  readonly nodeArgs?: readonly string[];
  /** People beside the ones whom every run has. */
  readonly people?: readonly DemoPerson[];
  /** Servers of the tenant beside the ones that it always has. */
  readonly furtherServers?: number;
}

/**
 * Everything that is measured, each a process of its own on a free loopback port, with a new data folder that goes
 * when the run ends. Nothing is shared with an instance that may be running.
 */
export async function startStack({
  sessions,
  neighbourSessions = 0,
  nodeArgs = [],
  people = [],
  furtherServers = 0,
}: StackOptions): Promise<BenchStack> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const start = async (file: string, more: Parameters<typeof startProgram>[1] = {}) => {
    const { child, pid, announcement } = await startProgram<{ url: string; pids?: number[] }>(file, more);
    stops.push(() => stopProgram(child));
    return { child, url: announcement.url, pids: announcement.pids ?? [pid] };
  };
  try {
    const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    stops.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const port = await freePort();
    const urlOf = (slug: string) => `http://localhost:${port}/t/${slug}`;
    const slugs = neighbourSessions > 0 ? ['bench', 'neighbour'] : ['bench'];
    const secret = randomBytes(32).toString('base64url');
    const env = instanceEnvironment(port, dataDir, secret);
    const provider = await startIdentityProvider({
      people,
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: secret,
          redirect_uris: slugs.map((slug) => `${urlOf(slug)}/sso/callback`),
        },
      ],
    });
    stops.push(() => provider.stop());
    const upstream = await start('upstream.ts');
    const bareProxy = await start('bare-proxy.ts', { args: [upstream.url] });
    const { child, pids } = await start('serve-instance.ts', { env, nodeArgs, ready: '{"url"' });
    for (const slug of slugs) {
      const file = join(dataDir, `${slug}.tenant.yaml`);
      const { issuer } = provider;
      await writeFile(file, benchTenantFile({ issuer, upstreamUrl: upstream.url, slug, furtherServers }));
      const applied = await runCountersign(['apply', '-f', file], env);
      if (applied.code !== 0) throw new Error(`the tenant could not be applied:\n${applied.stderr}`);
    }
    const neighbour = urlOf('neighbour');
    const pidFile = readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8');
    return {
      upstream,
      bareProxy,
      instance: {
        url: urlOf('bench'),
        pids,
        ask: (question) =>
          new Promise((resolve) => {
            child.once('message', resolve);
            child.send(question);
          }),
      },
      access: await createAgentAccess(urlOf('bench'), sessions),
      ...(neighbourSessions > 0 && {
        neighbour: { url: neighbour, access: await createAgentAccess(neighbour, neighbourSessions) },
      }),
      env,
      postgresPid: Number(pidFile.split('\n')[0]),
      startServing: async (serving, args = [], more = {}) =>
        await start(serving, { args, env: { ...env, ...more }, ready: '{"url"' }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What an operator's shell would hold, and nothing of this one's settings. Both templates are fixed, for every process here serves the same tenant. */
function instanceEnvironment(port: number, dataDir: string, secret: string): NodeJS.ProcessEnv {
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_ENV: 'development',
    NEXT_TELEMETRY_DISABLED: '1',
    LOG_LEVEL: 'warn',
    // A crowd signs in from this one machine.
    BEGINNINGS_PER_MINUTE: '1000000',
    PORT: String(port),
    TENANT_URL: `http://localhost:${port}/t/{tenant}`,
    VIEWS_URL: `http://{label}.mcpapps.localhost:${port}`,
    DATA_DIR: dataDir,
    [SECRET_VARIABLES.identityProvider]: secret,
    [SECRET_VARIABLES.agent]: randomBytes(32).toString('base64url'),
  };
  return env as unknown as NodeJS.ProcessEnv;
}
