import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AppendJob, AppendOutcome } from './append-types.ts';
import { asOwner } from './as-owner.ts';
import { makeTenants } from './make-tenants.ts';
import { startProgram, stopProgram } from './processes.ts';
import type { BenchStack } from './start-stack.ts';

const SLUG = 'appender';

/** A database of its own on the run's PostgreSQL, with one tenant, and a process that writes into the tenant's log. */
export interface Appender {
  readonly database: string;
  readonly pid: number;
  append(job: AppendJob): Promise<AppendOutcome>;
  stop(): Promise<void>;
}

export async function startAppender(stack: BenchStack): Promise<Appender> {
  const database = `bench_${randomBytes(6).toString('hex')}`;
  const urls = await asOwner(stack.env, async (client, { url, adminUrl }) => {
    await client.query(`create database ${database}`);
    const at = (text: string) => text.replace(/\/[^/]*$/, `/${database}`);
    return { url: at(url), adminUrl: at(adminUrl) };
  });
  const dataDir = join(stack.env['DATA_DIR'] ?? '', database);
  mkdirSync(dataDir, { recursive: true });
  const env = {
    ...stack.env,
    DATA_DIR: dataDir,
    DATABASE_URL: urls.url,
    DATABASE_ADMIN_URL: urls.adminUrl,
  };
  await makeTenants({ env, upstream: stack.upstream }, [SLUG]);
  const { child, pid } = await startProgram('append-load.ts', { args: [SLUG], env });
  return {
    database,
    pid,
    append: async (job) =>
      await new Promise<AppendOutcome>((resolve, reject) => {
        const gone = () => reject(new Error('the process that appends has ended'));
        child.once('exit', gone);
        child.once('message', (outcome) => {
          child.off('exit', gone);
          resolve(outcome as AppendOutcome);
        });
        child.send(job);
      }),
    stop: async () => await stopProgram(child),
  };
}
