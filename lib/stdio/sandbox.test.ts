import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findTools } from './find-tools.ts';
import { ALICE, declarePrograms, startedBy } from './testing/start-programs.ts';

const HOLDER = join(import.meta.dirname, 'testing/hold-program.ts');
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
    const holder = spawn(process.execPath, [HOLDER, word]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect.poll(() => isRunning(word), { timeout: 5_000 }).toBe(true);
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
  `a sandboxed program sees certificates, and nothing that lies beside them${skipped}`,
  { skip: problem !== undefined },
  async () => {
    const { heard } = shellIn('ls /etc/ssl');
    await expect.poll(() => heard.end).toBeDefined();
    const seen = heard.text.split('\n').filter((name) => name !== '');
    expect(seen).toContain('certs');
    expect(['certs', 'cert.pem', 'openssl.cnf']).toEqual(expect.arrayContaining(seen));
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

it(
  `a sandboxed program sees nothing of ours, even below /usr${skipped}`,
  { skip: problem !== undefined },
  async () => {
    const ours = '/usr/share/doc';
    const args = JSON.stringify(['-c', `ls -A ${ours}; echo x > ${ours}/x; ls -A /usr/share | head -n 1`]);
    const text = `servers: [{name: shell, command: /bin/sh, args: ${args}, tenants: [acme]}]`;
    const { heard } = startedBy(declarePrograms(text, { tools, ours: [ours] }).programs, ALICE);
    await expect.poll(() => heard.end).toBeDefined();
    expect(heard.text.trim().split('\n')).toHaveLength(1);
  },
);

const isRoot = process.getuid?.() === 0;

/** Where no sandbox can be made: what is left is a user of its own. */
const withoutSandbox = {
  ...tools,
  bubblewrap: undefined,
  sandboxProblem: () => 'bubblewrap is left out here',
};

it(
  `a program with a user of its own reads nothing that is closed to others${isRoot ? '' : ' (skipped: only root can start it)'}`,
  { skip: !isRoot || tools.setpriv === undefined },
  async () => {
    const folder = mkdtempSync('/var/tmp/countersign-closed-');
    writeFileSync(join(folder, 'secret'), 'canary');
    const script = `id -u; cat ${folder}/secret /proc/${process.pid}/environ; grep NoNewPrivs /proc/self/status`;
    const args = JSON.stringify(['-c', script]);
    const members = `tenants: [acme], user: nobody, network: true`;
    const text = `servers: [{name: shell, command: /bin/sh, args: ${args}, ${members}}]`;
    const { programs } = declarePrograms(text, { tools: withoutSandbox });
    expect(programs.examine()[0]).toMatchObject({ launcher: 'user', problems: [] });
    const { heard } = startedBy(programs, ALICE);
    await expect.poll(() => heard.end).toBeDefined();
    rmSync(folder, { recursive: true });
    expect(heard.text.replace(/\s+/g, ' ').trim()).toBe('65534 NoNewPrivs: 1');
  },
);

it(
  `a program with a user of its own ends when we are killed${isRoot ? '' : ' (skipped: only root can start it)'}`,
  { skip: !isRoot || tools.setpriv === undefined },
  async () => {
    const word = `7${process.pid}`;
    const holder = spawn(process.execPath, [HOLDER, word, 'nobody']);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect.poll(() => isRunning(word), { timeout: 5_000 }).toBe(true);
    holder.kill('SIGKILL');
    await expect.poll(() => isRunning(word), { timeout: 5_000 }).toBe(false);
  },
);

it(
  `a sandboxed program starts no more processes than it may${skipped === '' && !isRoot ? ' (skipped: only root can name a user)' : skipped}`,
  { skip: problem !== undefined || !isRoot || tools.prlimit === undefined },
  async () => {
    const script = 'i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done; echo all';
    const { heard } = shellIn(script, 'user: nobody, limits: {processes: 20}');
    await expect.poll(() => heard.end, { timeout: 10_000 }).toBeDefined();
    expect(heard.text).not.toContain('all');
  },
);
