import { AsyncLocalStorage } from 'node:async_hooks';
import { startDeadline } from '#lib/core';
import { TRANSACTION_SPARE_SHARE, TRANSACTION_WAIT_MS } from './constants.ts';
import { TransactionWaitError } from './errors.ts';

/**
 * Who may begin a transaction. Work inside of one reads beside it, too: keys, people, what is no part of the change. If
 * transactions could hold every connection, each would wait for another one's end, and nobody would get any further.
 */
export interface TransactionPlaces {
  /** Runs `work` when there is a place. Inside of a transaction it runs at once: its place is taken already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** A taken one. What began inside of a transaction and outlives it (a timer, a stream) has none any more. */
interface Place {
  isTaken: boolean;
}

interface Waiting {
  readonly begin: () => void;
}

export function createTransactionPlaces(poolSize: number): TransactionPlaces {
  const spare = Math.max(1, Math.floor(poolSize * TRANSACTION_SPARE_SHARE));
  const inside = new AsyncLocalStorage<Place>();
  const waiting = new Set<Waiting>();
  let free = Math.max(1, poolSize - spare);

  const take = async () =>
    await new Promise<void>((resolve, reject) => {
      if (free > 0) {
        free -= 1;
        return resolve();
      }
      const stop = startDeadline(TRANSACTION_WAIT_MS, () => {
        waiting.delete(mine);
        reject(new TransactionWaitError());
      });
      const mine: Waiting = {
        begin: () => {
          stop();
          resolve();
        },
      };
      return void waiting.add(mine);
    });
  const leave = () => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next.begin();
  };

  return {
    run: async (work) => {
      if (inside.getStore()?.isTaken === true) return await work();
      await take();
      const place: Place = { isTaken: true };
      try {
        return await inside.run(place, work);
      } finally {
        place.isTaken = false;
        leave();
      }
    },
  };
}
