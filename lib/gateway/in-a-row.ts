import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What comes in one turn of the event loop, done in a row once the turn has brought all of it. The same code runs many
 * times over then, and finds itself in the processor's caches; between one message and the next it would be pushed out
 * of them by all that reads and writes sockets.
 */
export class InARow {
  #waiting: (() => void)[] = [];

  /** Runs it at the end of this turn, in the asynchronous context of its caller. */
  add(run: () => void): void {
    this.#waiting.push(AsyncLocalStorage.bind(run));
    if (this.#waiting.length === 1) setImmediate(this.#runAll);
  }

  readonly #runAll = (): void => {
    const runs = this.#waiting;
    this.#waiting = [];
    let begun = 0;
    try {
      for (const run of runs) {
        begun += 1;
        run();
      }
    } finally {
      // What one throws is a defect, and must not take the others with it.
      for (const run of runs.slice(begun)) setImmediate(run);
    }
  };
}
