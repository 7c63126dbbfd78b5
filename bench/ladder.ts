import { countersignRow, type Row } from './rows.ts';
import { runRounds, type RoundsOptions, warmUp } from './run-rounds.ts';
import { RUNGS } from './rungs.ts';
import type { BenchStack } from './start-stack.ts';

export interface LadderRung {
  readonly without: string;
  readonly rps: number;
  readonly cpu_us: number;
}

/** Beside the rungs, in turns with them: what they are compared with. */
export interface Ladder {
  readonly rungs: readonly LadderRung[];
  readonly beside: readonly LadderRow[];
}

export interface LadderRow {
  readonly name: string;
  readonly rps: number;
  readonly cpu_us: number;
}

/** Rows of the table that are measured again with the ladder, for figures of other minutes do not compare. */
const BESIDE = ['bare_proxy', 'countersign'];

/** Every rung in a process of its own, all at the same number of connections, taking turns. */
export async function climbLadder(
  stack: BenchStack,
  measured: readonly Row[],
  connections: number,
  options: RoundsOptions,
): Promise<Ladder> {
  const beside = measured.filter(({ name }) => BESIDE.includes(name));
  const rows: Row[] = [];
  for (const { without, server, stamped } of RUNGS) {
    const serving = await stack.startServing('serve-rung.ts', [without]);
    rows.push(countersignRow(stack, { name: without, serving, server, stamped }));
  }
  await warmUp(rows, options);
  const figures = await runRounds([...beside, ...rows], connections, options);
  const of = ({ name }: Row) => {
    const { rps, cpu_us } = figures.get(name) ?? { rps: Number.NaN, cpu_us: Number.NaN };
    return { name, rps, cpu_us };
  };
  return {
    rungs: rows.map(of).map(({ name, ...rest }) => ({ without: name, ...rest })),
    beside: beside.map(of),
  };
}
