import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { ReplicaId } from '#lib/core';
import { HOUSEKEEPING_KEEP_HOURS, LEASE_RENEW_MS, LEASE_TTL_MS } from './constants.ts';
import type { DatabaseLogger, ReplicaLease } from './types.ts';

export interface LeaseDeps {
  readonly pool: pg.Pool;
  readonly logger: DatabaseLogger;
  readonly now: () => number;
}

/** Takes this process's lease and keeps renewing it. PostgreSQL's clock alone says when a lease has ended. */
export async function createLease({
  pool,
  logger,
  now,
}: LeaseDeps): Promise<ReplicaLease & { close(): Promise<void> }> {
  const id = randomUUID() as ReplicaId;
  const handlers: (() => void)[] = [];
  let fenced = false;
  let renewedAt = now();

  await pool.query(
    `insert into replica_lease (id, started_at, expires_at)
     values ($1, now(), clock_timestamp() + $2::int * interval '1 millisecond')`,
    [id, LEASE_TTL_MS],
  );
  await pool.query(`delete from replica_lease where recovered_at < now() - $1::int * interval '1 hour'`, [
    HOUSEKEEPING_KEEP_HOURS,
  ]);

  const renew = async () => {
    const startedAt = now();
    const { rowCount } = await pool.query(
      `update replica_lease set expires_at = clock_timestamp() + $2::int * interval '1 millisecond'
       where id = $1 and fenced_at is null`,
      [id, LEASE_TTL_MS],
    );
    if (rowCount === 1) renewedAt = startedAt;
    else if (!fenced) {
      fenced = true;
      logger.error({ replica: id }, 'this replica was declared dead by another one and stops appending');
      for (const handler of handlers) handler();
    }
  };
  const timer = setInterval(() => {
    if (!fenced)
      renew().catch((error: Error) => logger.warn({ error: error.message }, 'the lease was not renewed'));
  }, LEASE_RENEW_MS);
  timer.unref();

  return {
    id,
    // Past its own time it may have been fenced without knowing: until a renewal succeeds it must assume so.
    isFenced: () => fenced || now() - renewedAt > LEASE_TTL_MS,
    listDead: async () => {
      const { rows } = await pool.query<{ id: ReplicaId }>(
        `select id from replica_lease
         where expires_at < clock_timestamp() and recovered_at is null and id <> $1 order by expires_at`,
        [id],
      );
      return rows.map((row) => row.id);
    },
    fence: async (dead) => {
      const { rowCount } = await pool.query(
        `update replica_lease set fenced_at = coalesce(fenced_at, clock_timestamp())
         where id = $1 and (fenced_at is not null or expires_at < clock_timestamp())`,
        [dead],
      );
      return rowCount === 1;
    },
    markRecovered: async (dead) => {
      await pool.query(
        'update replica_lease set recovered_at = now() where id = $1 and fenced_at is not null',
        [dead],
      );
    },
    onFenced: (handler) => {
      handlers.push(handler);
    },
    close: async () => {
      clearInterval(timer);
      // Whatever it left open may be closed by others at once.
      await pool
        .query('update replica_lease set expires_at = clock_timestamp() where id = $1', [id])
        .catch(() => undefined);
    },
  };
}
