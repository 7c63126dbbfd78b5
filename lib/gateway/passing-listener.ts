import type { JsonObject } from '#lib/core';
import type { AnswerLayout } from './locate-answer.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamHead, UpstreamListener, ValueDigest } from './upstream-types.ts';

/** Hears an upstream in place of another listener: the answer is seen to first, and all else passed on as it is. */
export abstract class PassingListener implements UpstreamListener {
  protected readonly listener: UpstreamListener;

  constructor(listener: UpstreamListener) {
    this.listener = listener;
  }

  abstract onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void;

  onFailure(failure: UpstreamFailure): void {
    this.listener.onFailure(failure);
  }

  onEnd(): void {
    this.listener.onEnd();
  }

  onMessage(message: JsonObject, data: string): void {
    this.listener.onMessage(message, data);
  }

  onHead(head: UpstreamHead): void {
    this.listener.onHead(head);
  }
}
