import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findTools } from './find-tools.ts';
import { ALICE, declarePrograms, startedBy } from './testing/start-programs.ts';

const tools = findTools();
const problem = tools.sandboxProblem(undefined);
const skipped = problem === undefined ? '' : ` (skipped: ${problem})`;

function shellIn(script: string, members = '') {
  const args = JSON.stringify(['-c', script]);
  const text = `servers: [{name: shell, command: /bin/sh, args: ${args}, tenants: [acme], ${members}}]`;
  return startedBy(declarePrograms(text, { tools }).programs, ALICE);
}

function isRunning(word: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`sleep\0${word}\0`);
    } catch {
      return false;
    }
  });
}

it(
  `a sandboxed program ends when we are killed, with all that it started${skipped}`,
  { skip: problem !== undefined },
  async () => {
    const word = `8${process.pid}`;
    const holder = spawn(process.execPath, [join(import.meta.dirname, 'testing/hold-program.ts'), word]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(isRunning(word)).toBe(true);
    holder.kill('SIGKILL');
    await expect.poll(() => isRunning(word), { timeout: 5_000 }).toBe(false);
  },
);

it(
  `a sandboxed program is nobody, and can become nobody else${skipped}`,
  { skip: problem !== undefined },
  async () => {
    const { heard } = shellIn(
      'id -u; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; unshare --user true && echo nested',
    );
    await expect.poll(() => heard.end).toBeDefined();
    expect(heard.text.split('\n').map((line) => line.replace(/\s+/g, ' '))).toStrictEqual([
      '65534',
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
      '',
    ]);
  },
);

it(
  `a sandboxed program writes no file beyond its limit${skipped}`,
  { skip: problem !== undefined || tools.prlimit === undefined },
  async () => {
    const { heard } = shellIn('head -c 3000000 /dev/zero > /tmp/x; wc -c < /tmp/x', 'limits: {file_mb: 1}');
    await expect.poll(() => heard.end).toBeDefined();
    expect(heard.text.trim()).toBe('1048576');
  },
);

it(
  `a sandboxed program fills no more memory with files than its /tmp may hold${skipped}`,
  { skip: problem !== undefined },
  async () => {
    const script =
      'for at in /tmp /dev/shm; do head -c 3000000 /dev/zero > $at/x; wc -c < $at/x; done; echo x > /dev/x';
    const { heard } = shellIn(script, 'limits: {tmp_mb: 1}');
    await expect.poll(() => heard.end).toMatch(/exit code [12]/);
    const sizes = heard.text.trim().split('\n').map(Number);
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(1024 * 1024);
  },
);
