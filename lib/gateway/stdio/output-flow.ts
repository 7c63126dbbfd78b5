import {
  STDIO_BACKLOG_BYTES,
  STDIO_UNASKED_BYTES_BURST,
  STDIO_UNASKED_BYTES_PER_SECOND,
} from './constants.ts';

/**
 * When a process is read on: not while somebody is slow to take what it said, nor while it says more than anybody
 * asked for. What is not read stays in its pipe, and it has to wait.
 */
export class OutputFlow {
  #unasked = 0;
  #countedAt = performance.now();
  #stopped = false;

  /** Bytes that are no answer to anything. */
  add(bytes: number): void {
    this.#unasked += bytes;
  }

  isTooMuch(now: number, backlog: number): boolean {
    this.#forget(now);
    if (this.#unasked > STDIO_UNASKED_BYTES_BURST || backlog > STDIO_BACKLOG_BYTES) this.#stopped = true;
    return this.#stopped;
  }

  /** True once, when reading was stopped and may go on. */
  mayGoOn(now: number, backlog: number): boolean {
    this.#forget(now);
    if (!this.#stopped || backlog > STDIO_BACKLOG_BYTES / 2) return false;
    if (this.#unasked > STDIO_UNASKED_BYTES_BURST / 2) return false;
    this.#stopped = false;
    return true;
  }

  #forget(now: number): void {
    const forgotten = ((now - this.#countedAt) / 1_000) * STDIO_UNASKED_BYTES_PER_SECOND;
    this.#unasked = Math.max(0, this.#unasked - forgotten);
    this.#countedAt = now;
  }
}
