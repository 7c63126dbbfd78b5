import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DRAIN_GRACE_MS,
  DRAIN_SWEEP_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from './constants.ts';
import { createDispatcher } from './dispatch-request.ts';
import { createMetricsServer } from './metrics-listener.ts';
import { createBrokenRequestHandler, createExpectationHandler } from './refuse-broken-request.ts';
import { createStaticFiles, type ServeStatic } from './serve-static.ts';
import type { Listening, ListenOptions, NodeHandler, Runtime } from './types.ts';

/**
 * The process's HTTP listener. MCP goes to the gateway without Web objects; the hot route files are mounted past
 * Next's router; all else is Next's. A request that matches no address of ours is 421, whatever it asks for.
 * @throws when the port is taken, with words that say so.
 */
export async function listen(runtime: Runtime, options: ListenOptions): Promise<Listening> {
  const files = createStaticFiles(options.staticFolder, runtime.addresses.https);
  const dispatch = createDispatcher(runtime, { ...options, next: before(options.next, files) });
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // Next listens for upgrades by itself: they would come past the dispatcher, and hang on for ever without a limit.
      shouldUpgradeCallback: () => false,
    },
    dispatch,
  );
  server.on('clientError', createBrokenRequestHandler(runtime.addresses.https));
  server.on('checkExpectation', createExpectationHandler(runtime.addresses.https));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  const { host, port, metricsPort, drainMs, drainDelayMs } = runtime.config;
  await listenOn(server, host, { port, variable: 'PORT' });
  const metrics = createMetricsServer(runtime.telemetry);
  try {
    await listenOn(metrics, host, { port: metricsPort, variable: 'METRICS_PORT' });
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    port: (server.address() as AddressInfo).port,
    metricsPort: (metrics.address() as AddressInfo).port,
    close: async () => {
      runtime.health.drain();
      // A load balancer takes a moment to notice: what it still sends is answered.
      await pause(drainDelayMs);
      // The gateway ends the streams that agents keep open: they would hold the drain to its limit.
      await Promise.all([drain(server, drainMs + DRAIN_GRACE_MS), runtime.gateway.close()]);
      metrics.close();
    },
  };
}

/** The build's own files are answered without Next; all else is its. */
function before(next: NodeHandler, serveStatic: ServeStatic): NodeHandler {
  return (request, response) => {
    if (!serveStatic(request, response)) next(request, response);
  };
}

interface WantedPort {
  readonly port: number;
  /** The setting that it came from. */
  readonly variable: string;
}

async function listenOn(server: Server, host: string, { port, variable }: WantedPort): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new Error(`port ${port} is in use: stop what listens there, or set ${variable} to another one`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

async function drain(server: Server, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection whose last answer is out is idle from then on, and would be kept alive.
  const sweep = setInterval(() => server.closeIdleConnections(), DRAIN_SWEEP_MS);
  const force = setTimeout(() => server.closeAllConnections(), limitMs);
  await closed;
  clearTimeout(force);
  clearInterval(sweep);
}
