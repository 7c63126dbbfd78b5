import { countersignRow, type Row } from './rows.ts';
import { runRounds, type RoundsOptions, warmUp } from './run-rounds.ts';
import { RUNGS } from './rungs.ts';
import type { BenchStack } from './start-stack.ts';

export interface LadderRung {
  readonly without: string;
  readonly rps: number;
  readonly cpu_us: number;
}

/** Every rung in a process of its own, all at the same number of connections, taking turns. */
export async function climbLadder(
  stack: BenchStack,
  connections: number,
  options: RoundsOptions,
): Promise<readonly LadderRung[]> {
  const rows: Row[] = [];
  for (const { without, server, stamped } of RUNGS) {
    const serving = await stack.startServing('serve-rung.ts', [without]);
    rows.push(countersignRow(stack, { name: without, serving, server, stamped }));
  }
  await warmUp(rows, options);
  const figures = await runRounds(rows, connections, options);
  return [...figures].map(([without, { rps, cpu_us }]) => ({ without, rps, cpu_us }));
}
