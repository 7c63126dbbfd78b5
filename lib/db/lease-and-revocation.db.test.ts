import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReplicaId } from '#lib/core';
import { createTestDatabase, type TestDatabase } from '../../e2e/harness/index.ts';
import { afterCommit } from './after-commit.ts';
import { createDatabase } from './create-database.ts';
import {
  LEASE_SUSPECT_MS,
  LEASE_TTL_MS,
  LISTEN_HEARTBEAT_MS,
  LISTEN_HEARTBEAT_TIMEOUT_MS,
  REVOCATION_FRESH_MS,
} from './constants.ts';
import { NotificationListener } from './notification-listener.ts';
import type { Database, RevocationNotice } from './types.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
let test: TestDatabase;
let admin: Client;

beforeAll(async () => {
  test = await createTestDatabase();
  admin = new Client({ connectionString: test.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await test.close();
});

async function until(condition: () => boolean | Promise<boolean>, limitMs = 5_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await pause(20);
  }
}

/** A database whose own clock stands where the test puts it. */
async function withClock(): Promise<{ database: Database; advance: (ms: number) => void }> {
  let offset = 0;
  const monotonicNow = () => performance.now() + offset;
  const database = await createDatabase({ url: test.url, poolSize: 2, logger: quiet, monotonicNow });
  return {
    database,
    advance: (ms) => {
      offset += ms;
    },
  };
}

/** Between a database and its client: can stop passing anything on, for the connections there are, without a word. */
async function createProxy(
  target: URL,
): Promise<{ url: string; silence: () => void; close: () => Promise<void> }> {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.pipe(upstream).pipe(client);
    pairs.push([client, upstream]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const silence = () => {
    for (const [client, upstream] of pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
    }
  };
  const close = async () => {
    for (const socket of pairs.flat()) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { url: url.href, silence, close };
}

async function expire(replica: ReplicaId): Promise<void> {
  await admin.query(`update replica_lease set expires_at = now() - interval '1 second' where id = $1`, [
    replica,
  ]);
}

describe('the revocation sequence', () => {
  it('tells every replica, in order and once, after the commit', async () => {
    const tenant = await test.tenant();
    const replica = await test.replica();
    const seen: [RevocationNotice[], RevocationNotice[]] = [[], []];
    test.database.revocations.subscribe((notice) => seen[0].push(notice));
    replica.revocations.subscribe((notice) => seen[1].push(notice));
    const before = replica.revocations.current();
    const subjects = Array.from({ length: 20 }, (_, index) => `grant-${index}`);
    await Promise.all(
      subjects.map(
        async (subject) =>
          await test.database.tenantDb(tenant.id).transaction(async (tx) => {
            await test.database.revocations.revoke(tx, { tenant: tenant.id, kind: 'grant', subject });
          }),
      ),
    );
    await until(() => seen.every((notices) => notices.length === subjects.length));
    expect(replica.revocations.current()).toBe(before + 20n);
    for (const notices of seen) {
      expect(notices.map((notice) => notice.subject).toSorted()).toEqual(subjects.toSorted());
      expect(notices.map((notice) => notice.sequence)).toEqual(
        subjects.map((_, index) => before + BigInt(index) + 1n),
      );
      expect(notices.every((notice) => notice.tenant === tenant.id && notice.kind === 'grant')).toBe(true);
    }
  });

  it('says nothing of a revocation that was rolled back', async () => {
    const tenant = await test.tenant();
    const seen: RevocationNotice[] = [];
    const stop = test.database.revocations.subscribe((notice) => seen.push(notice));
    const before = test.database.revocations.current();
    let hooked = false;
    const change = test.database.tenantDb(tenant.id).transaction(async (tx) => {
      await test.database.revocations.revoke(tx, { tenant: tenant.id, kind: 'person', subject: 'p' });
      afterCommit(tx, () => {
        hooked = true;
      });
      throw new Error('changed my mind');
    });
    await expect(change).rejects.toThrow('changed my mind');
    await test.database.revocations.confirm();
    expect(test.database.revocations.current()).toBe(before);
    expect(seen).toEqual([]);
    expect(hooked).toBe(false);
    stop();
  });

  it('is known to whoever confirms it after the commit, NOTIFY or not', async () => {
    const tenant = await test.tenant();
    const replica = await test.replica();
    for (let round = 0; round < 10; round += 1) {
      await test.database.tenantDb(tenant.id).transaction(async (tx) => {
        await test.database.revocations.revoke(tx, { tenant: tenant.id, kind: 'token', subject: `${round}` });
      });
      const { rows } = await admin.query<{ sequence: string }>('select sequence from revocation_head');
      await replica.revocations.confirm();
      expect(replica.revocations.current()).toBeGreaterThanOrEqual(BigInt(rows[0]?.sequence ?? 0));
    }
  });

  it('is not fresh a second after it could last be confirmed, and is again once it can', async () => {
    const { database, advance } = await withClock();
    expect(database.revocations.isFresh()).toBe(true);
    advance(REVOCATION_FRESH_MS + 1);
    expect(database.revocations.isFresh()).toBe(false);
    await database.revocations.confirm();
    expect(database.revocations.isFresh()).toBe(true);

    await admin.query('begin; lock table revocation_head in access exclusive mode');
    await until(() => !database.revocations.isFresh(), 4_000);
    await admin.query('rollback');
    await until(() => database.revocations.isFresh());
    await database.close();
  });
});

describe('LISTEN', () => {
  it('is healed after its connection was lost, and says that something may have been missed', async () => {
    const replica = await test.replica();
    const heard: (string | undefined)[] = [];
    await replica.listen('news', (payload) => heard.push(payload));
    await test.database.notify('news', 'one');
    await until(() => heard.includes('one'));
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign listen'`,
    );
    await until(() => heard.includes(undefined));
    await test.database.notify('news', 'two');
    await until(() => heard.includes('two'));
    expect(heard).toEqual(['one', undefined, 'two']);
  });

  it('is healed when its connection died in silence', async () => {
    const proxy = await createProxy(new URL(test.url));
    const database = await createDatabase({ url: proxy.url, poolSize: 2, logger: quiet });
    const heard: (string | undefined)[] = [];
    await database.listen('news', (payload) => heard.push(payload));
    proxy.silence();
    await until(() => !database.revocations.isFresh(), 4_000);
    await until(() => heard.includes(undefined) && database.revocations.isFresh(), 10_000);
    await test.database.notify('news', 'after the silence');
    await until(() => heard.includes('after the silence'));
    expect(database.revocations.isFresh()).toBe(true);
    await proxy.close();
    await database.close();
  });

  it('goes on over a process that slept, for what was answered meanwhile is read before it is judged', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const warnings: string[] = [];
    const logger = { ...quiet, warn: (_: object, message: string) => warnings.push(message) };
    const listener = new NotificationListener(test.url, logger);
    const heard: (string | undefined)[] = [];
    await listener.listen('sleep', (payload) => heard.push(payload));
    // As where timers run, what is read comes next.
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(LISTEN_HEARTBEAT_MS);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    vi.advanceTimersByTime(LISTEN_HEARTBEAT_TIMEOUT_MS);
    vi.useRealTimers();
    await test.database.notify('sleep', 'awake');
    await until(() => heard.includes('awake'));
    expect([heard, warnings]).toEqual([['awake'], []]);
    await listener.close();
  });

  it('ends for a handler that was taken off', async () => {
    const [left, stayed]: [(string | undefined)[], (string | undefined)[]] = [[], []];
    const stop = await test.database.listen('gossip', (payload) => left.push(payload));
    await test.database.listen('gossip', (payload) => stayed.push(payload));
    stop();
    await test.database.notify('gossip', 'x');
    await until(() => stayed.length > 0);
    expect(left).toEqual([]);
  });

  it('refuses what NOTIFY can’t carry', async () => {
    await expect(test.database.notify('news', 'x'.repeat(8_000))).rejects.toThrow(/too long/);
  });
});

describe('the replica lease', () => {
  it('can be fenced only when it has ended, and then for good', async () => {
    const [dying, survivor] = [await test.replica(), await withClock()];
    const { lease } = survivor.database;
    expect(await lease.fence(dying.lease.id)).toBe(false);
    expect(await lease.listDead()).not.toContain(dying.lease.id);
    await expire(dying.lease.id);
    await lease.listDead();
    survivor.advance(LEASE_SUSPECT_MS);
    expect(await lease.listDead()).toContain(dying.lease.id);
    expect(await lease.fence(dying.lease.id)).toBe(true);
    expect(await lease.fence(dying.lease.id)).toBe(true);
    await lease.markRecovered(dying.lease.id);
    expect(await lease.listDead()).not.toContain(dying.lease.id);
    await survivor.database.close();
  });

  it('that has run out is no death yet: after an outage whoever lives renews it', async () => {
    const [living, survivor] = [await test.replica(), await withClock()];
    const { lease } = survivor.database;
    await expire(living.lease.id);
    expect(await lease.listDead()).not.toContain(living.lease.id);
    // It runs out once more meanwhile: renewed in between, it is another end.
    await admin.query(`update replica_lease set expires_at = now() - interval '2 seconds' where id = $1`, [
      living.lease.id,
    ]);
    survivor.advance(LEASE_SUSPECT_MS);
    expect(await lease.listDead()).not.toContain(living.lease.id);
    survivor.advance(LEASE_SUSPECT_MS / 3);
    expect(await lease.listDead()).not.toContain(living.lease.id);
    await survivor.database.close();
  });

  it('tells its owner that it was fenced at the next renewal', async () => {
    const replica = await test.replica();
    let told = 0;
    replica.lease.onFenced(() => {
      told += 1;
    });
    await expire(replica.lease.id);
    await test.database.lease.fence(replica.lease.id);
    await until(() => replica.lease.isFenced(), 8_000);
    expect(told).toBe(1);
  });

  it('is taken for fenced by its owner once its time is over without a renewal', async () => {
    const { database, advance } = await withClock();
    expect(database.lease.isFenced()).toBe(false);
    advance(LEASE_TTL_MS + 1);
    expect(database.lease.isFenced()).toBe(true);
    // Nobody fenced it meanwhile: the renewal that comes proves it.
    await until(() => !database.lease.isFenced(), 8_000);
    await database.close();
  });

  it('ends at once when its owner closes', async () => {
    const replica = await test.replica();
    await replica.close();
    expect(await test.database.lease.listDead()).toContain(replica.lease.id);
  });
});

describe('a replica that slept for too long', () => {
  it('never counts as fresh again, because it can’t know what it missed', async () => {
    const tenant = await test.tenant();
    const replica = await test.replica();
    await admin.query('begin');
    await admin.query('update revocation_head set sequence = sequence + 2 where id = 1');
    await admin.query(
      `insert into revocation (sequence, tenant_of_subject, kind, subject)
       select sequence, $1, 'token', 'later' from revocation_head`,
      [tenant.id],
    );
    await admin.query('commit');
    await expect(replica.revocations.confirm()).rejects.toThrow(/missed/);
    await until(() => !replica.revocations.isFresh());
    expect(replica.revocations.isFresh()).toBe(false);
  });
});

describe('a replica under which the database was restored', () => {
  it('never counts as fresh again, also once the numbers have passed what it knew', async () => {
    const replica = await test.replica();
    await admin.query('update revocation_head set sequence = sequence - 1 where id = 1');
    await expect(replica.revocations.confirm()).rejects.toThrow(/went back/);
    await until(() => !replica.revocations.isFresh());
    await admin.query('update revocation_head set sequence = sequence + 1 where id = 1');
    await expect(replica.revocations.confirm()).rejects.toThrow(/restart this replica/);
    expect(replica.revocations.isFresh()).toBe(false);
    const restarted = await test.replica();
    await restarted.revocations.confirm();
    expect(restarted.revocations.isFresh()).toBe(true);
  });
});
