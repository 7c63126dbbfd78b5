import type pg from 'pg';
import type { TenantId } from '#lib/core';
import { afterCommit } from './after-commit.ts';
import {
  HOUSEKEEPING_KEEP_HOURS,
  REVOCATION_FRESH_MS,
  REVOCATION_PAGE_ROWS,
  REVOCATION_POLL_MS,
} from './constants.ts';
import type { Listener } from './create-listener.ts';
import type { DatabaseLogger, RevocationKind, RevocationNotice, RevocationSequence } from './types.ts';

export const REVOCATION_CHANNEL = 'revocation';

export interface RevocationDeps {
  readonly pool: pg.Pool;
  readonly listener: Listener;
  readonly notify: (channel: string, payload: string) => Promise<void>;
  readonly logger: DatabaseLogger;
  readonly now: () => number;
}

type Sequence = RevocationSequence & { close(): Promise<void> };

/** Starts at the newest revocation: what was revoked before this replica started, it has never cached. */
export async function createRevocationSequence(deps: RevocationDeps): Promise<Sequence> {
  const { pool, listener, logger, now } = deps;
  const subscribers = new Set<(notice: RevocationNotice) => void>();
  let head = await readHead(pool);
  let confirmedAt = now();
  let running: Promise<void> | undefined;
  let again = false;

  const catchUp = async () => {
    const startedAt = now();
    const newest = await readHead(pool);
    while (head < newest) {
      const notices = await readAfter(pool, head);
      for (const notice of notices) {
        for (const subscriber of subscribers) subscriber(notice);
        head = notice.sequence;
      }
      // Numbers are without gaps and rows outlive any replica's lag; a missing row must not stop the world.
      if (notices.length === 0) head = newest;
    }
    confirmedAt = startedAt;
  };
  // One at a time. A caller who comes while one runs gets the next: the running one may have read the head before.
  const confirm = async (): Promise<void> => {
    if (running) {
      again = true;
      await running.catch(() => undefined);
      if (!again) return await running;
      again = false;
    }
    running = catchUp().finally(() => {
      running = undefined;
    });
    return await running;
  };
  const confirmQuietly = () => {
    confirm().catch((error: Error) =>
      logger.warn({ error: error.message }, 'the revocation sequence was not confirmed'),
    );
  };
  const timer = setInterval(() => {
    if (!running) confirmQuietly();
  }, REVOCATION_POLL_MS);
  timer.unref();
  const stopListening = await listener.listen(REVOCATION_CHANNEL, confirmQuietly);
  void pool
    .query(`delete from revocation where at < now() - $1::int * interval '1 hour'`, [HOUSEKEEPING_KEEP_HOURS])
    .catch(() => undefined);

  return {
    current: () => head,
    isFresh: () => now() - confirmedAt <= REVOCATION_FRESH_MS,
    confirm,
    subscribe: (handler) => {
      subscribers.add(handler);
      return () => subscribers.delete(handler);
    },
    revoke: async (tx, { tenant, kind, subject }) => {
      // The head row's lock is held until the commit: numbers become visible in order and without gaps.
      await tx.$executeRaw`
        with head as (update revocation_head set sequence = sequence + 1 where id = 1 returning sequence)
        insert into revocation (sequence, tenant_of_subject, kind, subject)
        select sequence, ${tenant}::uuid, ${kind}, ${subject} from head`;
      afterCommit(tx, () => {
        // Lost, every replica still finds out within its poll.
        deps.notify(REVOCATION_CHANNEL, '').catch(() => undefined);
      });
    },
    close: async () => {
      clearInterval(timer);
      stopListening();
      await running?.catch(() => undefined);
    },
  };
}

async function readHead(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ sequence: string }>({
    name: 'revocation_head',
    text: 'select sequence from revocation_head where id = 1',
  });
  const sequence = rows[0]?.sequence;
  if (sequence === undefined) throw new Error('the revocation head is missing: apply the migrations');
  return BigInt(sequence);
}

async function readAfter(pool: pg.Pool, sequence: bigint): Promise<readonly RevocationNotice[]> {
  const { rows } = await pool.query<{ sequence: string; tenant: string; kind: string; subject: string }>({
    name: 'revocations_after',
    text: `select sequence, tenant_of_subject as tenant, kind, subject from revocation
           where sequence > $1 order by sequence limit $2`,
    values: [sequence, REVOCATION_PAGE_ROWS],
  });
  return rows.map((row) => ({
    sequence: BigInt(row.sequence),
    tenant: row.tenant as TenantId,
    kind: row.kind as RevocationKind,
    subject: row.subject,
  }));
}
