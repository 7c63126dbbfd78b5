/**
 * One serving process: Next's request handler and the hot route files, handed to the runtime's listener.
 * `countersign serve` runs this, once or, with WORKERS, as several processes on one port.
 */
import cluster from 'node:cluster';
import { join } from 'node:path';
import next from 'next';
import { type HotRoute, listen, type Runtime, startRuntime } from '#lib/runtime';
import * as wellKnown from '../app/.well-known/[name]/t/[tenant]/[[...path]]/route.ts';
import * as logFile from '../app/t/[tenant]/log/[log]/[...path]/route.ts';
import * as trust from '../app/t/[tenant]/log/trust.json/route.ts';
import * as mintJwks from '../app/t/[tenant]/mint/jwks/route.ts';
import * as oauth from '../app/t/[tenant]/oauth/[...path]/route.ts';
import * as oauthJwks from '../app/t/[tenant]/oauth/jwks/route.ts';

const ROOT = join(import.meta.dirname, '..');

/** Next is CommonJS: its default export is what Node imports, its types say otherwise. */
const createNext = next as unknown as typeof next.default;

/** The more exact pattern stands first. MCP itself never comes this far: the listener feeds the gateway directly. */
const HOT_ROUTES: readonly HotRoute[] = [
  { pattern: '/t/[tenant]/oauth/jwks', module: oauthJwks },
  { pattern: '/t/[tenant]/oauth/[...path]', module: oauth },
  { pattern: '/t/[tenant]/mint/jwks', module: mintJwks },
  { pattern: '/t/[tenant]/log/trust.json', module: trust },
  { pattern: '/t/[tenant]/log/[log]/[...path]', module: logFile },
  { pattern: '/.well-known/[name]/t/[tenant]/[[...path]]', module: wellKnown },
];

export interface Served {
  readonly runtime: Runtime;
  readonly port: number;
  readonly metricsPort: number;
  stop(): Promise<void>;
}

/** Starts everything and listens. Rejects, with words, when it can't: a taken port, an unsafe configuration, no database. */
export async function serve(env: Record<string, string | undefined>): Promise<Served> {
  const runtime = await startRuntime(env);
  try {
    const application = createNext({ dev: false, dir: ROOT, quiet: true });
    await application.prepare();
    const listening = await listen(runtime, {
      routes: HOT_ROUTES,
      next: application.getRequestHandler(),
      staticFolder: join(ROOT, '.next/static'),
    });
    return {
      runtime,
      port: listening.port,
      metricsPort: listening.metricsPort,
      stop: async () => {
        await listening.close();
        await application.close();
        await runtime.close();
      },
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** Serves until SIGTERM or SIGINT; then drains and exits 0. */
export async function serveUntilStopped(env: Record<string, string | undefined>): Promise<void> {
  const workers = Number(env['WORKERS'] ?? '1');
  if (cluster.isPrimary && workers > 1) {
    superviseWorkers(workers);
    return;
  }
  const served = await serve(env).catch((error: unknown) => {
    // The channel to its primary would keep a worker alive for ever.
    cluster.worker?.disconnect();
    throw error;
  });
  served.runtime.database.lease.onFenced(() => {
    console.error(
      'this process was declared dead while it was away; it ends, so that a new one takes its place',
    );
    void served.stop().finally(() => process.exit(1));
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      served.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
  // Last: whoever reads it may send a signal at once.
  announce(served);
}

/**
 * Several processes on one port: one that dies is replaced, and all stop together. One that never came up (a taken
 * port, a refused configuration) would not come up the second time either: then all end, with 1.
 */
function superviseWorkers(workers: number): void {
  let stopping = false;
  const up = new Set<number>();
  const stop = (signal: NodeJS.Signals) => {
    stopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  };
  for (let count = 0; count < workers; count += 1) cluster.fork();
  cluster.on('listening', ({ id }) => up.add(id));
  cluster.on('exit', ({ id }) => {
    if (stopping) return;
    if (up.delete(id)) {
      cluster.fork();
      return;
    }
    process.exitCode = 1;
    stop('SIGTERM');
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
}

function announce({ runtime, port, metricsPort }: Served): void {
  const { host, tenantUrl } = runtime.config;
  console.log(
    JSON.stringify({
      listening: `http://${host}:${port}`,
      metrics: `http://${host}:${metricsPort}/metrics`,
      tenant_url: tenantUrl,
    }),
  );
}
