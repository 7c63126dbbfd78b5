/** The product's own route files over modules that stand on a given database: what an instance can't be told to do. */
import { createServer, type Server } from 'node:http';
import { loadConfig } from '#lib/config';
import type { Database } from '#lib/db';
import { webExchange } from '#lib/gateway';
import { readSsoProblem } from '#lib/identity';
import type { HotRoute, RouteModule, Runtime } from '#lib/runtime';
import { createTelemetry } from '#lib/telemetry';
import { buildModules } from '../../lib/runtime/build-modules.ts';
import { createDispatcher } from '../../lib/runtime/dispatch-request.ts';
import { createHealth } from '../../lib/runtime/health.ts';
import { createHttpServices, createInternalHeaders } from '../../lib/runtime/http-services.ts';
import { metadataOf } from '../../lib/runtime/metadata.ts';
import { publishRuntime } from '../../lib/runtime/registry.ts';

export interface InProcess {
  readonly runtime: Pick<
    Runtime,
    'identity' | 'oauth' | 'registry' | 'receipts' | 'console' | 'vault' | 'policy' | 'manifest'
  >;
  /** Where it listens; it answers to the names of the instance whose environment it was given. */
  readonly port: number;
  stop(): Promise<void>;
}

/** `files` are route files by path; pages need Next and are left out. */
export async function serveInProcess(
  database: Database,
  environment: NodeJS.ProcessEnv,
  files: readonly string[],
): Promise<InProcess> {
  const config = loadConfig(environment);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const telemetry = createTelemetry({ level: 'fatal' });
  const modules = await buildModules({ config: config.value, telemetry, database, environment });
  const internalHeaders = createInternalHeaders();
  const runtime = {
    ...modules,
    internalHeaders,
    http: createHttpServices(modules, internalHeaders),
    health: createHealth(modules),
    serveMcp: (request: Request, route: Parameters<Runtime['serveMcp']>[1]) =>
      webExchange(request, route, modules.gateway.handle),
    metadata: ((tenant, name, below) => metadataOf(modules, tenant, name, below)) as Runtime['metadata'],
    readSsoProblem,
  } as unknown as Runtime;
  publishRuntime(runtime);
  const routes = await Promise.all(files.map(loadRoute));
  // The more exact pattern first, as Next orders them.
  routes.sort((a, b) => a.pattern.split('[').length - b.pattern.split('[').length);
  const dispatch = createDispatcher(runtime, {
    routes,
    next: (_request, response) => response.writeHead(404).end(),
  });
  const server = createServer(dispatch);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    runtime,
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    stop: async () => {
      await closeServer(server);
      publishRuntime(undefined);
      await modules.gateway.close();
      modules.oauth.close();
      modules.registry.close();
      modules.policy.close();
      await modules.receipts.close();
      await modules.identity.close();
      modules.keys.close();
      await modules.egress.close();
    },
  };
}

async function loadRoute(file: string): Promise<HotRoute> {
  const module = (await import(/* @vite-ignore */ `../../${file}`)) as RouteModule;
  const pattern = file
    .replace(/^app/, '')
    .replace(/\/route\.ts$/, '')
    .replaceAll(/\/\([^)]+\)/g, '');
  return { pattern, module };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
