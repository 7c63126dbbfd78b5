import type { LogId } from '#lib/core';
import { SEARCH_INDEX_END } from './constants.ts';

/** A place between entries of one log: `older` than this index, or `newer` than it; the index itself is left out. */
export interface Place {
  readonly log: LogId;
  readonly index: bigint;
}

export function formatPlace({
  log,
  index,
}: {
  readonly log: string;
  readonly index: number | bigint;
}): string {
  return `${log}.${index}`;
}

/** Undefined for what is no place of ours: the search then begins at the newest entry. */
export function parsePlace(text: string | undefined): Place | undefined {
  const [, log, index] = /^([0-9a-f]{16})\.([0-9]{1,18})$/.exec(text ?? '') ?? [];
  if (log === undefined || index === undefined) return undefined;
  const place = { log: log as LogId, index: BigInt(index) };
  return place.index <= SEARCH_INDEX_END ? place : undefined;
}
