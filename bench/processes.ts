import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../bin/setup/node-flags.mjs';

/** Clock ticks per second of /proc (USER_HZ is 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

/** Programs that are running: whatever ends this process ends them, by their own ids. */
const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** Further flags of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** How the line of JSON begins that says that it is ready. */
  readonly ready?: string;
}

/** Starts a program of this folder on the running Node, all with the flags the product is started with, and resolves with the first JSON line it prints. */
export async function startProgram<Announcement>(
  file: string,
  { args = [], nodeArgs = [], env = process.env, ready = '{' }: ProgramOptions = {},
): Promise<{ child: ChildProcess; pid: number; announcement: Announcement }> {
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, ...nodeArgs, join(import.meta.dirname, file), ...args],
    { stdio: ['pipe', 'pipe', 'inherit', 'ipc'], env },
  );
  started.add(child);
  child.once('exit', () => started.delete(child));
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`${file} ended with ${code} before it said that it is ready`)),
    );
    lines.on('line', (line) => {
      if (!line.startsWith(ready)) return;
      resolve({ child, pid: child.pid ?? 0, announcement: JSON.parse(line) as Announcement });
    });
  });
}

/** Ends a program that `startProgram` started and waits until it has gone. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.end();
  child.kill('SIGTERM');
  await gone;
}

/** Runs a program to its end with `input` on its standard input; what it prints is JSON. */
export async function runProgram<Output>(file: string, input: unknown): Promise<Output> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stdin.end(JSON.stringify(input));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  started.delete(child);
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(output) as Output;
}

export interface FollowedProgram {
  /** One more line of JSON on its standard input. */
  tell(line: unknown): void;
  readonly ended: Promise<void>;
}

/** Runs a program that prints a line of JSON now and then, and ends by itself; `first` is its first line of input. */
export function followProgram<Line>(
  file: string,
  first: unknown,
  hear: (line: Line) => void,
): FollowedProgram {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.add(child);
  const tell = (line: unknown) => void child.stdin.write(`${JSON.stringify(line)}\n`);
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line) as Line));
  tell(first);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).then((code) => {
    started.delete(child);
    if (code !== 0) throw new Error(`${file} ended with ${code}`);
  });
  // Whoever waits for the end hears of it; until then nobody does.
  ended.catch(() => undefined);
  return { tell, ended };
}

/** A process and all that descend from it. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const file of globSync('/proc/[0-9]*/stat')) {
    const fields = readStat(file);
    if (fields !== undefined) parents.set(Number(file.split('/')[2]), Number(fields[1]));
  }
  const tree = [pid];
  for (const member of tree) {
    for (const [child, parent] of parents) if (parent === member) tree.push(child);
  }
  return tree;
}

/**
 * CPU time in microseconds that processes use from now until the returned function is called. Those that begin meanwhile
 * count from their beginning; one that ended is left out.
 */
export function watchCpu(list: () => readonly number[]): () => number {
  const before = new Map(list().map((pid) => [pid, cpuMicroseconds(pid)]));
  return () =>
    list()
      .map((pid) => cpuMicroseconds(pid) - (before.get(pid) ?? 0))
      .filter(Number.isFinite)
      .reduce((sum, each) => sum + each, 0);
}

/** What a process has used so far; NaN where the system does not say. */
function cpuMicroseconds(pid: number): number {
  const fields = readStat(`/proc/${pid}/stat`);
  const ticks = fields === undefined ? Number.NaN : Number(fields[11]) + Number(fields[12]);
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

/** Fields of /proc/<pid>/stat from the third on: the second may hold spaces. */
function readStat(file: string): string[] | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
