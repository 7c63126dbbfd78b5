import { randomFillSync } from 'node:crypto';

const BYTES_PER_ID = 12;
const POOL_BYTES = 256 * BYTES_PER_ID;

/** Makes request ids; randomness comes from a pool, for asking the system each time costs more than the id. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return () => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += BYTES_PER_ID;
    return pool.toString('base64url', used - BYTES_PER_ID, used);
  };
}
