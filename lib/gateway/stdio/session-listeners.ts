import type { JsonObject } from '#lib/core';
import { STDIO_KEPT_BYTES_MAX, STDIO_KEPT_MESSAGES_MAX } from './constants.ts';
import type { StdioCall } from './stdio-call.ts';

interface Said {
  readonly message: JsonObject;
  readonly data: string;
}

/** What concerns a session rather than any call in it. */
const OF_THE_SESSION = /^notifications\/(?:resources\/updated|.*list_changed)$/;

/**
 * Who hears what a process says beside its answers. Over HTTP it says so by the stream that it writes to; a pipe tells
 * nothing. So a message is one call's only where it can be no other's.
 */
export class SessionListeners {
  #streams = new Set<StdioCall>();
  /** Said before anybody listened. */
  #kept: Said[] = [];
  #keptBytes = 0;

  get hasStream(): boolean {
    return this.#streams.size > 0;
  }

  get backlog(): number {
    let most = 0;
    for (const stream of this.#streams) most = Math.max(most, stream.backlog);
    return most;
  }

  add(stream: StdioCall): void {
    this.#streams.add(stream);
    const kept = this.#kept;
    this.#kept = [];
    this.#keptBytes = 0;
    for (const { message, data } of kept) stream.message(message, data);
  }

  delete(stream: StdioCall): void {
    this.#streams.delete(stream);
  }

  /** `calls`: those under way that take messages, oldest first. */
  tell(calls: readonly StdioCall[], method: string | undefined, said: Said): void {
    const [stream] = this.#streams;
    const only = calls.length === 1 && !OF_THE_SESSION.test(method ?? '') ? calls[0] : undefined;
    const listener = only ?? stream ?? calls.at(-1);
    if (listener === undefined) this.#keep(said);
    else listener.message(said.message, said.data);
  }

  end(): void {
    const streams = [...this.#streams];
    this.#streams.clear();
    for (const stream of streams) stream.end();
  }

  #keep(said: Said): void {
    this.#kept.push(said);
    this.#keptBytes += said.data.length;
    while (this.#kept.length > STDIO_KEPT_MESSAGES_MAX || this.#keptBytes > STDIO_KEPT_BYTES_MAX)
      this.#keptBytes -= this.#kept.shift()?.data.length ?? 0;
  }
}
