import { BATCH_LEAVES_MAX, MANY_CALLS } from './constants.ts';

/**
 * Whether a batch should go now: of the calls that are under way so many wait for it that waiting for the others, who are
 * elsewhere, helps nobody. Of a few calls half is enough; of many three quarters, for what a batch costs whatever is in it
 * is shared by more then.
 */
export function hasCompany(waiting: number, elsewhere: number): boolean {
  const enough = waiting + elsewhere < MANY_CALLS ? elsewhere : 3 * elsewhere;
  return waiting > 0 && (waiting >= enough || waiting >= BATCH_LEAVES_MAX);
}
