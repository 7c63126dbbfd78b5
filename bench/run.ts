/**
 * `npm run bench`: what Countersign costs, against a bare proxy and against no proxy, in one alternating run.
 *   -- --json        one object on standard output and nothing else
 *   -- --quick       about a minute: one short round
 *   -- --listing     tools/list of 200 tools, filtered, instead
 *   -- --memory      memory over 100,000 calls instead
 *   -- --write       writes the figures into docs/performance.md, too
 *   -- --storage     what calls leave in the database instead
 *   -- --fairness    what one tenant's flood does to another one's calls, instead
 *   -- --no-ladder   without the ladder
 *   -- --profile <folder>   V8 CPU profile of the serving process (use with --memory or --quick --no-ladder)
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFairness, measureFairness, NEIGHBOUR_CONNECTIONS } from './fairness.ts';
import { climbLadder } from './ladder.ts';
import type { Figures } from './measure.ts';
import { MAIN_CONNECTIONS, renderJson, renderText } from './render-report.ts';
import { listingRow, listRows } from './rows.ts';
import { runRounds, type RoundsOptions, warmUp } from './run-rounds.ts';
import { type BenchStack, startStack } from './start-stack.ts';
import { watchMemory } from './watch-memory.ts';
import { writeFigures } from './write-figures.ts';
import { watchStorage } from './watch-storage.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    listing: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    storage: { type: 'boolean', default: false },
    fairness: { type: 'boolean', default: false },
    'no-ladder': { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const CONNECTIONS = [1, 16, MAIN_CONNECTIONS];
const LENGTHS = {
  full: { rounds: 3, seconds: 4, warmUpSeconds: 5, ladder: { rounds: 3, seconds: 2, warmUpSeconds: 3 } },
  quick: { rounds: 1, seconds: 1.5, warmUpSeconds: 1.5, ladder: { rounds: 1, seconds: 1, warmUpSeconds: 1 } },
};

const say = (line: string) => process.stderr.write(`${line}\n`);
const nodeArgs = [
  ...(values.memory ? ['--expose-gc'] : []),
  ...(values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder(values.profile)}`]),
];
const stack = await startStack({
  sessions: Math.max(...CONNECTIONS),
  ...(values.fairness && { neighbourSessions: NEIGHBOUR_CONNECTIONS }),
  nodeArgs,
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stack.stop().finally(() => process.exit(1)));
try {
  console.log(await report(stack));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await stack.stop();
}

async function report(stack: BenchStack): Promise<string> {
  if (values.listing) return await reportListing(stack);
  if (values.storage) return JSON.stringify(await watchStorage(stack, say));
  if (values.memory) return await reportMemory(stack);
  if (!values.fairness) return await reportSpeed(stack);
  const measured = await measureFairness(stack, say);
  return values.json ? JSON.stringify(measured) : describeFairness(measured);
}

async function reportSpeed(stack: BenchStack): Promise<string> {
  const { ladder: ladderLength, ...length } = values.quick ? LENGTHS.quick : LENGTHS.full;
  const options: RoundsOptions = { ...length, postgresPid: stack.postgresPid, say };
  const rows = await listRows(stack);
  await warmUp(rows, options);
  const byConnections = new Map<number, ReadonlyMap<string, Figures>>();
  for (const connections of CONNECTIONS)
    byConnections.set(connections, await runRounds(rows, connections, options));
  const ladder = values['no-ladder']
    ? { rungs: [], beside: [] }
    : await climbLadder(stack, rows, MAIN_CONNECTIONS, { ...options, ...ladderLength });
  const report = { byConnections, ladder };
  if (values.write) writeFigures('speed', renderText(report));
  return values.json ? renderJson(report) : renderText(report);
}

async function reportListing(stack: BenchStack): Promise<string> {
  const { ladder: _, ...length } = values.quick ? LENGTHS.quick : LENGTHS.full;
  const options: RoundsOptions = { ...length, postgresPid: stack.postgresPid, say };
  const rows = [listingRow(stack)];
  await warmUp(rows, options);
  const byConnections = new Map<number, ReadonlyMap<string, Figures>>();
  for (const connections of [1, 16])
    byConnections.set(connections, await runRounds(rows, connections, options));
  const report = { byConnections, ladder: { rungs: [], beside: [] } };
  if (values.write) writeFigures('listing', renderText(report));
  return values.json ? renderJson(report) : renderText(report);
}

async function reportMemory(stack: BenchStack): Promise<string> {
  const report = await watchMemory(stack, say);
  if (!report.flat) process.exitCode = 1;
  if (values.json) return JSON.stringify(report);
  return report.flat ? 'Memory is flat.' : 'Memory grows.';
}

function profileFolder(folder: string): string {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  return path;
}
