/** The MCP Inspector's command line, as a developer calls it. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ProgramEnd } from '../demo/programs.ts';
import { COMPILE_CACHE } from '../harness/compile-cache.ts';

const program = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json')),
  'clients/launcher/build/index.js',
);

/** `home`: a folder of its own, where it keeps what it wants to keep. */
export function inspect(home: string, args: readonly string[]): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [program, '--cli', ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, NODE_ENV: 'production', ...COMPILE_CACHE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
}
