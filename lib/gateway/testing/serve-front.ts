import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { TenantRecord } from '#lib/identity';
import { nodeExchange } from '../node-exchange.ts';
import type { Gateway } from '../types.ts';
import type { Modules } from './modules.ts';

/** What stands around a gateway. */
export interface Surroundings {
  readonly tenant: TenantRecord;
  readonly minting: Modules['minting'];
  /** Where everything but the data plane is served. */
  readonly insidePort: number;
}

/** One address for all of a tenant. Returns how to close it. */
export async function serveFront(
  port: number,
  around: Surroundings,
  gateway: () => Gateway,
): Promise<() => Promise<void>> {
  const front = createServer((request, response) => serve(request, response, around, gateway()));
  await new Promise<void>((resolve) => front.listen(port, 'localhost', resolve));
  return async () => await closeServer(front);
}

/** The data plane directly; everything else is what stands around it. */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { tenant, insidePort, minting }: Surroundings,
  gateway: Gateway,
): void {
  const path = request.url ?? '/';
  const segment = /^\/t\/acme\/mcp\/([^/?]*)/.exec(path)?.[1];
  if (segment !== undefined) {
    const route = { tenant, serverSegment: segment, ip: '192.0.2.7', requestId: 'test' };
    return gateway.handle(nodeExchange(request, response, route));
  }
  if (path === '/t/acme/mint/jwks') {
    void minting.jwks(tenant).then((jwks) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(jwks));
    });
    return;
  }
  const options = {
    host: 'localhost',
    port: insidePort,
    path,
    method: request.method,
    headers: request.headers,
  };
  const inner = forward(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  inner.once('error', () => response.destroy());
  request.pipe(inner);
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
