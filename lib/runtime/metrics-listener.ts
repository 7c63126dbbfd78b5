import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Telemetry } from '#lib/telemetry';

/** Serves `/metrics` on a port of its own, so that a network policy can keep it apart. Resolves with the port. */
export async function listenForMetrics(
  telemetry: Telemetry,
  host: string,
  port: number,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    telemetry.metrics.render().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, server };
}
