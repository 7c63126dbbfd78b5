/** An instance behind Next's own router, without our listener. Prints `{"port"}`; serves until SIGTERM. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import next from 'next';
import { startRuntime } from '#lib/runtime';

/** Next is CommonJS: its default export is what Node imports, its types say otherwise. */
const createNext = next as unknown as typeof next.default;

const runtime = await startRuntime(process.env);
const application = createNext({ dev: false, dir: join(import.meta.dirname, '../..'), quiet: true });
await application.prepare();
const handle = application.getRequestHandler();
const server = createServer((request, response) => void handle(request, response));
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void application
    .close()
    .then(() => runtime.close())
    .then(() => process.exit(0));
});
