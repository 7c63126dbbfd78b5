/** What measures time for deadlines, so that tests can hold it still. */
export interface Timers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  setImmediate(run: () => void): void;
}

export const systemTimers: Timers = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
  setImmediate: (run) => void setImmediate(run),
};

/**
 * Runs once the event loop has read what has arrived. After a stall (a process that was stopped, a long collection) timers
 * come before that: a deadline that is judged in its timer's own callback finds that nobody answered, while the answer lies
 * in the socket.
 */
export function onceRead(judge: () => void, timers: Timers = systemTimers): void {
  timers.setImmediate(judge);
}

/** Runs `late` after `ms`, unless what it returns was called by then: that what was waited for has come. */
export function startDeadline(ms: number, late: () => void, timers: Timers = systemTimers): () => void {
  let isMet = false;
  const judge = () => {
    if (!isMet) late();
  };
  const handle = timers.setTimeout(() => onceRead(judge, timers), ms);
  return () => {
    isMet = true;
    timers.clearTimeout(handle);
  };
}

/** Resolves after `ms`, later than what has arrived by then. Keeps no process alive. */
export function lapse(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => onceRead(() => resolve(undefined)), ms).unref();
  });
}
