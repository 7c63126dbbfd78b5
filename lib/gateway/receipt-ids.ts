import { randomFillSync } from 'node:crypto';
import { uuidV7, type Clock, type ReceiptId } from '#lib/core';

const POOL_BYTES = 4_096;
const BYTES_PER_ID = 10;

/** Makes receipt ids; randomness comes from a pool, for asking the system each time costs more than the id. */
export function createReceiptIds(clock: Clock): () => ReceiptId {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return () => {
    if (used + BYTES_PER_ID > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const id = uuidV7(clock.now(), pool.subarray(used, used + BYTES_PER_ID));
    used += BYTES_PER_ID;
    return id;
  };
}
