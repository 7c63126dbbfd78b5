/** Providers of `fixtures/foreign-provider.ts`: one process for all whose clock is the same. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { ROOT } from '../demo/programs.ts';
import type { ProviderOrder, ProviderShape } from '../fixtures/foreign-provider.ts';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface ForeignProvider {
  readonly issuer: string;
  /** From now on it signs with another key, and its key set holds that one alone. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

export interface ForeignProviders {
  /** Its clock goes ahead by so much, or behind. */
  start(shape: ProviderShape, clockAheadSeconds?: number): Promise<ForeignProvider>;
  /** Ends them all. */
  stop(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly issuer?: string;
}

export function createForeignProviders(): ForeignProviders {
  const programs = new Map<number, ReturnType<typeof startProgram>>();
  return {
    start: async (shape, clockAheadSeconds = 0) => {
      const program = programs.get(clockAheadSeconds) ?? startProgram(clockAheadSeconds);
      programs.set(clockAheadSeconds, program);
      const { id, issuer } = await program.order({ start: shape });
      if (issuer === undefined) throw new Error('the provider has no issuer');
      return {
        issuer,
        rotate: async () => void (await program.order({ rotate: id })),
        stop: async () => void (await program.order({ stop: id })),
      };
    },
    stop: async () => {
      await Promise.all([...programs.values()].map((program) => program.stop()));
    },
  };
}

type Order = ProviderOrder extends infer Each
  ? Each extends ProviderOrder
    ? Omit<Each, 'id'>
    : never
  : never;

function startProgram(clockAheadSeconds: number) {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'e2e/fixtures/foreign-provider.ts'), String(clockAheadSeconds)],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], ...COMPILE_CACHE } as unknown as NodeJS.ProcessEnv,
    },
  ) as unknown as ChildProcessByStdio<Writable, Readable, null>;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const waiting = new Map<number, (answer: Answer) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  return {
    order: async (order: Order) => {
      const id = (last += 1);
      const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
      const isGone = ended.then(() => {
        throw new Error('the providers have ended');
      });
      return await Promise.race([answer, isGone]);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
