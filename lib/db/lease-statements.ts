import type { Pool } from 'pg';
import type { ReplicaId } from '#lib/core';
import { HOUSEKEEPING_KEEP_HOURS, LEASE_TTL_MS } from './constants.ts';

/** The end of a lease that did not run out but was given up. */
const GIVEN_UP = '1970-01-01T00:00:00Z';

export async function insertLease(pool: Pool, id: ReplicaId): Promise<void> {
  await pool.query(
    `insert into replica_lease (id, started_at, expires_at)
     values ($1, now(), clock_timestamp() + $2::int * interval '1 millisecond')`,
    [id, LEASE_TTL_MS],
  );
}

/** False when the lease was fenced or given up: it never comes back. */
export async function renewLease(pool: Pool, id: ReplicaId): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update replica_lease set expires_at = clock_timestamp() + $2::int * interval '1 millisecond'
     where id = $1 and fenced_at is null and expires_at <> $3::timestamptz`,
    [id, LEASE_TTL_MS, GIVEN_UP],
  );
  return rowCount === 1;
}

/** A lease that has ended. */
export interface EndedLease {
  readonly id: ReplicaId;
  /** When it ran out, as text: another text means that it was renewed meanwhile. */
  readonly expiresAt: string;
  /** Its owner gave it up, or was declared dead already: nobody has to be waited for. */
  readonly isOver: boolean;
}

export async function listEndedLeases(pool: Pool, except: ReplicaId): Promise<readonly EndedLease[]> {
  const { rows } = await pool.query<EndedLease>(
    `select id, expires_at::text as "expiresAt", (fenced_at is not null or expires_at = $2::timestamptz) as "isOver"
     from replica_lease
     where expires_at < clock_timestamp() and recovered_at is null and id <> $1 order by expires_at`,
    [except, GIVEN_UP],
  );
  return rows;
}

/** One that has run out may be of a replica that could not reach PostgreSQL for a while, and lives. */
export async function hasOtherLeases(pool: Pool, except: ReplicaId): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    `select exists (
       select from replica_lease where id <> $1 and fenced_at is null and expires_at <> $2::timestamptz
     ) as found`,
    [except, GIVEN_UP],
  );
  return rows[0]?.found === true;
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

/** Gives it up: whatever is open may be closed by others at once. */
export async function endLease(pool: Pool, id: ReplicaId): Promise<void> {
  await pool.query('update replica_lease set expires_at = $2::timestamptz where id = $1', [id, GIVEN_UP]);
}

/** Fenced rows are kept for a while after their recovery, so that a process that slept meets its fence. */
export async function forgetOldLeases(pool: Pool): Promise<void> {
  await pool.query(`delete from replica_lease where recovered_at < now() - $1::int * interval '1 hour'`, [
    HOUSEKEEPING_KEEP_HOURS,
  ]);
}
