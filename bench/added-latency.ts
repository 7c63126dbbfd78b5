import { measureRow } from './measure.ts';
import { type Mode, type ModeOptions, verdict } from './mode.ts';
import { runOpenLoad } from './open-load.ts';
import type { OpenLoopOutcome } from './open-loop-types.ts';
import { MAIN_CONNECTIONS } from './render-report.ts';
import { countersignRow, plainRow, type Row } from './rows.ts';
import type { BenchStack } from './start-stack.ts';
import { median } from './statistics.ts';
import { MARKER } from './tenant-file.ts';
import { textTable } from './text-table.ts';

const FULL = { rounds: 5, seconds: 6, warmUpSeconds: 4 };
const QUICK = { rounds: 1, seconds: 2, warmUpSeconds: 1.5 };
const WARM_UP_RUNS = 5;
const ADDED_P50_MS_MAX = 2;
const ADDED_P99_MS_MAX = 10;

interface Latency {
  readonly rps: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** What a call takes at half of the rate that is possible, through Countersign and without it, in turns. */
export const addedLatency: Mode = {
  stack: () => ({ sessions: MAIN_CONNECTIONS }),
  measure: async (stack, options) => {
    const length = options.quick ? QUICK : FULL;
    const direct = plainRow(stack, 'direct', stack.upstream);
    const through = countersignRow(stack, {
      name: 'countersign',
      serving: stack.instance,
      server: 'ledger',
    });
    const most = await highestRate(stack, through, length, options);
    const rate = Math.round(most / 2);
    const runs: { direct: OpenLoopOutcome[]; through: OpenLoopOutcome[] } = { direct: [], through: [] };
    for (let round = 1; round <= length.rounds; round += 1) {
      runs.direct.push(await atRate(direct, rate, length.seconds));
      runs.through.push(await atRate(through, rate, length.seconds));
      const [without, with_] = [runs.direct.at(-1)?.p99_ms ?? 0, runs.through.at(-1)?.p99_ms ?? 0];
      options.say(
        `round ${round} of ${length.rounds}: p99 ${without.toFixed(2)} ms direct, ${with_.toFixed(2)} ms through`,
      );
    }
    const [plain, served] = [latencyOf(runs.direct), latencyOf(runs.through)];
    const added = { p50_ms: served.p50_ms - plain.p50_ms, p99_ms: served.p99_ms - plain.p99_ms };
    const figures = { most_rps: most, rate, direct: plain, countersign: served, added };
    return { figures, text: describe(figures), sound: true };
  },
};

async function highestRate(
  { postgresPid }: BenchStack,
  row: Row,
  { rounds, seconds, warmUpSeconds }: typeof FULL,
  { say }: ModeOptions,
): Promise<number> {
  const run = async (length: number) =>
    await measureRow(row, { connections: MAIN_CONNECTIONS, seconds: length, postgresPid });
  // The compiler takes some twenty seconds of load for the call path.
  for (let each = 0; each < WARM_UP_RUNS; each += 1) await run(warmUpSeconds);
  const rates: number[] = [];
  for (let round = 0; round < Math.min(3, rounds); round += 1) rates.push((await run(seconds)).rps);
  say(`at most ${Math.round(median(rates))} calls/s at ${MAIN_CONNECTIONS} connections`);
  return median(rates);
}

async function atRate(row: Row, rate: number, seconds: number): Promise<OpenLoopOutcome> {
  const clients = (await row.clients(MAIN_CONNECTIONS)).map((client) => ({ ...client, url: row.url }));
  return await runOpenLoad({ clients, rate, seconds, marker: MARKER });
}

function latencyOf(outcomes: readonly OpenLoopOutcome[]): Latency {
  return {
    rps: median(outcomes.map(({ rps }) => rps)),
    p50_ms: median(outcomes.map(({ p50_ms }) => p50_ms)),
    p99_ms: median(outcomes.map(({ p99_ms }) => p99_ms)),
  };
}

interface Figures {
  readonly most_rps: number;
  readonly rate: number;
  readonly direct: Latency;
  readonly countersign: Latency;
  readonly added: Omit<Latency, 'rps'>;
}

function describe({ most_rps: most, rate, direct, countersign, added }: Figures): string {
  const line = (name: string, { rps, p50_ms, p99_ms }: Partial<Latency>) => [
    name,
    rps === undefined ? '' : String(Math.round(rps)),
    p50_ms?.toFixed(2) ?? '',
    p99_ms?.toFixed(2) ?? '',
  ];
  const lines = [line('direct', direct), line('countersign', countersign), line('added', added)];
  return [
    `${rate} calls/s, half of the ${Math.round(most)} that ${MAIN_CONNECTIONS} connections reach`,
    textTable(['row', 'calls/s', 'p50 ms', 'p99 ms'], lines),
    verdict(`at most ${ADDED_P50_MS_MAX} ms added at p50`, added.p50_ms <= ADDED_P50_MS_MAX),
    verdict(`at most ${ADDED_P99_MS_MAX} ms added at p99`, added.p99_ms <= ADDED_P99_MS_MAX),
  ].join('\n');
}
