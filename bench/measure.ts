import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { LoadJob, LoadOutcome } from './load-types.ts';
import { processTree, runProgram, watchCpu } from './processes.ts';
import type { Row } from './rows.ts';
import { MARKER } from './tenant-file.ts';

export interface Figures {
  readonly rps: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** CPU time per call of the row's own processes. */
  readonly cpu_us: number;
  readonly cpu_node_us: number;
  readonly cpu_postgres_us: number;
}

export interface RunOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly calls?: number;
  readonly postgresPid: number;
}

/** Calls of a run that is over may still be on their way through the log. */
const SETTLE_MS = 150;

/** One run of one row. @throws when an answer was not the success that is measured. */
export async function measureRow(row: Row, options: RunOptions): Promise<Figures> {
  const { connections, seconds, calls, postgresPid } = options;
  const clients = await row.clients(connections);
  await checkSample(row);
  const nodeCpu = watchCpu(() => row.pids);
  const postgresCpu = watchCpu(() => (row.usesPostgres ? processTree(postgresPid) : []));
  const job: LoadJob = {
    url: row.url,
    clients,
    seconds,
    marker: row.marker ?? MARKER,
    ...(calls === undefined ? {} : { calls }),
  };
  const outcome = await runProgram<LoadOutcome>('load.ts', job);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  if (outcome.failed > 0 || outcome.calls === 0)
    throw new Error(
      `${row.name} at ${connections} connections: ${outcome.failed} of ${outcome.calls} calls failed`,
    );
  const cpuNode = nodeCpu() / outcome.calls;
  const cpuPostgres = postgresCpu() / outcome.calls;
  return {
    rps: outcome.rps,
    p50_ms: outcome.p50_ms,
    p99_ms: outcome.p99_ms,
    cpu_us: cpuNode + cpuPostgres,
    cpu_node_us: cpuNode,
    cpu_postgres_us: cpuPostgres,
  };
}

/** One call by hand: it succeeds, and carries a receipt exactly where one must be. */
async function checkSample(row: Row): Promise<void> {
  const [client] = await row.clients(1);
  const { status, body } = await post(row.url, client?.headers ?? {}, client?.body ?? '');
  const isSuccess = status === 200 && body.includes(row.marker ?? MARKER);
  const isStamped = /"dev\.countersign\/receipt":\{"id":"[0-9a-f-]{36}","log":\{/.test(body);
  if (!isSuccess || isStamped !== row.stamped)
    throw new Error(`${row.name} does not answer as it must: HTTP ${status}\n${body.slice(0, 2_000)}`);
}

/** By `node:http`, because fetch sets the Host header by itself. */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ status: number | undefined; body: string }> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers }, (answer) => {
      text(answer).then((answered) => resolve({ status: answer.statusCode, body: answered }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
