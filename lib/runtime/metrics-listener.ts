import { createServer, type Server } from 'node:http';
import type { Telemetry } from '#lib/telemetry';

/** Serves `/metrics`; on a port of its own, so that a network policy can keep it apart. */
export function createMetricsServer(telemetry: Telemetry): Server {
  return createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    telemetry.metrics.render().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}
