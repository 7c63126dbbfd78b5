/**
 * A loopback address that stands before a Countersign server for clients that can't send a token. It adds the
 * Authorization header and writes Countersign's name where a request has the shim's own; everything else passes as it
 * is, both ways, as it comes.
 */
import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenShim {
  /** Has the path of what stands behind. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startTokenShim(target: string, token: string): Promise<TokenShim> {
  const behind = new URL(target);
  const server = createServer((request, response) => {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    relay(request, response, behind, headersFor(request, own, behind.host, token));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${behind.pathname}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Names and values in turn, in the order and spelling in which they came. */
function headersFor(request: IncomingMessage, own: string, theirs: string, token: string): string[] {
  const renamed = new Map([
    [own, theirs],
    [`http://${own}`, `http://${theirs}`],
  ]);
  const headers = request.rawHeaders.map((text, index) => {
    const name = request.rawHeaders[index - 1]?.toLowerCase();
    return index % 2 === 1 && (name === 'host' || name === 'origin') ? (renamed.get(text) ?? text) : text;
  });
  return [...headers, 'Authorization', `Bearer ${token}`];
}

function relay(request: IncomingMessage, response: ServerResponse, behind: URL, headers: string[]): void {
  const { hostname, port } = behind;
  // A connection of its own for each request: what one side ends, ends on the other.
  const onward = send({ hostname, port, path: request.url, method: request.method, headers, agent: false });
  onward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    response.flushHeaders();
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  onward.once('error', () => response.destroy());
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}
