/** Starts `fixtures/foreign-provider.ts` in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../demo/programs.ts';
import type { ProviderShape } from '../fixtures/foreign-provider.ts';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface ForeignProvider {
  readonly issuer: string;
  /** From now on it signs with another key, and its key set holds that one alone. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

export async function startForeignProvider(shape: ProviderShape): Promise<ForeignProvider> {
  const program = join(ROOT, 'e2e/fixtures/foreign-provider.ts');
  const child = spawn(process.execPath, [program, JSON.stringify(shape)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE } as unknown as NodeJS.ProcessEnv,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    for (;;) {
      const { value, done } = (await lines.next()) as { value?: string; done?: boolean };
      if (done || value === undefined) throw new Error('the provider has ended');
      if (value.startsWith('{')) return JSON.parse(value) as { issuer: string };
    }
  };
  const { issuer } = await nextLine();
  return {
    issuer,
    rotate: async () => {
      child.stdin.write('rotate\n');
      await nextLine();
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
