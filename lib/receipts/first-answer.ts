import type { ReceiptTimers } from './types.ts';

/**
 * A connection that dies in silence never answers. After `waitMs` `silent` runs instead, and an answer that still comes
 * is ignored. Whoever is answered calls the function that this returns.
 */
export function firstAnswer(
  timers: ReceiptTimers,
  waitMs: number,
  silent: () => void,
): (answer: () => void) => void {
  let isAnswered = false;
  const timer = timers.setTimeout(() => {
    isAnswered = true;
    silent();
  }, waitMs);
  return (answer) => {
    if (isAnswered) return;
    isAnswered = true;
    timers.clearTimeout(timer);
    answer();
  };
}
