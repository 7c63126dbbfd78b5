import { FairPlaces, type TenantId } from '#lib/core';
import { CALLS_IN_FLIGHT_MAX, TENANT_SHARE_WEIGHT } from './constants.ts';

/**
 * What is still to be said to servers of calls that have ended: whoever ends the process waits for it a moment. No call's place
 * is taken any more, so it has places of its own, one for each call that there may be.
 */
export class LastWords {
  #places = new FairPlaces<TenantId>(CALLS_IN_FLIGHT_MAX, TENANT_SHARE_WEIGHT);
  #whenSaid: (() => void) | undefined;

  /** What is returned is to be called, once, when it was said or can't be. Undefined: as much is being said as may be. */
  begin(tenant: TenantId): (() => void) | undefined {
    if (!this.#places.take(tenant)) return undefined;
    return () => {
      this.#places.leave(tenant);
      if (this.#places.taken === 0) this.#whenSaid?.();
    };
  }

  /** Resolves once nothing is to be said any more, or after `ms`. */
  async said(ms: number): Promise<void> {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#whenSaid?.();
    }, ms);
    // What a server answers last may be a name, by which there is one thing more to be said.
    while (this.#places.taken > 0 && !isLate)
      await new Promise<void>((resolve) => {
        this.#whenSaid = resolve;
      });
    clearTimeout(late);
  }
}
