/**
 * Calls at a fixed rate, in a process of its own.
 * Usage: open-loop.ts. The first line of standard input is the job, further ones are `Renewal`s. Prints an `OpenLoopOutcome`
 * as one line of JSON at the end of each stretch, and ends by itself.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import type { OpenLoopClient, OpenLoopJob, OpenLoopOutcome, Renewal } from './open-loop-types.ts';
import { quantile } from './statistics.ts';

/** More calls than this are not under way at once; what is due then is not sent, and counted. */
const UNDER_WAY_MAX = 256;
const TICK_MS = 1;
const ANSWER_MS = 30_000;

const input = createInterface({ input: process.stdin });
const [first] = (await once(input, 'line')) as [string];
const job = JSON.parse(first) as OpenLoopJob;
const authorizations = job.clients.map(({ headers }) => headers['authorization'] ?? '');
input.on('line', (line) => {
  const { client, authorization } = JSON.parse(line) as Renewal;
  authorizations[client] = authorization;
});
/** Ids of requests under way in one session differ, so each call gets one of its own. */
const rests = job.clients.map(({ body }) => body.replace(/^\{"jsonrpc":"2\.0","id":\d+/, ''));
const paths = job.clients.map(({ url }) => new URL(url).pathname);
const pool = new Pool(new URL(job.clients[0]?.url ?? '').origin, {
  connections: UNDER_WAY_MAX,
  headersTimeout: ANSWER_MS,
  bodyTimeout: ANSWER_MS,
});

interface Stretch {
  readonly startedAt: number;
  readonly latencies: number[];
  due: number;
  unsent: number;
  failed: number;
  failure: string | undefined;
}

const startedAt = performance.now();
let underWay = 0;
let answeredInAll = 0;
let sequence = 0;
let stretch = newStretch(startedAt);
let settlesUntil = startedAt + (job.settleSeconds ?? 0) * 1_000;

function newStretch(at: number): Stretch {
  return { startedAt: at, latencies: [], due: 0, unsent: 0, failed: 0, failure: undefined };
}

const dueAt = (call: number): number => startedAt + (call * 1_000) / job.rate;

async function call(client: OpenLoopClient, which: number, id: number): Promise<void> {
  const due = dueAt(id);
  underWay += 1;
  try {
    const { statusCode, body } = await pool.request({
      path: paths[which] ?? '/',
      method: 'POST',
      headers: { ...client.headers, authorization: authorizations[which] ?? '' },
      body: `{"jsonrpc":"2.0","id":${id}${rests[which]}`,
    });
    const text = await body.text();
    // Denials and errors of JSON-RPC are HTTP 200 too: only what the upstream itself said counts.
    if (statusCode !== 200 || !text.includes(job.marker)) fail(`HTTP ${statusCode} ${text.slice(0, 300)}`);
    else succeed(performance.now() - due);
  } catch (error) {
    fail((error as Error).message);
  } finally {
    underWay -= 1;
  }
}

function succeed(milliseconds: number): void {
  answeredInAll += 1;
  stretch.latencies.push(milliseconds);
}

function fail(failure: string): void {
  stretch.failed += 1;
  stretch.failure ??= failure;
}

/** Sends what has become due. False once the time is over. */
function send(now: number): boolean {
  const end = startedAt + job.seconds * 1_000;
  while (dueAt(sequence) <= Math.min(now, end)) {
    const which = sequence % job.clients.length;
    const client = job.clients[which];
    stretch.due += 1;
    if (underWay >= UNDER_WAY_MAX || client === undefined) stretch.unsent += 1;
    else void call(client, which, sequence);
    sequence += 1;
  }
  return now < end;
}

function report(now: number): void {
  const { latencies, due, unsent, failed, failure } = stretch;
  const seconds = (now - stretch.startedAt) / 1_000;
  const sorted = Float64Array.from(latencies).sort();
  const outcome: OpenLoopOutcome = {
    seconds,
    due,
    unsent,
    answered: sorted.length,
    answered_in_all: answeredInAll,
    failed,
    ...(failure === undefined ? {} : { failure }),
    rps: sorted.length / seconds,
    p50_ms: quantile(sorted, 0.5),
    p99_ms: quantile(sorted, 0.99),
    max_ms: sorted.at(-1) ?? 0,
  };
  console.log(JSON.stringify(outcome));
  stretch = newStretch(now);
}

function tick(): void {
  const now = performance.now();
  const goesOn = send(now);
  if (now >= settlesUntil && settlesUntil > startedAt) {
    settlesUntil = startedAt;
    stretch = newStretch(now);
  }
  if (goesOn) {
    if (now - stretch.startedAt >= job.everySeconds * 1_000) report(now);
    setTimeout(tick, TICK_MS);
    return;
  }
  if (underWay > 0) {
    setTimeout(tick, TICK_MS);
    return;
  }
  report(now);
  input.close();
  process.stdin.destroy();
  void pool.close();
}
tick();
