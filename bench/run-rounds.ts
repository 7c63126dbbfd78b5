import { type Figures, measureRow } from './measure.ts';
import type { Row } from './rows.ts';
import { median } from './statistics.ts';

export interface RoundsOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly postgresPid: number;
  readonly say: (line: string) => void;
}

/** Medians per row. Rows take turns within each round, so that whatever else the machine does meets them all. */
export async function runRounds(
  rows: readonly Row[],
  connections: number,
  options: RoundsOptions,
): Promise<ReadonlyMap<string, Figures>> {
  const { rounds, seconds, postgresPid, say } = options;
  const runs = new Map<string, Figures[]>(rows.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      const figures = await measureRow(row, { connections, seconds, postgresPid });
      runs.get(row.name)?.push(figures);
      say(
        `${connections} connections, round ${round} of ${rounds}: ${row.name} ${Math.round(figures.rps)} calls/s, ${Math.round(figures.cpu_us)} µs`,
      );
    }
  }
  return new Map([...runs].map(([name, list]) => [name, medianFigures(list)]));
}

/** A run of the warm-up that is not this much cheaper than the one before it is the last one. */
const STILL_WARMING = 0.95;
const WARM_UP_RUNS_MAX = 8;

/**
 * Code that has not run yet is slow once, and that is not what is measured: each row runs until its calls no longer get
 * cheaper. The compiler takes some twenty seconds of load for the call path.
 */
export async function warmUp(
  rows: readonly Row[],
  { warmUpSeconds, postgresPid, say }: RoundsOptions,
): Promise<void> {
  for (const row of rows) {
    let before = Infinity;
    for (let run = 1; run <= WARM_UP_RUNS_MAX; run += 1) {
      const { cpu_us: cpu } = await measureRow(row, { connections: 64, seconds: warmUpSeconds, postgresPid });
      say(`warming up ${row.name}: ${Math.round(cpu)} µs`);
      if (cpu > before * STILL_WARMING) break;
      before = cpu;
    }
  }
}

function medianFigures(runs: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => median(runs.map((figures) => figures[name]));
  return {
    rps: of('rps'),
    p50_ms: of('p50_ms'),
    p99_ms: of('p99_ms'),
    cpu_us: of('cpu_us'),
    cpu_node_us: of('cpu_node_us'),
    cpu_postgres_us: of('cpu_postgres_us'),
  };
}
