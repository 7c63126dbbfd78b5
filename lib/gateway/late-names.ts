import { FairPlaces, type TenantId } from '#lib/core';
import { LATE_NAMES_MAX, LATE_NAME_MS, TENANT_SHARE_WEIGHT } from './constants.ts';
import type { LastWords } from './last-words.ts';
import type { UpstreamCall } from './upstream-types.ts';

/**
 * Calls that were given up before their server had named the task that it may make of them. A task is cancelled by its name
 * alone, so that their answers are waited for a moment longer: bounded, for no call's place is taken any more.
 */
export class LateNames {
  #places = new FairPlaces<TenantId>(LATE_NAMES_MAX, TENANT_SHARE_WEIGHT);
  #lastWords: LastWords;

  constructor(lastWords: LastWords) {
    this.#lastWords = lastWords;
  }

  /**
   * Aborts the call in a moment, unless what is returned is called before, which is to be done once it has been answered.
   * Undefined: as many are waited for as may be.
   */
  await(tenant: TenantId, call: Pick<UpstreamCall, 'abort'>): (() => void) | undefined {
    if (!this.#places.take(tenant)) return undefined;
    const said = this.#lastWords.begin(tenant);
    const done = () => {
      if (!isWaiting) return;
      isWaiting = false;
      clearTimeout(timer);
      this.#places.leave(tenant);
      said?.();
    };
    let isWaiting = true;
    const timer = setTimeout(() => {
      done();
      call.abort();
    }, LATE_NAME_MS).unref();
    return done;
  }
}
