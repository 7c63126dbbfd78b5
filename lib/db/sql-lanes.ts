import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { onceRead, type TenantId } from '#lib/core';
import { ANSWER_GRACE_MS, LANE_WATCH_MS, SQL_STATEMENT_TIMEOUT_MS } from './constants.ts';
import { forgetTenantOf, type TenantPool } from './tenant-pool.ts';

type Done = (error: Error | null, rows: readonly unknown[]) => void;

/** Runs statements of one tenant that follow each other closely, without a promise, a checkout or a timer for each. */
export interface SqlLane {
  run(statement: QueryConfig, done: Done): void;
}

export interface SqlLanes {
  lane(tenant: TenantId): SqlLane;
  /** Gives connections that are only kept back to the pool: somebody else needs one. */
  makeRoom(): void;
  close(): void;
}

interface Lent {
  readonly connection: PoolClient;
  readonly release: (broken?: unknown) => void;
}

/** A statement on its way. */
interface Running extends Lent {
  readonly done: Done;
  readonly deadline: number;
  isOver: boolean;
}

/**
 * A lane keeps the connection of its last statement for the next one, for a moment. One watch for all lanes gives back
 * what nobody used since it last looked, and gives up on connections that say nothing.
 */
export function createSqlLanes(pool: TenantPool, now: () => number): SqlLanes {
  const running = new Set<Running>();
  const lanes = new Set<Lane>();
  let timer: NodeJS.Timeout | undefined;

  const judge = (time: number) => {
    for (const each of running) if (each.deadline <= time) giveUp(running, each);
  };
  const watch = () => {
    const time = now();
    onceRead(() => judge(time));
    for (const lane of lanes) lane.rest();
    if (running.size > 0 || lanes.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const giveAllBack = () => {
    for (const lane of lanes) lane.giveBack();
  };
  const around: Around = {
    pool,
    now,
    started: (each) => {
      running.add(each);
      timer ??= setInterval(watch, LANE_WATCH_MS).unref();
    },
    ended: (each) => running.delete(each),
    keeps: (lane) => lanes.add(lane),
    gave: (lane) => lanes.delete(lane),
    makeRoom: () => {
      if (pool.idleCount === 0 && pool.totalCount >= pool.options.max) giveAllBack();
    },
  };
  return { lane: (tenant) => new Lane(tenant, around), makeRoom: around.makeRoom, close: giveAllBack };
}

interface Around {
  readonly pool: TenantPool;
  readonly now: () => number;
  started(each: Running): void;
  ended(each: Running): void;
  keeps(lane: Lane): void;
  gave(lane: Lane): void;
  makeRoom(): void;
}

class Lane implements SqlLane {
  readonly #tenant: TenantId;
  readonly #around: Around;
  #kept: Lent | undefined;
  /** Used since the watch last looked. */
  #isFresh = false;

  constructor(tenant: TenantId, around: Around) {
    this.#tenant = tenant;
    this.#around = around;
  }

  run(statement: QueryConfig, done: Done): void {
    const kept = this.#kept;
    if (kept !== undefined) {
      this.#kept = undefined;
      return this.#ask(kept, statement, done);
    }
    this.#around.makeRoom();
    return this.#around.pool.connectFor(this.#tenant, (error, connection, release) => {
      if (connection) this.#ask({ connection, release }, statement, done);
      else done(error ?? new Error('the pool gave no connection'), []);
    });
  }

  rest(): void {
    if (!this.#isFresh) this.giveBack();
    this.#isFresh = false;
  }

  giveBack(): void {
    this.#around.gave(this);
    const kept = this.#kept;
    this.#kept = undefined;
    kept?.release();
  }

  #ask({ connection, release }: Lent, statement: QueryConfig, done: Done): void {
    const deadline = this.#around.now() + SQL_STATEMENT_TIMEOUT_MS + ANSWER_GRACE_MS;
    const each: Running = { connection, release, done, deadline, isOver: false };
    this.#around.started(each);
    connection.query(statement, (failure: Error | null, result?: QueryResult) => {
      if (each.isOver) return;
      each.isOver = true;
      this.#around.ended(each);
      if (failure) {
        forgetTenantOf(connection);
        release(isBroken(failure) ? failure : undefined);
      } else this.#keep(each);
      done(failure, failure ? [] : ((result?.rows ?? []) as unknown[]));
    });
  }

  /** Kept before the caller hears: the next statement is often asked from its very callback. */
  #keep({ connection, release }: Lent): void {
    const { pool } = this.#around;
    if (this.#kept !== undefined || pool.waitingCount > 0 || pool.ending) return release();
    this.#kept = { connection, release };
    this.#isFresh = true;
    return this.#around.keeps(this);
  }
}

/** No answer beyond all measure: whatever still comes is not listened to, and the connection is closed. */
function giveUp(running: Set<Running>, each: Running): void {
  running.delete(each);
  each.isOver = true;
  forgetTenantOf(each.connection);
  const error = new Error('PostgreSQL did not answer in time');
  each.release(error);
  each.done(error, []);
}

/** An error that PostgreSQL answered with leaves the connection usable; any other, and its own farewells (57P…), do not. */
function isBroken(error: Error & { code?: string; severity?: string }): boolean {
  return error.severity !== 'ERROR' || error.code?.startsWith('57P') === true;
}
