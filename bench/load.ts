/**
 * One measured run of the load generator, in a process of its own.
 * Usage: load.ts, with the job as JSON on standard input. Prints a `LoadOutcome` as one line of JSON.
 */
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { LoadJob, LoadOutcome } from './load-types.ts';
import { quantile } from './statistics.ts';

const job = JSON.parse(await text(process.stdin)) as LoadJob;
const latencies: number[] = [];
let connection = 0;

const result = await new Promise<autocannon.Result>((resolve, reject) => {
  const running = autocannon(
    {
      url: job.url,
      method: 'POST',
      connections: job.clients.length,
      ...(job.calls === undefined ? { duration: job.seconds } : { amount: job.calls }),
      // Each connection is an agent of its own: its session, and its JSON-RPC id.
      setupClient: (client) => {
        const { headers, body } = job.clients[connection++ % job.clients.length] ?? { headers: {}, body: '' };
        client.setHeadersAndBody(headers, body);
      },
      // Denials and errors of JSON-RPC are HTTP 200 too: only what the upstream itself said counts.
      verifyBody: (body) => typeof body === 'string' && body.includes(job.marker),
    },
    (error: Error | null, outcome) => (error ? reject(error) : resolve(outcome)),
  );
  running.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
});

const sorted = Float64Array.from(latencies).sort();
const outcome: LoadOutcome = {
  calls: result['2xx'],
  failed: result.non2xx + result.errors + result.timeouts + result.mismatches,
  rps: result['2xx'] / result.duration,
  p50_ms: quantile(sorted, 0.5),
  p99_ms: quantile(sorted, 0.99),
};
console.log(JSON.stringify(outcome));
