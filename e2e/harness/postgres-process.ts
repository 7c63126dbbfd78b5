/** The PostgreSQL that Countersign brings along, as something that can fail: by the processes of its data folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, isRunning, parentOf } from './child-processes.ts';
import { until } from './until.ts';

export function postgresPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Takes it down and keeps it down. Returns how to let it come back. */
export async function takePostgresDown(dataDir: string): Promise<() => void> {
  const postgres = postgresPid(dataDir);
  const supervisor = parentOf(postgres);
  process.kill(supervisor, 'SIGSTOP');
  process.kill(postgres, 'SIGKILL');
  await until('PostgreSQL is gone', () => !isRunning(postgres));
  return () => {
    process.kill(supervisor, 'SIGCONT');
  };
}

/** Once it takes connections again: its pid file says so, and is a living process's. */
export async function untilPostgresIsBack(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postgres/data/postmaster.pid');
  await until('PostgreSQL is back', () => {
    if (!existsSync(file)) return false;
    const text = readFileSync(file, 'utf8');
    return /^ready *$/m.test(text) && isRunning(Number(text.split('\n')[0]));
  });
}

/** SIGSTOP to all of it. Returns how to let it go on. */
export function freezePostgres(dataDir: string): () => void {
  const postgres = postgresPid(dataDir);
  const frozen = [postgres, ...childrenOf(postgres)];
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of frozen.toReversed()) process.kill(pid, 'SIGCONT');
  };
}
