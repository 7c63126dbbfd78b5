import type { UpstreamFailure } from '../upstream-failure.ts';

export const NOT_READING: UpstreamFailure = {
  kind: 'overloaded',
  message: 'does not read what it is sent: as much waits for it as may.',
};

/** Never a lost session: what the process had been sent it may have done, and nothing is to be done twice. */
export const ENDED: UpstreamFailure = { kind: 'cut_off', message: 'was ended before it had answered.' };
