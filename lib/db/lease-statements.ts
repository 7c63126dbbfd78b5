import type { Pool } from 'pg';
import type { ReplicaId } from '#lib/core';
import { HOUSEKEEPING_KEEP_HOURS, LEASE_TTL_MS } from './constants.ts';

export async function insertLease(pool: Pool, id: ReplicaId): Promise<void> {
  await pool.query(
    `insert into replica_lease (id, started_at, expires_at)
     values ($1, now(), clock_timestamp() + $2::int * interval '1 millisecond')`,
    [id, LEASE_TTL_MS],
  );
}

/** False when the lease was fenced: it never comes back. */
export async function renewLease(pool: Pool, id: ReplicaId): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update replica_lease set expires_at = clock_timestamp() + $2::int * interval '1 millisecond'
     where id = $1 and fenced_at is null`,
    [id, LEASE_TTL_MS],
  );
  return rowCount === 1;
}

export async function listDeadLeases(pool: Pool, except: ReplicaId): Promise<readonly ReplicaId[]> {
  const { rows } = await pool.query<{ id: ReplicaId }>(
    `select id from replica_lease
     where expires_at < clock_timestamp() and recovered_at is null and id <> $1 order by expires_at`,
    [except],
  );
  return rows.map((row) => row.id);
}

export async function fenceLease(pool: Pool, dead: ReplicaId): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update replica_lease set fenced_at = coalesce(fenced_at, clock_timestamp())
     where id = $1 and (fenced_at is not null or expires_at < clock_timestamp())`,
    [dead],
  );
  return rowCount === 1;
}

export async function markLeaseRecovered(pool: Pool, dead: ReplicaId): Promise<void> {
  await pool.query('update replica_lease set recovered_at = now() where id = $1 and fenced_at is not null', [
    dead,
  ]);
}

export async function endLease(pool: Pool, id: ReplicaId): Promise<void> {
  await pool.query('update replica_lease set expires_at = clock_timestamp() where id = $1', [id]);
}

/** Fenced rows are kept for a while after their recovery, so that a process that slept meets its fence. */
export async function forgetOldLeases(pool: Pool): Promise<void> {
  await pool.query(`delete from replica_lease where recovered_at < now() - $1::int * interval '1 hour'`, [
    HOUSEKEEPING_KEEP_HOURS,
  ]);
}
