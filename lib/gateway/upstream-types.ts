import type { JsonObject } from '#lib/core';
import type { HeldBytes } from './held-bytes.ts';
import type { AnswerLayout } from './locate-answer.ts';
import type { Sweeper } from './sweeper.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What an upstream says to one request of ours. Exactly one of `onAnswer`, `onFailure` and `onEnd` is called, once. */
export interface UpstreamListener {
  /** The JSON-RPC response, its bytes as they came. */
  onAnswer(bytes: Buffer, layout: AnswerLayout): void;
  onFailure(failure: UpstreamFailure): void;
  /** What was asked for has ended well without an answer: an accepted notification, a stream. */
  onEnd(): void;
  /** Another message on the same stream. */
  onMessage(message: JsonObject, data: string): void;
  /** Before all others, once the status is known to be good. */
  onHead(head: UpstreamHead): void;
}

export interface UpstreamHead {
  readonly sessionId: string | undefined;
}

export interface UpstreamRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly headers: string[];
  readonly body?: string;
  /** `answer`: one response; `acceptance`: a status; `stream`: messages until the end. */
  readonly expects: 'answer' | 'acceptance' | 'stream';
  readonly bytesMax: number;
  /** The request belongs to a session of the upstream, so a 404 means that it has ended. */
  readonly inSession: boolean;
}

export interface UpstreamSurroundings {
  readonly held: HeldBytes;
  readonly sweeper: Sweeper;
}
