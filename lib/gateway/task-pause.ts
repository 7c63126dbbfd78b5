import type { Json } from '#lib/core';
import { TASK_POLL_MS, TASK_POLL_MS_MAX, TASK_POLL_MS_MIN } from './constants.ts';

/**
 * How long a task is let alone before it is looked at again: as its server says (`pollIntervalMs`), within bounds. Nobody is
 * asked ever more often, and a server that thinks for long less often.
 */
export function taskPauseMs(asked: Json | undefined, elapsedMs: number): number {
  const wanted = typeof asked === 'number' && asked >= 0 ? asked : TASK_POLL_MS;
  const least = Math.min(Math.max(TASK_POLL_MS_MIN, elapsedMs / 10), TASK_POLL_MS);
  return Math.min(Math.max(wanted, least), TASK_POLL_MS_MAX);
}
