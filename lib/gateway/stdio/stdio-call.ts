import type { JsonObject } from '#lib/core';
import type { HeldBody } from '../held-bytes.ts';
import type { AnswerLayout } from '../locate-answer.ts';
import type { UpstreamFailure } from '../upstream-failure.ts';
import type { UpstreamCall, UpstreamListener } from '../upstream-types.ts';

/** One request to a process, one subscription of the stateless era, or one listener to what it says outside of both. */
export class StdioCall implements UpstreamCall {
  readonly retryMs = undefined;
  /** The agent's own id and progress token, as JSON; the process sees others. */
  id = '';
  progressToken: string | undefined;
  /** Nobody waits any more. */
  onAbort: (() => void) | undefined;
  #listener: UpstreamListener;
  #body: HeldBody | undefined;
  #settled = false;
  #begun = false;
  readonly #isStream: boolean;

  constructor(listener: UpstreamListener, isStream: boolean) {
    this.#listener = listener;
    this.#isStream = isStream;
  }

  /** Takes what is said under its own id until the end, and no answer. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** Takes messages beside the answer. */
  get listens(): boolean {
    return !this.#isStream && this.#listener.deaf !== true;
  }

  /** The one task that concerns it; undefined: whatever there is. */
  get task(): string | undefined {
    return this.#listener.task;
  }

  get backlog(): number {
    return this.#listener.backlog?.() ?? 0;
  }

  abort(): void {
    const waited = !this.#settled;
    this.#settled = true;
    if (waited) this.onAbort?.();
    this.release();
  }

  release(): void {
    this.#body?.release();
  }

  head(sessionId: string | undefined): void {
    this.#begun = true;
    if (!this.#settled) this.#listener.onHead({ sessionId });
  }

  message(message: JsonObject, data: string): void {
    if (this.#settled) return;
    if (this.#isStream && !this.#begun) this.head(undefined);
    this.#listener.onMessage(message, data);
  }

  answer(bytes: Buffer, layout: AnswerLayout, body: HeldBody): void {
    this.#body = body;
    // The answer to a subscription is its end.
    if (this.#isStream && layout.member === 'result') {
      this.release();
      return this.end();
    }
    this.#settle(() => this.#listener.onAnswer(bytes, { ...layout, id: this.id }));
  }

  end(): void {
    this.#settle(() => this.#listener.onEnd());
  }

  fail(failure: UpstreamFailure): void {
    this.#settle(() => this.#listener.onFailure(failure));
  }

  #settle(tell: () => void): void {
    if (this.#settled) return this.release();
    this.#settled = true;
    tell();
  }
}
