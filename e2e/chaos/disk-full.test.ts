import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession } from '../../lib/gateway/testing/mcp-client.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';
import { mountSmallDisk } from './small-disk.ts';

/** Service comes back by itself, and soon. */
const SOON_MS = 5_000;
const CALLS_MAX = 2_000;

const disk = mountSmallDisk(180);
let instance: Instance;
let acme: Organisation;
let session: RawSession;

const post = (account: string) => session.call('post_entry', { account, amount: 1, environment: 'dev' });
const accounts = () =>
  acme.ledger.journal.map(({ params }) => (params['arguments'] as { account: string }).account);

describe.skipIf(disk === undefined)('a disk that is full (needs the right to mount one)', () => {
  beforeAll(async () => {
    instance = await startInstance({ dataDir: join(disk?.folder ?? '', 'data') });
    acme = await startOrganisation(instance, { slug: 'acme' });
    session = await RawSession.open(acme.resource, (await acme.userTokens('alice@acme.example')).access);
  });
  afterAll(async () => {
    await instance.stop();
    await acme.stop();
    disk?.unmount();
  });

  it('forwards nothing that can’t be receipted, and serves again by itself once there is room', async () => {
    expect((await post('before')).status).toBe(200);
    disk?.fill();
    let refused = '';
    for (let count = 0; refused === '' && count < CALLS_MAX; count += 1) {
      const answer = await post(`full-${count}`);
      // One that names its attempt was let through, for that one still fitted: its outcome waits for room.
      const isForwarded = answer.body.error?.data?.['attempt'] !== undefined;
      if (answer.status === 503 && !isForwarded) refused = `full-${count}`;
    }
    expect(refused).not.toBe('');
    expect(accounts()).not.toContain(refused);
    expect((await fetch(`${instance.origin}/livez`)).status).toBe(200);
    disk?.empty();
    await until('calls pass again', async () => (await post('after')).status === 200, SOON_MS);
    const audited = await instance.countersign(['audit', '--tenant', 'acme', '--json']);
    expect(JSON.parse(audited.stdout)).toMatchObject({ complete: true, unknown: { count: 0 } });
  }, 120_000);
});
