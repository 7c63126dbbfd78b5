import type { JsonObject } from '#lib/core';
import type { Dispatcher } from '#lib/net';
import type { HeldBytes } from './held-bytes.ts';
import type { AnswerLayout } from './locate-answer.ts';
import type { StatelessUpstream } from './session.ts';
import type { Sweeper } from './sweeper.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What an upstream says to one request of ours. Exactly one of `onAnswer`, `onFailure` and `onEnd` is called, once. */
export interface UpstreamListener {
  /** The JSON-RPC response, its bytes as they came; where they had to be changed, `received` is of the value before. */
  onAnswer(bytes: Buffer, layout: AnswerLayout, received?: ValueDigest): void;
  onFailure(failure: UpstreamFailure): void;
  /** What was asked for has ended well without an answer: an accepted notification, a stream. */
  onEnd(): void;
  /** Another message on the same stream. */
  onMessage(message: JsonObject, data: string): void;
  /** Transport of 2024-11-05: where messages are to be posted, as the stream's first event says. */
  onEndpoint?(data: string): void;
  /** Before all others, once the status is known to be good. */
  onHead(head: UpstreamHead): void;
  /** The server is to be asked again, and not before so many milliseconds. */
  onPause?(ms: number): void;
  /** It has no use for messages beside the answer: on a pipe that many share they are somebody else's. */
  readonly deaf?: boolean;
  /** It asks about this task, and of such messages has a use for those alone that name it (2025-11-25). */
  readonly task?: string;
  /** Bytes that wait for a slow receiver; where nothing is said of it, none do. */
  backlog?(): number;
}

/** Where a server listens. */
export interface Address {
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  /** For answers that stay open: they never keep a call from a connection. */
  readonly streams: Pick<Dispatcher, 'dispatch'>;
  readonly path: string;
}

/** A JSON value by its bytes. */
export interface ValueDigest {
  readonly sha256: string;
  readonly bytes: number;
}

/** A request under way. */
export interface UpstreamCall {
  /** The upstream's own pause before a stream is taken up again. */
  readonly retryMs: number | undefined;
  /** Of the newest event that had one, where the transport has such ids. */
  readonly lastEventId?: string | undefined;
  /** Giving up tells the upstream what there is to tell. */
  readonly cancelsItself?: boolean;
  /** Gives up; the listener hears nothing more. */
  abort(): void;
  /** The bytes of the answer are no longer needed. */
  release(): void;
  /** Access may have ended: what is asked again after a pause is not to wait for that. */
  recheck?(): void;
  /** It has answered, and nobody is told so. */
  untold?(): void;
}

/** Sees to the task that a server of the stateless era makes of a call. */
export interface TaskFollower {
  /**
   * The call as it goes on: until the task has ended, whose result is that of the call. There for clients that take no task, of
   * whose calls a server is to make one only where it has no other way.
   */
  follow?(made: NewTask, listener: UpstreamListener): UpstreamCall;
  /** Nobody waits for what it comes to. */
  drop(made: NewTask): void;
  /** The call was given up, and its task may have no name yet: see `LateNames`. */
  await(call: Pick<UpstreamCall, 'abort'>): (() => void) | undefined;
}

/** A task in place of a call's result. */
export interface NewTask {
  readonly bytes: Buffer;
  readonly layout: AnswerLayout;
  /** Told with each request that tasks are taken. */
  readonly upstream: StatelessUpstream;
  /** The furthest that the server has said that the call is. */
  readonly progress: number;
}

export interface UpstreamHead {
  readonly sessionId: string | undefined;
}

export interface UpstreamRequest {
  /** Whose share of memory the answer takes. */
  readonly tenant: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly headers: string[];
  readonly body?: string;
  /** `answer`: one response; `acceptance`: a status; `stream`: messages until the end. */
  readonly expects: 'answer' | 'acceptance' | 'stream';
  readonly bytesMax: number;
  /** The request belongs to a session of the upstream, so a 404 means that it has ended. */
  readonly inSession: boolean;
  /** A request of the stateless era: a refusal may hold the answer, and nothing can be taken up again. */
  readonly stateless: boolean;
}

export interface UpstreamSurroundings {
  readonly held: HeldBytes;
  readonly sweeper: Sweeper;
}
