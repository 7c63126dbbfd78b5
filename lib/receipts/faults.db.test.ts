import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemTimers } from '#lib/core';
import type { Database, TenantDb } from '#lib/db';
import { ATTEMPT_WAIT_MS, DEADLINE_CHECK_MS, RETRY_MIN_MS } from './constants.ts';
import { explainRefusedLog, HighWaterError, LogRetired, LogUnavailable } from './errors.ts';
import { newAttempt, newOutcome, newPerson } from './testing/drafts.ts';
import { attempt, createScene, outcome, type Scene } from './testing/scene.ts';

let scene: Scene;
const auditor = { all: true, actor: { mode: 'operator' as const } };

beforeAll(async () => {
  scene = await createScene();
});
afterAll(async () => await scene.close());

/** The real database behind a wire that can be cut: before a statement arrives, or before its answer does. */
interface Wire {
  cut: 'no' | 'before' | 'after';
  /** How often something was lost on it. */
  losses: number;
}
function behind(database: Database, wire: Wire): Database {
  const lost = () => {
    wire.losses += 1;
    return new Error('Connection terminated unexpectedly');
  };
  const wrap = (db: TenantDb): TenantDb => ({
    ...db,
    sqlCallback: <Row>(
      text: string,
      values: readonly unknown[],
      done: (error: Error | null, rows: readonly Row[]) => void,
    ) => {
      const { cut } = wire;
      if (cut === 'before') return void setImmediate(() => done(lost(), []));
      return db.sqlCallback<Row>(text, values, (error, rows) => {
        if (cut === 'no') done(error, rows);
        else if (cut === 'after') done(lost(), []);
      });
    },
    sqlTransaction: async (work) => {
      if (wire.cut !== 'no') throw lost();
      return await db.sqlTransaction(work);
    },
  });
  return { ...database, tenantDb: (id) => wrap(database.tenantDb(id)) };
}

describe('a lost connection', () => {
  it.each(['before', 'after'] as const)('%s the commit loses nothing and doubles nothing', async (moment) => {
    const wire: Wire = { cut: 'no', losses: 0 };
    const receipts = scene.receipts(behind(scene.test.database, wire));
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const call = newAttempt(newPerson());
    wire.cut = moment;
    const waiting = attempt(log, call);
    await expect.poll(() => wire.losses).toBeGreaterThanOrEqual(2);
    wire.cut = 'no';
    await waiting;
    wire.cut = moment;
    wire.losses = 0;
    const closing = outcome(log, newOutcome(call));
    await expect.poll(() => wire.losses).toBeGreaterThanOrEqual(2);
    wire.cut = 'no';
    expect(await closing).toMatchObject({ kind: 'tool_call', index: 2 });
    const { entries } = await receipts.search(owner.id, { viewer: auditor, limit: 10 });
    expect(entries.map(({ kind }) => kind)).toEqual(['tool_call', 'attempt', 'key']);
  });

  it('is answered in bounded time; an attempt that got in after all is closed as failed', async () => {
    const wire: Wire = { cut: 'no', losses: 0 };
    const receipts = scene.receipts(behind(scene.test.database, wire));
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const [call, never] = [newAttempt(newPerson()), newAttempt(newPerson())];
    wire.cut = 'after';
    const started = Date.now();
    const first = attempt(log, call).catch((error: unknown) => error);
    await expect.poll(() => wire.losses).toBeGreaterThan(0);
    const second = attempt(log, never).catch((error: unknown) => error);
    expect(await first).toBeInstanceOf(LogUnavailable);
    expect(await second).toMatchObject({ receipt: never.id });
    expect(Date.now() - started).toBeLessThan(3000);
    wire.cut = 'no';
    await expect
      .poll(async () => (await found(owner.id)).map(({ kind }) => kind), { timeout: 5000 })
      .toEqual(['tool_call', 'attempt', 'key']);
    expect((await found(owner.id))[0]).toMatchObject({ status: 'failed', attempt: call.id });

    async function found(id: typeof owner.id) {
      return (await receipts.search(id, { viewer: auditor, limit: 10 })).entries;
    }
  });

  it('during which a person is erased starts nothing for them once it is back', async () => {
    const wire: Wire = { cut: 'no', losses: 0 };
    const receipts = scene.receipts(behind(scene.test.database, wire), { keys: scene.keys });
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const person = newPerson();
    wire.cut = 'before';
    const waiting = attempt(log, newAttempt(person)).catch((error: unknown) => error);
    await expect.poll(() => wire.losses).toBeGreaterThan(0);
    await scene.test.database
      .tenantDb(owner.id)
      .transaction(async (tx) => await scene.keys.destroyPersonKey(tx, owner.id, person.id));
    wire.cut = 'no';
    expect(await waiting).toMatchObject({ cause: { message: expect.stringContaining('erased') as string } });
    expect((await receipts.search(owner.id, { viewer: auditor, limit: 10 })).entries).toHaveLength(1);
  });

  it('keeps an outcome in memory until the log can be reached, whatever its caller was told', async () => {
    const wire: Wire = { cut: 'no', losses: 0 };
    const receipts = scene.receipts(behind(scene.test.database, wire));
    const owner = await scene.tenant(receipts);
    const log = await receipts.log(owner.id);
    const call = newAttempt(newPerson());
    await attempt(log, call);
    wire.cut = 'before';
    const told = await outcome(log, newOutcome(call)).catch((error: unknown) => error);
    expect(told).toMatchObject({ receipt: call.id });
    wire.cut = 'no';
    const kinds = async () =>
      (await receipts.search(owner.id, { viewer: auditor, limit: 10 })).entries.map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: 5000 }).toEqual(['tool_call', 'attempt', 'key']);
  }, 20_000);
});

describe('keys that can not be read', () => {
  it('are asked for again soon, and ever later after that', async () => {
    const pauses: number[] = [];
    let failures = 3;
    const sealer = async (...which: Parameters<typeof scene.keys.sealer>) => {
      if ((failures -= 1) >= 0) throw new Error('no connection is free');
      return await scene.keys.sealer(...which);
    };
    const receipts = scene.receipts(undefined, {
      keys: { ...scene.keys, sealer: sealer as typeof scene.keys.sealer },
      timers: {
        ...systemTimers,
        setTimeout: (run, ms) => {
          pauses.push(ms);
          return setTimeout(run, ms);
        },
      },
    });
    const owner = await scene.tenant(scene.receipts());
    await attempt(await receipts.log(owner.id), newAttempt(newPerson()));
    expect(pauses.filter((ms) => ms < ATTEMPT_WAIT_MS).slice(0, 3)).toEqual(
      [1, 2, 4].map((times) => times * RETRY_MIN_MS),
    );
  });
});

describe('an event loop that stalls while keys are read', () => {
  it('takes them before it looks whether they are late', async () => {
    const { port1: socket, port2: postgres } = new MessageChannel();
    const read = new Promise<void>((resolve) => {
      socket.once('message', () => {
        socket.close();
        resolve();
      });
    });
    const late = Promise.withResolvers<() => void>();
    const asked = Promise.withResolvers<void>();
    const sealer = async (...which: Parameters<typeof scene.keys.sealer>) => {
      const found = await scene.keys.sealer(...which);
      asked.resolve();
      await read;
      return found;
    };
    const receipts = scene.receipts(undefined, {
      keys: { ...scene.keys, sealer: sealer as typeof scene.keys.sealer },
      timers: {
        ...systemTimers,
        setTimeout: (run, ms) => (ms === ATTEMPT_WAIT_MS ? late.resolve(run) : setTimeout(run, ms)),
      },
    });
    const owner = await scene.tenant(scene.receipts());
    await scene.keys.lookup(owner.id, 'receipt-client', 'anyone');
    const waiting = attempt(await receipts.log(owner.id), newAttempt(newPerson()));
    const [judge] = await Promise.all([late.promise, asked.promise]);
    setTimeout(() => {
      judge();
      postgres.postMessage('the answer');
    }, 0);
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('an event loop that stalls while a commit is answered', () => {
  it.each(['before', 'after'] as const)('%s the look for what is late takes the answer', async (moment) => {
    const { read, error } = await stall(moment);
    expect(error).toBeUndefined();
    expect(await read()).toEqual(['attempt', 'key']);
  });

  it('begins nothing where the lease ran out meanwhile, and closes what was committed', async () => {
    const { read, error } = await stall('before', { fenced: true });
    expect(error).toBeInstanceOf(LogUnavailable);
    await expect.poll(read, { timeout: 5000 }).toEqual(['tool_call failed', 'attempt', 'key']);
  });
});

/** An attempt whose commit PostgreSQL has answered to an event loop that reads it too late, for it stalls around its timers. */
async function stall(moment: 'before' | 'after', then = { fenced: false }) {
  const answered = Promise.withResolvers<() => void>();
  const watch = Promise.withResolvers<() => void>();
  let [isStalled, skewMs] = [false, 0];
  const { database } = scene.test;
  const wrap = (db: TenantDb): TenantDb => ({
    ...db,
    sqlCallback: <Row>(
      text: string,
      values: readonly unknown[],
      done: (error: Error | null, rows: readonly Row[]) => void,
    ) => {
      if (isStalled) db.sqlCallback<Row>(text, values, done);
      else db.sqlCallback<Row>(text, values, (...answer) => answered.resolve(() => done(...answer)));
    },
  });
  const receipts = scene.receipts(
    {
      ...database,
      tenantDb: (id) => wrap(database.tenantDb(id)),
      lease: { ...database.lease, isFenced: () => isStalled && then.fenced },
    },
    {
      clock: { now: () => Date.now() + skewMs },
      timers: {
        setTimeout: (run, ms) => (ms === DEADLINE_CHECK_MS ? watch.resolve(run) : setTimeout(run, ms)),
        clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
        setImmediate: (run) => void setImmediate(run),
      },
    },
  );
  const owner = await scene.tenant(receipts);
  const log = await receipts.log(owner.id);
  const waiting = attempt(log, newAttempt(newPerson())).then(
    () => undefined,
    (error: unknown) => error,
  );
  const [answer, judge] = await Promise.all([answered.promise, watch.promise]);
  // What arrived during the stall is read by the poll, which comes after the timers and before what is immediate.
  const { port1: socket, port2: postgres } = new MessageChannel();
  socket.once('message', () => {
    answer();
    socket.close();
  });
  const goOn = () => {
    [isStalled, skewMs] = [true, ATTEMPT_WAIT_MS + 1];
  };
  setTimeout(() => {
    if (moment === 'before') goOn();
    judge();
    if (moment === 'after') goOn();
    if (moment === 'before') postgres.postMessage('answer', []);
    else setImmediate(() => postgres.postMessage('answer', []));
  }, 0);
  const read = async () => {
    const { entries } = await receipts.search(owner.id, { viewer: auditor, limit: 10 });
    return entries.map(({ kind, status }) => (status === undefined ? kind : `${kind} ${status}`));
  };
  return { error: await waiting, read };
}

describe('the high water', () => {
  it('refuses a log that is shorter than, or other than, what was seen here', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-high-water-'));
    const first = scene.receipts(undefined, { highWaterDir: folder });
    const owner = await scene.tenant(first);
    const log = await first.log(owner.id);
    for (let round = 0; round < 3; round += 1) await attempt(log, newAttempt(undefined));
    await first.close();
    const file = join(folder, `${log.id}.head`);
    expect(readFileSync(file, 'utf8')).toMatch(/\n4\n/);

    // The log may have grown since: it still begins as it was seen.
    const second = scene.receipts(undefined, { highWaterDir: folder });
    await attempt(await second.log(owner.id), newAttempt(undefined));
    await second.close();
    const seen = readFileSync(file, 'utf8');
    expect(seen).toMatch(/\n5\n/);

    writeFileSync(file, seen.replace(/\n5\n/, '\n9\n'));
    await expect(scene.receipts(undefined, { highWaterDir: folder }).log(owner.id)).rejects.toThrow(
      HighWaterError,
    );
    writeFileSync(file, seen.replace(/\n5\n/, '\n3\n'));
    await expect(scene.receipts(undefined, { highWaterDir: folder }).log(owner.id)).rejects.toThrow(
      /log reopen/,
    );
    writeFileSync(file, 'nonsense');
    await expect(scene.receipts(undefined, { highWaterDir: folder }).log(owner.id)).rejects.toThrow(
      /damaged/,
    );
    writeFileSync(file, seen);
    await scene.receipts(undefined, { highWaterDir: folder }).log(owner.id);
    rmSync(folder, { recursive: true });
  });

  it('is named by the log that continues, and refuses for good the one that was left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-high-water-'));
    const first = scene.receipts(undefined, { highWaterDir: folder });
    const owner = await scene.tenant(first);
    const log = await first.log(owner.id);
    const db = scene.test.database.tenantDb(owner.id);
    await attempt(log, newAttempt(undefined));
    const [head] = await db.sql<object>('select * from log_head where tenant_id = $1', [owner.id]);
    await attempt(log, newAttempt(undefined));
    await first.close();

    // As a backup would put it back: head and batches as they were one attempt ago.
    const { size, root, frontier, checkpoint } = head as Record<string, unknown>;
    await db.sql(
      'update log_head set size = $2, root = $3, frontier = $4, checkpoint = $5 where tenant_id = $1',
      [owner.id, size, root, frontier, checkpoint],
    );
    const owning = new Client({ connectionString: scene.test.adminUrl });
    await owning.connect();
    await owning.query('select set_config($1, $2, false)', ['app.tenant', owner.id]);
    await owning.query('delete from log_batch where tenant_id = $1 and first_index = 2', [owner.id]);
    await owning.end();

    const second = scene.receipts(undefined, { highWaterDir: folder });
    const refusal = await second.log(owner.id).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(HighWaterError);
    expect(explainRefusedLog(refusal)).toMatch(/countersign log reopen/);
    const opened = await second.reopenLog(owner);
    expect(opened.previous).toMatchObject({ id: log.id, size: 2, seen: 3 });
    expect(readFileSync(join(folder, `${opened.id}.head`), 'utf8')).toContain(opened.origin);
    const page = await second.search(owner.id, { viewer: auditor, limit: 1 });
    const opening = await second.load(owner.id, page.entries[0]!.id, auditor);
    expect(opening?.payload['key']).toMatchObject({
      previous: { checkpoint: readFileSync(join(folder, `${log.id}.head`), 'utf8') },
    });

    // The same backup put back once more, with the old log as it was: refused although no entry is missing.
    await attempt(await second.log(owner.id), newAttempt(undefined));
    await second.close();
    rmSync(join(folder, `${log.id}.head`));
    await db.sql("update receipt_log set state = 'closed' where tenant_id = $1 and id = $2", [
      owner.id,
      opened.id,
    ]);
    await db.sql("update receipt_log set state = 'open' where tenant_id = $1 and id = $2", [
      owner.id,
      log.id,
    ]);
    const third = await scene
      .receipts(undefined, { highWaterDir: folder })
      .log(owner.id)
      .catch((error: unknown) => error);
    expect(third).toBeInstanceOf(LogRetired);
    expect(explainRefusedLog(third)).toMatch(/countersign log reopen/);
    rmSync(folder, { recursive: true });
  });
});
