import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase, type TestTenant } from '../../e2e/harness/index.ts';
import { ANSWER_GRACE_MS, LANE_WATCH_MS, SQL_STATEMENT_TIMEOUT_MS } from './constants.ts';
import { createSqlLanes, type SqlLane } from './sql-lanes.ts';
import { TenantPool } from './tenant-pool.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const WHO = { text: `select current_setting('app.tenant', true) as tenant, pg_backend_pid() as pid` };

let test: TestDatabase;
let tenants: readonly TestTenant[];
beforeAll(async () => {
  test = await createTestDatabase();
  tenants = [await test.tenant(), await test.tenant(), await test.tenant()];
});
afterAll(async () => await test.close());

type Row = { readonly tenant: string; readonly pid: number };

function ask(lane: SqlLane, statement: { text: string } = WHO): Promise<Row> {
  return new Promise((resolve, reject) => {
    lane.run(statement, (error, rows) => (error ? reject(error) : resolve(rows[0] as Row)));
  });
}

/** Lanes over a pool of two connections, and a clock that the test moves. */
function createLanes(url = test.url) {
  const pool = new TenantPool({ connectionString: url, max: 2 }, logger);
  let time = 0;
  const readings: (() => void)[] = [];
  // The watch reads the clock each time that it looks, and judges once the event loop has read.
  const lanes = createSqlLanes(pool, () => {
    for (const read of readings.splice(0)) setImmediate(() => setImmediate(read));
    return time;
  });
  const looked = async (times: number) => {
    for (let look = 0; look < times; look += 1)
      await new Promise<void>((resolve) => void readings.push(resolve));
  };
  const close = async () => {
    lanes.close();
    await pool.end();
  };
  return { pool, lanes, close, looked, pass: (ms: number) => (time += ms) };
}

/** A way to the database that can fall silent without breaking. */
async function openProxy(): Promise<{ url: string; silence: () => void; close: () => Promise<void> }> {
  const target = new URL(test.url);
  const sockets: Socket[] = [];
  let isSilent = false;
  const server = createServer((incoming) => {
    const outgoing = connect(Number(target.port), target.hostname);
    sockets.push(incoming, outgoing);
    for (const socket of [incoming, outgoing]) socket.on('error', () => undefined);
    incoming.on('data', (bytes) => void (isSilent || outgoing.write(bytes)));
    outgoing.on('data', (bytes) => void (isSilent || incoming.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: url.href, silence: () => (isSilent = true), close };
}

describe('a lane', () => {
  it('keeps its connection for the next statement, and gives it back when there is none', async () => {
    const { pool, lanes, close } = createLanes();
    const lane = lanes.lane(tenants[0]?.id ?? ('' as never));
    const { pid } = await ask(lane);
    expect(pool.idleCount).toBe(0);
    expect((await ask(lane)).pid).toBe(pid);
    await expect.poll(() => pool.idleCount, { timeout: LANE_WATCH_MS * 4 }).toBe(1);
    await close();
  });

  it('makes room for other tenants, each of which has its own tenant set', async () => {
    const { lanes, close } = createLanes();
    const each = tenants.map(({ id }) => ({ id, lane: lanes.lane(id) }));
    for (let round = 0; round < 3; round += 1) {
      for (const { id, lane } of each) expect((await ask(lane)).tenant).toBe(id);
    }
    const crowd = await Promise.all([...each, ...each, ...each].map(({ lane }) => ask(lane)));
    expect(crowd.map(({ tenant }) => tenant)).toEqual(
      [...tenants, ...tenants, ...tenants].map(({ id }) => id),
    );
    await close();
  });

  it('goes on after an error, with the same tenant set', async () => {
    const { lanes, close } = createLanes();
    const id = tenants[1]?.id ?? ('' as never);
    const lane = lanes.lane(id);
    await ask(lane);
    await expect(ask(lane, { text: 'select 1 / 0 as tenant' })).rejects.toThrow('division by zero');
    expect((await ask(lane)).tenant).toBe(id);
    await close();
  });

  it('takes an answer that arrived while the event loop stood still, however long that was', async () => {
    const { lanes, close, pass } = createLanes();
    const lane = lanes.lane(tenants[0]?.id ?? ('' as never));
    const { pid } = await ask(lane);
    await new Promise((resolve) => setImmediate(resolve));
    const asked = ask(lane);
    // The question is on its way; PostgreSQL answers a process that sleeps, and the watch is due before that is read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * LANE_WATCH_MS);
    pass(SQL_STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS);
    expect((await asked).pid).toBe(pid);
    await close();
  });

  it('gives up on a connection that says nothing, once, and takes another', async () => {
    const proxy = await openProxy();
    const { pool, lanes, close, pass, looked } = createLanes(proxy.url);
    const lane = lanes.lane(tenants[0]?.id ?? ('' as never));
    const connected = once(pool, 'connect');
    await ask(lane);
    const [connection] = (await connected) as [PoolClient];
    const ended = once(connection, 'end');
    proxy.silence();
    const answers: string[] = [];
    lane.run(WHO, (error) => answers.push(error?.message ?? 'no error'));
    await looked(2);
    expect(answers).toEqual([]);
    pass(SQL_STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS);
    await looked(1);
    expect(answers).toEqual(['PostgreSQL did not answer in time']);
    expect(pool.totalCount).toBe(0);
    await proxy.close();
    await ended;
    expect(answers).toHaveLength(1);
    await close();
  });
});
