/**
 * One measured run of the load generator, in a process of its own.
 * Usage: load.ts <json: {url, headers, body, connections, seconds}>. Prints `{"calls", "failed", "rps", "p50_ms", "p99_ms"}`.
 */
import autocannon from 'autocannon';

interface Job {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const outcome = await autocannon({
  url: job.url,
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...job.headers,
  },
  body: job.body,
  connections: job.connections,
  duration: job.seconds,
});

console.log(
  JSON.stringify({
    calls: outcome['2xx'],
    failed: outcome.non2xx + outcome.errors + outcome.timeouts,
    rps: Math.round(outcome['2xx'] / outcome.duration),
    p50_ms: outcome.latency.p50,
    p99_ms: outcome.latency.p99,
  }),
);
