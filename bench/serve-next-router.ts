/**
 * The same instance behind Next alone: every request goes through Next's own router to `app/t/[tenant]/mcp/[server]`,
 * as under plain `next start`. Prints `{"url"}` and runs until its standard input ends.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import next from 'next';
import { startRuntime } from '#lib/runtime';

/** Next is CommonJS: its default export is what Node imports, its types say otherwise. */
const createNext = next as unknown as typeof next.default;

const runtime = await startRuntime({ ...process.env, METRICS_PORT: '0' });
const application = createNext({ dev: false, dir: join(import.meta.dirname, '..'), quiet: true });
await application.prepare();
const handle = application.getRequestHandler();
const { clientAddress, requestId } = runtime.internalHeaders;
const server = createServer((request, response) => {
  // What our own listener tells Next's handlers, too.
  const told = [clientAddress, request.socket.remoteAddress ?? '', requestId, runtime.telemetry.requestId()];
  request.rawHeaders.push(...told);
  [request.headers[clientAddress], request.headers[requestId]] = [told[1], told[3]];
  void handle(request, response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.on('SIGTERM', () => undefined);
process.stdin
  .on('end', () => {
    server.closeAllConnections();
    server.close();
    void application
      .close()
      .then(() => runtime.close())
      .then(() => process.exit(0));
  })
  .resume();
