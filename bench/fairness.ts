import type { LoadJob, LoadOutcome } from './load-types.ts';
import { type Mode, verdict } from './mode.ts';
import { runProgram } from './processes.ts';
import { countersignRow, type Row } from './rows.ts';
import type { BenchStack } from './start-stack.ts';
import { median } from './statistics.ts';
import { MARKER } from './tenant-file.ts';

/** A neighbour who calls now and then, and one who floods. */
const NEIGHBOUR_CONNECTIONS = 1;
const FLOOD_CONNECTIONS = 64;
const FULL = { rounds: 5, seconds: 4, warmUpSeconds: 3 };
const QUICK = { rounds: 1, seconds: 2, warmUpSeconds: 1.5 };
/** The flood begins before and ends after what is measured. */
const MARGIN_SECONDS = 1;
/** Of a tenant's p99 while others flood, in terms of its own without them. */
const RATIO_MAX = 2;

interface FairnessReport {
  readonly idle: Latency;
  readonly flooded: Latency;
  readonly ratio: Latency;
  /** The flood's calls per second, alone and beside its neighbour. */
  readonly flood_rps: { readonly alone: number; readonly beside: number };
}

interface Latency {
  readonly p50_ms: number;
  readonly p99_ms: number;
}

export const fairness: Mode = {
  stack: () => ({ sessions: FLOOD_CONNECTIONS, neighbourSessions: NEIGHBOUR_CONNECTIONS }),
  measure: async (stack, { quick, say }) => {
    const figures = await measureFairness(stack, quick ? QUICK : FULL, say);
    return { figures, text: describeFairness(figures), sound: true };
  },
};

/** What one tenant's calls take while nobody else calls, and while another tenant floods; in alternating rounds. */
async function measureFairness(
  stack: BenchStack,
  { rounds, seconds, warmUpSeconds }: typeof FULL,
  say: (line: string) => void,
): Promise<FairnessReport> {
  const { neighbour, instance } = stack;
  if (neighbour === undefined) throw new Error('there is no second tenant');
  const flood = countersignRow(stack, { name: 'flood', serving: instance, server: 'ledger' });
  const quiet = countersignRow(
    { ...stack, access: neighbour.access, instance: { ...instance, url: neighbour.url } },
    // The process takes the calls at its own address, whatever the tenant.
    { name: 'neighbour', serving: instance, server: 'ledger' },
  );
  const alone = await load(flood, FLOOD_CONNECTIONS, warmUpSeconds);
  await load(quiet, NEIGHBOUR_CONNECTIONS, warmUpSeconds);
  const [idle, flooded, floods]: [LoadOutcome[], LoadOutcome[], LoadOutcome[]] = [[], [], []];
  for (let round = 1; round <= rounds; round += 1) {
    idle.push(await load(quiet, NEIGHBOUR_CONNECTIONS, seconds));
    const flooding = load(flood, FLOOD_CONNECTIONS, seconds + 2 * MARGIN_SECONDS);
    await pause(MARGIN_SECONDS);
    flooded.push(await load(quiet, NEIGHBOUR_CONNECTIONS, seconds));
    floods.push(await flooding);
    say(
      `round ${round} of ${rounds}: p99 ${idle.at(-1)?.p99_ms.toFixed(1)} ms idle, ${flooded.at(-1)?.p99_ms.toFixed(1)} ms flooded`,
    );
  }
  const [calm, busy] = [latencyOf(idle), latencyOf(flooded)];
  return {
    idle: calm,
    flooded: busy,
    ratio: { p50_ms: busy.p50_ms / calm.p50_ms, p99_ms: busy.p99_ms / calm.p99_ms },
    flood_rps: { alone: alone.rps, beside: median(floods.map(({ rps }) => rps)) },
  };
}

async function load(row: Row, connections: number, seconds: number): Promise<LoadOutcome> {
  const clients = await row.clients(connections);
  const job: LoadJob = { url: row.url, clients, seconds, marker: MARKER };
  const outcome = await runProgram<LoadOutcome>('load.ts', job);
  if (outcome.failed > 0) throw new Error(`${row.name}: ${outcome.failed} of ${outcome.calls} calls failed`);
  return outcome;
}

function latencyOf(outcomes: readonly LoadOutcome[]): Latency {
  return {
    p50_ms: median(outcomes.map(({ p50_ms }) => p50_ms)),
    p99_ms: median(outcomes.map(({ p99_ms }) => p99_ms)),
  };
}

async function pause(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

function describeFairness({ idle, flooded, ratio, flood_rps: flood }: FairnessReport): string {
  const line = (name: string, { p50_ms, p99_ms }: Latency, unit: string) =>
    `${name.padEnd(28)} p50 ${p50_ms.toFixed(2)}${unit}  p99 ${p99_ms.toFixed(2)}${unit}`;
  return [
    line('a tenant by itself', idle, ' ms'),
    line('beside one that floods', flooded, ' ms'),
    line('ratio', ratio, ''),
    `the flood: ${Math.round(flood.alone)} calls/s by itself, ${Math.round(flood.beside)} beside its neighbour`,
    verdict(`a neighbour's p99 within ${RATIO_MAX} times of what it is by itself`, ratio.p99_ms <= RATIO_MAX),
  ].join('\n');
}
