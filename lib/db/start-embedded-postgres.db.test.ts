import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf, isRunning } from '../../e2e/harness/child-processes.ts';
import { DataFolderError, EmbeddedPostgresError } from './errors.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';
import type { EmbeddedPostgres } from './types.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const folders: string[] = [];
const holders: ChildProcess[] = [];
const open: EmbeddedPostgres[] = [];

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-embedded-'));
  folders.push(folder);
  return folder;
}

/** As a first start and its end leave it: what is not about first starts begins with a copy of one. */
let madeFolder: string;
beforeAll(async () => {
  madeFolder = mkdtempSync(join(tmpdir(), 'countersign-embedded-'));
  await (await startEmbeddedPostgres({ dataDir: madeFolder, logger: quiet })).stop();
}, 60_000);
afterAll(() => rmSync(madeFolder, { recursive: true, force: true }));

function usedFolder(): string {
  const folder = dataFolder();
  cpSync(madeFolder, folder, { recursive: true });
  return folder;
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, logger: quiet });
  open.push(postgres);
  return postgres;
}

/** A whole instance in a process of its own, to be ended as roughly as a test likes. */
async function hold(dataDir: string): Promise<{ process: ChildProcess; adminUrl: string; started: boolean }> {
  const file = join(import.meta.dirname, 'testing', 'hold-postgres.ts');
  const child = spawn(process.execPath, [file, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  holders.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { adminUrl: string; started: boolean }) };
}

async function query<Row extends QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  // A server that is stopped says so on an idle connection too: whoever asked hears it from the query.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function isGone(url: string): Promise<boolean> {
  for (let round = 0; round < 100; round += 1) {
    const answered = await query(url, 'select 1').then(
      () => true,
      (error: { code?: string }) => error.code !== 'ECONNREFUSED',
    );
    if (!answered) return true;
    await pause(50);
  }
  return false;
}

function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** What a test has stored, once PostgreSQL is there again. */
async function keptIn({ adminUrl }: EmbeddedPostgres): Promise<number | undefined> {
  const rows = await query<{ answer: number }>(adminUrl, 'select answer from kept').catch(() => []);
  return rows[0]?.answer;
}

afterEach(async () => {
  for (const postgres of open.splice(0)) await postgres.stop();
  for (const holder of holders.splice(0)) {
    const ended = holder.exitCode ?? holder.signalCode ?? once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});

describe('startEmbeddedPostgres', () => {
  it('keeps its data over a stop, and leaves no process behind', async () => {
    const dataDir = dataFolder();
    const first = await start(dataDir);
    await query(first.adminUrl, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await isGone(first.adminUrl)).toBe(true);
    const second = await start(dataDir);
    expect(second.started).toBe(true);
    expect(await query(second.adminUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('keeps its passwords to its owner, and out of the process list', async () => {
    const dataDir = dataFolder();
    const postgres = await start(dataDir);
    const file = join(dataDir, 'postgres', 'credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'postgres', 'data')).mode & 0o777).toBe(0o700);
    const wrong = new URL(postgres.adminUrl);
    wrong.password = 'password';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    wrong.password = '';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow();
  });

  it('is shared by all who start it on one folder, also at the same moment, until the last one stops it', async () => {
    const dataDir = dataFolder();
    const all = await Promise.all([start(dataDir), start(dataDir), start(dataDir)]);
    expect(new Set(all.map((each) => each.adminUrl)).size).toBe(1);
    const [first, second, third] = all;
    await first?.stop();
    await second?.stop();
    expect(await query(third?.adminUrl ?? '', 'select 1 as up')).toEqual([{ up: 1 }]);
    await third?.stop();
    expect(await isGone(third?.adminUrl ?? '')).toBe(true);
  });

  it('runs for two instances side by side', async () => {
    const [one, two] = await Promise.all([start(usedFolder()), start(usedFolder())]);
    await query(one.adminUrl, 'create table only_here (id int)');
    expect(await query(two.adminUrl, `select to_regclass('only_here') as found`)).toEqual([{ found: null }]);
  });

  it('stops when the process that started it was killed', async () => {
    const held = await hold(usedFolder());
    held.process.kill('SIGKILL');
    expect(await isGone(held.adminUrl)).toBe(true);
  });

  it('comes back for a living instance when PostgreSQL itself was killed', async () => {
    const dataDir = usedFolder();
    const postgres = await start(dataDir);
    await query(postgres.adminUrl, 'create table kept as select 42 as answer');
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    await expect.poll(() => keptIn(postgres), { timeout: 10_000 }).toBe(42);
  });

  it('comes back at its port also when it could not be started for a while', async () => {
    const dataDir = usedFolder();
    const postgres = await start(dataDir);
    await query(postgres.adminUrl, 'create table kept as select 42 as answer');
    const killed = postmasterOf(dataDir);
    const [folder, log] = [join(dataDir, 'postgres', 'data'), join(dataDir, 'postgres', 'supervisor.log')];
    renameSync(folder, `${folder}.away`);
    process.kill(killed, 'SIGKILL');
    await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 10_000 }).toContain('did not start');
    renameSync(`${folder}.away`, folder);
    await expect.poll(() => keptIn(postgres), { timeout: 10_000 }).toBe(42);
  });

  it('starts again on its data after everything was killed at once', async () => {
    const dataDir = usedFolder();
    const held = await hold(dataDir);
    await query(held.adminUrl, 'create table kept as select 42 as answer');
    const supervisor = await query<{ pid: number }>(
      held.adminUrl,
      `select pid from pg_stat_activity where application_name = 'countersign supervisor'`,
    );
    expect(supervisor).toHaveLength(1);
    process.kill(postmasterOf(dataDir), 'SIGSTOP');
    held.process.kill('SIGKILL');
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    const again = await start(dataDir);
    expect(await query(again.adminUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('attaches to a PostgreSQL that outlived its supervisor, and stops it in the end', async () => {
    const dataDir = usedFolder();
    const held = await hold(dataDir);
    const { pid = 0 } = held.process;
    const [supervisor = 0] = childrenOf(pid);
    process.kill(supervisor, 'SIGKILL');
    held.process.kill('SIGKILL');
    await expect.poll(() => isRunning(supervisor) || isRunning(pid)).toBe(false);
    expect(await query(held.adminUrl, 'select 1 as up')).toEqual([{ up: 1 }]);
    const attached = await start(dataDir);
    expect(attached.started).toBe(false);
    expect(attached.adminUrl).toBe(held.adminUrl);
    await attached.stop();
    expect(await isGone(held.adminUrl)).toBe(true);
  });

  it('does not mistake a foreign process for PostgreSQL because of an old pid file', async () => {
    const dataDir = usedFolder();
    writeFileSync(
      join(dataDir, 'postgres', 'data', 'postmaster.pid'),
      `${process.pid}\n/x\n1\n5432\n\n127.0.0.1\n`,
    );
    expect((await start(dataDir)).started).toBe(true);
  });

  it('runs from a copy of its data, whoever made it', async () => {
    const [dataDir, copy] = [usedFolder(), dataFolder()];
    const first = await start(dataDir);
    await query(first.adminUrl, 'create table kept as select 42 as answer');
    await first.stop();
    cpSync(dataDir, copy, { recursive: true });
    chmodSync(join(copy, 'postgres', 'data'), 0o755);
    const second = await start(copy);
    expect(await query(second.adminUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('says what to do about a folder that is a file, and about a password file of another folder', async () => {
    const file = join(dataFolder(), 'file');
    writeFileSync(file, '');
    const refused = await start(file).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DataFolderError);
    expect(String(refused)).toMatch(/is below something that is a file.*Set DATA_DIR/);

    const dataDir = dataFolder();
    await (await start(dataDir)).stop();
    const credentials = { adminPassword: 'other', applicationPassword: 'other' };
    writeFileSync(join(dataDir, 'postgres', 'credentials.json'), JSON.stringify(credentials));
    const mismatch = await start(dataDir).catch((error: unknown) => error);
    expect(mismatch).toBeInstanceOf(EmbeddedPostgresError);
    expect(String(mismatch)).toMatch(/does not accept the password.*Put back the file/);
    expect(() => postmasterOf(dataDir)).toThrow(/ENOENT/);
  });
});
