import { freePort } from '../e2e/demo/ports.ts';
import type { Figures } from './measure.ts';
import type { Mode } from './mode.ts';
import { MAIN_CONNECTIONS, renderText } from './render-report.ts';
import { countersignRow, plainRow, type Row } from './rows.ts';
import { runRounds, warmUp } from './run-rounds.ts';
import type { BenchStack } from './start-stack.ts';

const WORKERS = [1, 2];
const CONNECTIONS = [1, 16, MAIN_CONNECTIONS];
const FULL = { rounds: 3, seconds: 4, warmUpSeconds: 4 };
const QUICK = { rounds: 1, seconds: 1.5, warmUpSeconds: 1.5 };

/** One process and several on one port, in turns: what the cores that are left over give. */
export const compareWorkers: Mode = {
  stack: () => ({ sessions: MAIN_CONNECTIONS }),
  measure: async (stack, { quick, say }) => {
    const options = { ...(quick ? QUICK : FULL), postgresPid: stack.postgresPid, say };
    const rows = [plainRow(stack, 'bare_proxy', stack.bareProxy)];
    for (const count of WORKERS) rows.push(await startWorkers(stack, count));
    await warmUp(rows, options);
    const byConnections = new Map<number, ReadonlyMap<string, Figures>>();
    for (const connections of CONNECTIONS)
      byConnections.set(connections, await runRounds(rows, connections, options));
    const figures = Object.fromEntries(
      [...byConnections].map(([connections, found]) => [connections, Object.fromEntries(found)]),
    );
    const text = renderText({ byConnections, ladder: { rungs: [], beside: [] } });
    return { figures, text, sound: true };
  },
};

async function startWorkers(stack: BenchStack, count: number): Promise<Row> {
  const env = { PORT: String(await freePort()), WORKERS: String(count) };
  const serving = await stack.startServing('serve-workers.ts', [], env);
  return countersignRow(stack, { name: `workers_${count}`, serving, server: 'ledger' });
}
