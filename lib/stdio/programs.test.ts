import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TenantSlug } from '#lib/core';
import { STDIN_BACKLOG_BYTES_MAX } from './constants.ts';
import type { Programs } from './programs.ts';
import { machine } from './testing/declare.ts';
import { ALICE, BOB, declarePrograms, Heard, isAlive, startedBy } from './testing/start-programs.ts';

const open: Programs[] = [];

function shell(
  script: string,
  {
    members = '',
    top = '',
    ...setup
  }: { members?: string; top?: string } & Parameters<typeof declarePrograms>[1] = {},
) {
  const args = JSON.stringify(['-c', script]);
  const made = declarePrograms(
    `${top}\nservers:\n  - {name: shell, command: /bin/sh, args: ${args}, tenants: [acme], ${members}}`,
    setup,
  );
  open.push(made.programs);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(async (programs) => await programs.endAll()));
});

describe('a process', () => {
  it('is written to and heard line by line', async () => {
    const { process: running, heard } = startedBy(shell('cat').programs, ALICE);
    expect(running.write('{"a":1}')).toBe(true);
    await expect.poll(() => heard.text).toBe('{"a":1}\n');
  });

  it('has an environment of its own: what was declared, and nothing of ours', async () => {
    vi.stubEnv('DATABASE_URL', 'canary-of-the-environment');
    const { programs } = shell('env', {
      members: 'environment: {LEVEL: low, KEY: env:COUNTERSIGN_SECRET_KEY}',
    });
    const { heard } = startedBy(programs, ALICE);
    await expect.poll(() => heard.end).toBeDefined();
    vi.unstubAllEnvs();
    const names = heard.text.match(/^\w+(?==)/gm) ?? [];
    expect(names.toSorted()).toStrictEqual(['HOME', 'KEY', 'LANG', 'LEVEL', 'PATH', 'PWD']);
    expect(heard.text).toContain('KEY=canary\n');
  });

  it('says on standard error what goes into the log, without its secrets', async () => {
    const { programs, log } = shell('echo "key is $KEY" >&2', {
      members: 'environment: {KEY: env:COUNTERSIGN_SECRET_KEY}',
    });
    const { heard } = startedBy(programs, ALICE);
    await expect.poll(() => heard.end).toBeDefined();
    const line = log.find((each) => each.includes('a stdio server said')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ server: 'shell', tenant: 'acme', text: 'key is [redacted]' });
  });

  it('that does not read is not written to without end', () => {
    const { process: running } = startedBy(shell('sleep 60').programs, ALICE);
    const megabyte = 'x'.repeat(1024 * 1024);
    let taken = 0;
    while (taken < 100 && running.write(megabyte)) taken += 1;
    expect(taken).toBeLessThanOrEqual(STDIN_BACKLOG_BYTES_MAX / megabyte.length + 1);
  });

  it('waits when it is not read', async () => {
    const { process: running, heard } = startedBy(shell('while :; do echo 0123456789; done').programs, ALICE);
    await expect.poll(() => heard.text.length).toBeGreaterThan(0);
    running.pause();
    const read = heard.text.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.text.length).toBe(read);
    running.resume();
    await expect.poll(() => heard.text.length).toBeGreaterThan(read);
  });

  it('ends when its standard input does, and what it started with it', async () => {
    const { process: running, heard } = startedBy(shell('sleep 60 & echo $!; cat').programs, ALICE);
    await expect.poll(() => heard.text).toMatch(/\n/);
    running.stop();
    await expect.poll(() => heard.end).toMatch(/exit code 0/);
    await expect.poll(() => isAlive(Number(heard.text))).toBe(false);
  });

  it('that stays is ended by force', async () => {
    const stubborn = shell("trap '' TERM; echo $$; while :; do sleep 1; done");
    const { process: running, heard } = startedBy(stubborn.programs, ALICE);
    await expect.poll(() => heard.text).toMatch(/\n/);
    running.stop();
    await expect.poll(() => heard.end, { timeout: 10_000 }).toMatch(/SIGKILL/);
  });

  it('is killed at once where that is wished, with its whole group', async () => {
    const { process: running, heard } = startedBy(shell('sleep 60 & echo $!; cat').programs, ALICE);
    await expect.poll(() => heard.text).toMatch(/\n/);
    running.kill('wish');
    await expect.poll(() => heard.end).toMatch(/SIGKILL/);
    await expect.poll(() => isAlive(Number(heard.text))).toBe(false);
  });

  it('is heard to its last word, however soon it ends', async () => {
    const { heard } = startedBy(shell('head -c 500000 /dev/zero | tr "\\0" x').programs, ALICE);
    await expect.poll(() => heard.end).toMatch(/exit code 0/);
    expect(heard.text.length).toBe(500_000);
  });
});

describe('starting is refused', () => {
  const refusal = (
    programs: Programs,
    owner: Parameters<Programs['start']>[0] = ALICE,
    url = 'stdio:shell',
  ) => {
    const started = programs.start(owner, url, new Heard());
    return started.ok ? undefined : started.error;
  };

  it('for a tenant that the program was not opened to, in the same words as for one that is not there', () => {
    const { programs } = shell('cat');
    const other = { ...ALICE, tenantSlug: 'other' as TenantSlug };
    expect(refusal(programs, other)).toStrictEqual(refusal(programs, ALICE, 'stdio:nothing'));
    const registered = (slug: string, url: string) =>
      programs.registrationProblems(slug as TenantSlug, { url, credential: { user: 'none' } });
    expect(registered('acme', 'stdio:shell')).toStrictEqual([]);
    expect(registered('other', 'stdio:shell')).toStrictEqual([
      "The operator has opened no stdio server 'shell' to this tenant.",
    ]);
  });

  it('with a secret that is not there, and the caller does not learn which', () => {
    const { programs, log } = shell('cat', { members: 'environment: {KEY: env:COUNTERSIGN_SECRET_GONE}' });
    expect(refusal(programs)).toMatchObject({ kind: 'unusable' });
    expect(refusal(programs)?.message).not.toContain('SECRET');
    expect(log.join()).toContain('environment KEY: is not set');
    expect(programs.examine()[0]?.problems).toStrictEqual(['environment KEY: is not set']);
  });

  it('without a launcher, where production requires one', () => {
    const { programs, log } = shell('cat', { launcherRequired: true });
    expect(refusal(programs)).toMatchObject({ kind: 'unusable' });
    expect(log.join()).toContain('nothing here can shut it in');
  });

  it('of a credential other than none', () => {
    const { programs } = shell('cat');
    const problems = programs.registrationProblems('acme' as TenantSlug, {
      url: 'stdio:shell',
      credential: { user: 'minted', agent: 'none' },
    });
    expect(problems).toStrictEqual([
      'A stdio server is given no credential of kind minted (mode user): use none.',
    ]);
  });

  it('where as many run as may, with a word on when to come again', () => {
    const { programs } = shell('cat', { top: 'processes_per_tenant: 1' });
    startedBy(programs, ALICE);
    expect(refusal(programs, BOB)).toMatchObject({ kind: 'full', retryAfterSeconds: 5 });
    const elsewhere = shell('cat', { top: 'processes: 1' });
    startedBy(elsewhere.programs, ALICE);
    expect(refusal(elsewhere.programs, { ...BOB, tenant: 'other-id' })).toMatchObject({ kind: 'full' });
  });

  it('for a while after a crash, longer after each, and for whom it crashed alone', async () => {
    const { programs } = shell('exit 3');
    const { heard } = startedBy(programs, ALICE);
    await expect.poll(() => heard.end).toBe('ended (exit code 3) before it had answered.');
    expect(refusal(programs)).toMatchObject({ kind: 'pausing', retryAfterSeconds: 1 });
    expect(refusal(programs, BOB)).toBeUndefined();
    await expect.poll(() => refusal(programs)?.kind, { timeout: 5_000 }).toBeUndefined();
    await expect.poll(() => refusal(programs)?.message, { timeout: 5_000 }).toMatch(/[2-9] times in a row/);
  });

  it('never after an end that was wished', async () => {
    const { programs } = shell('cat');
    const { process: running, heard } = startedBy(programs, ALICE);
    running.stop();
    await expect.poll(() => heard.end).toBeDefined();
    expect(refusal(programs)).toBeUndefined();
  });
});

it('a program that is gone since is a refusal in words, and no crash of ours', async () => {
  const { programs } = shell('cat', { tools: machine({ bubblewrap: '/usr/bin/no-such-bwrap' }) });
  const { heard } = startedBy(programs, ALICE);
  await expect.poll(() => heard.end).toBe('could not be started: its program is not there any more.');
});
