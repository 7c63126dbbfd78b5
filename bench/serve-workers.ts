/**
 * Countersign as `countersign serve` runs it with WORKERS. Prints `{"url","pids"}` once all of them listen, and ends
 * on SIGTERM.
 */
import cluster from 'node:cluster';
import { serveUntilStopped } from '../bin/serve.ts';

const { PORT: port, WORKERS: workers } = process.env;
const url = `http://127.0.0.1:${port}`;
const listening = new Set<number>();
cluster.on('listening', ({ id }, address) => {
  if (address.port !== Number(port)) return;
  listening.add(id);
  if (listening.size < Number(workers)) return;
  const forked = Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid ?? 0);
  console.log(JSON.stringify({ url, pids: [process.pid, ...forked] }));
});
await serveUntilStopped(process.env);
if (Number(workers) === 1) console.log(JSON.stringify({ url, pids: [process.pid] }));
