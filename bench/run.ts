/**
 * `npm run bench`: what Countersign costs, against a bare proxy and against no proxy, in one alternating run.
 *   -- --json        one object on standard output and nothing else
 *   -- --quick       about a minute: one short round
 *   -- --write       writes the figures into docs/performance.md, too
 *   -- --no-ladder   without the ladder
 *   -- --profile <folder>   V8 CPU profile of the serving process (use with --memory or --quick --no-ladder)
 * Or one question instead:
 *   -- --listing     tools/list of 200 tools, filtered
 *   -- --memory      memory over 100,000 calls
 *   -- --storage     what calls leave in the database
 *   -- --fairness    what one tenant's flood does to another one's calls
 *   -- --latency     what a call takes longer than directly, at half of the highest rate
 *   -- --workers     one process and two, in turns
 *   -- --sessions [10000]   memory of idle sessions, and of their open streams
 *   -- --tenants [1,100,2000]   calls spread over so many tenants
 *   -- --rows [1000000,10000000]   appends beside so many receipts, and beside none
 *   -- --soak [--minutes 10] [--rate 1000]   100 people at 20 servers; ends with 1 after any error
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { climbLadder } from './ladder.ts';
import type { Figures } from './measure.ts';
import type { Mode, ModeOptions } from './mode.ts';
import { type ModeName, MODES } from './modes.ts';
import { MEMORY_NODE_ARGS } from './process-memory.ts';
import { MAIN_CONNECTIONS, renderJson, renderText } from './render-report.ts';
import { listingRow, listRows } from './rows.ts';
import { runRounds, type RoundsOptions, warmUp } from './run-rounds.ts';
import { type BenchStack, type StackOptions, startStack } from './start-stack.ts';
import { watchMemory } from './watch-memory.ts';
import { writeFigures } from './write-figures.ts';
import { watchStorage } from './watch-storage.ts';

const flag = { type: 'boolean', default: false } as const;
const names = Object.keys(MODES) as readonly ModeName[];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: flag,
    quick: flag,
    write: flag,
    'no-ladder': flag,
    profile: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '1000' },
    listing: flag,
    memory: flag,
    storage: flag,
    ...(Object.fromEntries(names.map((name) => [name, flag])) as Record<ModeName, typeof flag>),
  },
});
const CONNECTIONS = [1, 16, MAIN_CONNECTIONS];
const LENGTHS = {
  full: { rounds: 3, seconds: 8, warmUpSeconds: 5, ladder: { rounds: 3, seconds: 3, warmUpSeconds: 3 } },
  quick: { rounds: 1, seconds: 1.5, warmUpSeconds: 1.5, ladder: { rounds: 1, seconds: 1, warmUpSeconds: 1 } },
};

const say = (line: string) => process.stderr.write(`${line}\n`);
const modeName = names.find((name) => values[name]);
const mode: Mode | undefined = modeName && MODES[modeName];
const modeOptions: ModeOptions = {
  quick: values.quick,
  numbers: positionals.flatMap((text) => text.split(',')).map(wholeNumber),
  minutes: positive(values.minutes),
  rate: positive(values.rate),
  say,
};
const stack = await startStack(stackOptions());
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

function stackOptions(): StackOptions {
  const wanted = mode?.stack(modeOptions) ?? { sessions: Math.max(...CONNECTIONS) };
  const nodeArgs = [
    ...(wanted.nodeArgs ?? []),
    ...(values.memory ? MEMORY_NODE_ARGS : []),
    ...(values.profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileFolder(values.profile)}`]),
  ];
  return { ...wanted, nodeArgs };
}

async function report(stack: BenchStack): Promise<string> {
  if (values.listing) return await reportListing(stack);
  if (values.storage) return JSON.stringify(await watchStorage(stack, say));
  if (values.memory) return await reportMemory(stack);
  if (mode === undefined || modeName === undefined) return await reportSpeed(stack);
  const { figures, text, sound } = await mode.measure(stack, modeOptions);
  if (!sound) process.exitCode = 1;
  // What must not happen is no figure.
  if (values.write && sound) writeFigures(modeName, text);
  return values.json ? JSON.stringify(figures) : text;
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

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`'${text}' is not a number above 0`);
  return number;
}

function wholeNumber(text: string): number {
  const number = positive(text);
  if (!Number.isInteger(number)) throw new Error(`'${text}' is not a whole number`);
  return number;
}
