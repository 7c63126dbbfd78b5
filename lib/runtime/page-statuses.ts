import { keepAtHand } from '#lib/core';
import type { PageStatuses } from '#lib/http';
import { PAGE_STATUSES_MAX } from './constants.ts';

/** Bounded: behind a router without our listener nobody takes them. */
export function createPageStatuses(): PageStatuses {
  const noted = new Map<string, number>();
  return {
    note: (requestId, status) => void keepAtHand(noted, PAGE_STATUSES_MAX, requestId, status),
    take: (requestId) => {
      const status = noted.get(requestId);
      noted.delete(requestId);
      return status;
    },
  };
}
