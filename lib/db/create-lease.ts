import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ReplicaId } from '#lib/core';
import { LEASE_RENEW_MS, LEASE_SUSPECT_MS, LEASE_TTL_MS } from './constants.ts';
import {
  endLease,
  type EndedLease,
  fenceLease,
  forgetOldLeases,
  hasOtherLeases,
  insertLease,
  listEndedLeases,
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
    listDead: createDeathWatch(async () => await listEndedLeases(pool, id), now),
    hasOthers: async () => await hasOtherLeases(pool, id),
    fence: async (dead) => await fenceLease(pool, dead),
    markRecovered: async (dead) => await markLeaseRecovered(pool, dead),
    onFenced: (handler) => {
      handlers.push(handler);
    },
    close: async () => {
      clearInterval(timer);
      // If this fails, others find out when the lease has run out.
      await endLease(pool, id).catch(() => undefined);
    },
  };
}

/**
 * A lease that has run out is not yet a death: after an outage of PostgreSQL those of all have, and whoever declared the
 * others dead then would end replicas that live. It counts once it was found unchanged twice, long enough apart.
 */
function createDeathWatch(
  listEnded: () => Promise<readonly EndedLease[]>,
  now: () => number,
): () => Promise<readonly ReplicaId[]> {
  let suspects = new Map<string, number>();
  return async () => {
    const ended = await listEnded();
    const time = now();
    const nameOf = ({ id, expiresAt }: EndedLease) => `${id} ${expiresAt}`;
    suspects = new Map(ended.map((lease) => [nameOf(lease), suspects.get(nameOf(lease)) ?? time]));
    return ended
      .filter((lease) => lease.isOver || time - (suspects.get(nameOf(lease)) ?? time) >= LEASE_SUSPECT_MS)
      .map(({ id }) => id);
  };
}
