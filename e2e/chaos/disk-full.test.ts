import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession } from '../../lib/gateway/testing/mcp-client.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';

const SIZE = '180m';
const MEGABYTE = 1_048_576;
/** Service comes back by itself, and soon. */
const SOON_MS = 5_000;
const CALLS_MAX = 2_000;

/** A file system in memory, where this user may make one. */
function mountDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], { stdio: 'ignore' });
    chmodSync(folder, 0o755);
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}

const disk = mountDisk();
let instance: Instance;
let acme: Organisation;
let session: RawSession;

const post = (account: string) => session.call('post_entry', { account, amount: 1, environment: 'dev' });
const accounts = () =>
  acme.ledger.journal.map(({ params }) => (params['arguments'] as { account: string }).account);

/** Writes until nothing more fits. */
function fill(file: string): void {
  for (const bytes of [MEGABYTE, 4_096, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

describe.skipIf(disk === undefined)('a disk that is full (needs the right to mount one)', () => {
  const folder = disk ?? '';
  const filler = join(folder, 'filler');

  beforeAll(async () => {
    instance = await startInstance({ dataDir: join(folder, 'data') });
    acme = await startOrganisation(instance, { slug: 'acme' });
    session = await RawSession.open(acme.resource, (await acme.userTokens('alice@acme.example')).access);
  });
  afterAll(async () => {
    await instance.stop();
    await acme.stop();
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });

  it('forwards nothing that can’t be receipted, and serves again by itself once there is room', async () => {
    expect((await post('before')).status).toBe(200);
    fill(filler);
    let refused = '';
    for (let count = 0; refused === '' && count < CALLS_MAX; count += 1) {
      const answer = await post(`full-${count}`);
      if (answer.status === 503) refused = `full-${count}`;
    }
    expect(refused).not.toBe('');
    expect(accounts()).not.toContain(refused);
    expect((await fetch(`${instance.origin}/livez`)).status).toBe(200);
    rmSync(filler);
    await until('calls pass again', async () => (await post('after')).status === 200, SOON_MS);
    const audited = await instance.countersign(['audit', '--tenant', 'acme', '--json']);
    expect(JSON.parse(audited.stdout)).toMatchObject({ complete: true, unknown: { count: 0 } });
  }, 120_000);
});
