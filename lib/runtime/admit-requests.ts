import type { ServerResponse } from 'node:http';
import { FairPlaces } from '#lib/core';
import {
  REQUEST_LOOK_MS,
  REQUEST_WORK_MS,
  REQUESTS_IN_FLIGHT_MAX,
  REQUESTS_SHARE_WEIGHT,
  REQUESTS_WORKING_MAX,
  REQUESTS_WORKING_MIN,
  TENANT_RECENT_MS,
} from './constants.ts';
import { type Turn, Turns } from './turns.ts';

/** Whoever is no tenant: probes, and strangers. */
export const NOBODY = '';

/** What a request holds while it is under way. */
export interface Place {
  /** Gives it back: it turned out to be a stream that waits for news, or it is over. */
  readonly leave: () => void;
  /** It waits for somebody else, and what others do need not wait for it; or it goes on. */
  readonly away: (isAway: boolean) => void;
}

export const NO_PLACE: Place = { leave: () => undefined, away: () => undefined };

/** False: too much is under way, of this party or of all; nothing was begun. */
export type Admit = (party: string, response: ServerResponse, begin: (place: Place) => void) => boolean;

/**
 * The bounded queue in front of everything. Places bound what is held in memory, turns what is worked on at once; both
 * are shared by tenants, so that one that floods this process waits, and is refused, by itself.
 */
export function createAdmission(): Admit {
  const places = new FairPlaces<string>(REQUESTS_IN_FLIGHT_MAX, REQUESTS_SHARE_WEIGHT);
  const turns = new Turns({
    workMax: REQUESTS_WORKING_MAX,
    ownMin: REQUESTS_WORKING_MIN,
    lapseMs: REQUEST_WORK_MS,
    lookMs: REQUEST_LOOK_MS,
    recentMs: TENANT_RECENT_MS,
    now: () => performance.now(),
    every: (ms, run) => {
      const timer = setInterval(run, ms).unref();
      return () => clearInterval(timer);
    },
  });
  return (party, response, begin) => {
    if (!places.take(party)) return false;
    let turn: Turn | undefined;
    let isHere = true;
    const place: Place = {
      leave: () => {
        if (isHere) places.leave(party);
        isHere = false;
        if (turn) turns.end(turn);
      },
      away: (isAway) => {
        if (turn === undefined) return;
        if (isAway) turns.pause(turn);
        else turns.resume(turn);
      },
    };
    response.once('close', place.leave);
    // Probes and strangers are answered at once; that they come must not slow down a tenant that is alone.
    if (party === NOBODY) begin(place);
    else turn = turns.begin(party, () => begin(place));
    return true;
  };
}
