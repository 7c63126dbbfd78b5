import type { Pool } from 'pg';
import { afterCommit } from './after-commit.ts';
import { REVOCATION_FRESH_MS, REVOCATION_POLL_MS } from './constants.ts';
import type { NotificationListener } from './notification-listener.ts';
import {
  forgetOldRevocations,
  insertRevocation,
  readRevocationHead,
  readRevocationsAfter,
} from './revocation-statements.ts';
import type { DatabaseLogger, RevocationNotice, RevocationSequence } from './types.ts';

export const REVOCATION_CHANNEL = 'revocation';

export interface RevocationDeps {
  readonly pool: Pool;
  readonly listener: NotificationListener;
  readonly notify: (channel: string, payload: string) => Promise<void>;
  readonly logger: DatabaseLogger;
  readonly now: () => number;
}

/** Starts at the newest revocation: what was revoked before this replica started, it has never cached. */
export async function createRevocationSequence(
  deps: RevocationDeps,
): Promise<RevocationSequence & { close(): Promise<void> }> {
  const { pool, listener, logger, now } = deps;
  const subscribers = new Set<(notice: RevocationNotice) => void>();
  let current = await readRevocationHead(pool);
  let confirmedAt = now();
  let isRewound = false;

  const confirm = oneAtATime(async () => {
    const startedAt = now();
    const newest = await readRevocationHead(pool);
    // Restored under a running replica: numbers that this replica has handled are given out again.
    isRewound ||= newest < current;
    if (isRewound)
      throw new Error('revocations went back: the database was restored from a backup; restart this replica');
    while (current < newest) {
      const notices = await readRevocationsAfter(pool, current);
      // A replica that slept for longer than revocations are kept can't know what it missed: it stays unfresh.
      if (notices[0]?.sequence !== current + 1n)
        throw new Error('revocations were missed: restart this replica');
      for (const notice of notices) {
        for (const subscriber of subscribers) subscriber(notice);
        current = notice.sequence;
      }
    }
    confirmedAt = startedAt;
  });
  const confirmQuietly = () =>
    confirm().catch((error: Error) =>
      logger.warn({ error: error.message }, 'the revocation sequence was not confirmed'),
    );
  let isPolling = false;
  const timer = setInterval(() => {
    // While PostgreSQL does not answer, one poll waits, not one more every time.
    if (isPolling) return;
    isPolling = true;
    void confirmQuietly().finally(() => {
      isPolling = false;
    });
  }, REVOCATION_POLL_MS);
  timer.unref();
  const stopListening = await listener.listen(REVOCATION_CHANNEL, () => void confirmQuietly());
  await forgetOldRevocations(pool);

  return {
    current: () => current,
    ageMs: () => now() - confirmedAt,
    isFresh: () => now() - confirmedAt <= REVOCATION_FRESH_MS,
    confirm,
    subscribe: (handler) => {
      subscribers.add(handler);
      return () => subscribers.delete(handler);
    },
    revoke: async (tx, revocation) => {
      await insertRevocation(tx, revocation);
      // Should this get lost, every replica still finds out by its poll.
      afterCommit(tx, () => void deps.notify(REVOCATION_CHANNEL, '').catch(() => undefined));
    },
    close: async () => {
      clearInterval(timer);
      stopListening();
      await confirm().catch(() => undefined);
    },
  };
}

/**
 * Runs `work` never twice at once. Whoever asks while it runs gets the run after it, which they share: the running
 * one may have looked before what they know of happened.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    const run = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  };
  return () => {
    if (!running) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
