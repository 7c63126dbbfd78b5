import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../bin/setup/node-flags.mjs';

export const ROOT = join(import.meta.dirname, '../..');

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `countersign <args>` to its end and gives back what it said. */
export function runCountersign(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [...NODE_FLAGS, join(ROOT, 'bin/countersign.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** What it wrote so far: shown when it does not come up. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a program that runs until it is stopped. Its output is kept, not shown. */
export function startProgram(args: readonly string[], env: NodeJS.ProcessEnv): RunningProgram {
  const child = spawn(process.execPath, [...NODE_FLAGS, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    output: () => stdout() + stderr(),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

const KEPT_CHARS_MAX = 200_000;

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-KEPT_CHARS_MAX);
  });
  return () => text;
}

/** Resolves when `probe` is true; rejects with `describe()` when it never is, or when the program has ended. */
export async function waitUntil(
  probe: () => Promise<boolean>,
  { timeoutMs, program, describe }: { timeoutMs: number; program?: RunningProgram; describe: string },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await probe().catch(() => false)) return;
    const ended = program !== undefined && program.child.exitCode !== null;
    if (ended || Date.now() > deadline) {
      throw new Error(
        `${describe}${ended ? ' has ended' : ` did not come up within ${timeoutMs} ms`}:\n${program?.output() ?? ''}`,
      );
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
