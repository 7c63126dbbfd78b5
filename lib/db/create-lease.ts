import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ReplicaId } from '#lib/core';
import { LEASE_RENEW_MS, LEASE_TTL_MS } from './constants.ts';
import {
  endLease,
  fenceLease,
  forgetOldLeases,
  insertLease,
  listDeadLeases,
  markLeaseRecovered,
  renewLease,
} from './lease-statements.ts';
import type { DatabaseLogger, ReplicaLease } from './types.ts';

export interface LeaseDeps {
  readonly pool: Pool;
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
  await insertLease(pool, id);
  await forgetOldLeases(pool);

  const renew = async () => {
    const startedAt = now();
    if (await renewLease(pool, id)) {
      renewedAt = startedAt;
      return;
    }
    if (fenced) return;
    fenced = true;
    logger.error({ replica: id }, 'this replica was declared dead by another one and stops appending');
    for (const handler of handlers) handler();
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
    listDead: async () => await listDeadLeases(pool, id),
    fence: async (dead) => await fenceLease(pool, dead),
    markRecovered: async (dead) => await markLeaseRecovered(pool, dead),
    onFenced: (handler) => {
      handlers.push(handler);
    },
    close: async () => {
      clearInterval(timer);
      // Whatever it left open may be closed by others at once; if this fails, when the lease has run out.
      await endLease(pool, id).catch(() => undefined);
    },
  };
}
