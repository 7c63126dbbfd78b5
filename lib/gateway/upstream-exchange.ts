import type { Dispatcher } from '#lib/net';
import { isJsonObject } from '#lib/core';
import { LINGER_MS } from './constants.ts';
import { EventFeed } from './event-feed.ts';
import { HeldBody } from './held-bytes.ts';
import { JsonScanError } from './json-error.ts';
import { assertMessage, locateAnswer, locateStreamAnswer, type AnswerLayout } from './locate-answer.ts';
import { mediaType } from './media-type.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import { isRefusalRead, readRefusal } from './upstream-refusal.ts';
import type {
  UpstreamCall,
  UpstreamListener,
  UpstreamRequest,
  UpstreamSurroundings,
} from './upstream-types.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import { httpFailure, networkFailure, NO_ROOM, nonsense, tooLarge } from './upstream-failure.ts';

/** One HTTP request to an upstream on a pooled connection, read by callbacks. */
export class UpstreamExchange implements Dispatcher.DispatchHandler, UpstreamCall, Swept {
  sweepSlot = NOT_SWEPT;
  #request: UpstreamRequest;
  #listener: UpstreamListener;
  #around: UpstreamSurroundings;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #contentType = '';
  #feed: EventFeed | undefined;
  #body: HeldBody;
  #settled = false;
  #ended = false;
  /** Whoever sends does not have this yet. */
  #isBeingMade = true;
  #lingersUntil = 0;
  retryMs: number | undefined;
  lastEventId: string | undefined;

  constructor(
    dispatcher: Pick<Dispatcher, 'dispatch'>,
    request: UpstreamRequest,
    listener: UpstreamListener,
    around: UpstreamSurroundings,
  ) {
    this.#request = request;
    this.#listener = listener;
    this.#around = around;
    this.#body = new HeldBody(around.held, request.tenant, request.bytesMax);
    const { method, path, headers, body } = request;
    dispatcher.dispatch(
      { method, path, headers, body: body ?? null, headersTimeout: 0, bodyTimeout: 0 },
      this,
    );
    this.#isBeingMade = false;
  }

  abort(): void {
    this.#settled = true;
    if (this.#ended) return;
    this.#controller?.abort(new Error('given up'));
    this.release();
  }

  release(): void {
    this.#body.release();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) controller.abort(new Error('given up'));
  }

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200 || this.#settled) return;
    this.#status = status;
    this.#contentType = mediaType(headers['content-type']);
    if (status >= 300) return this.#refused(status);
    const sessionId = headers['mcp-session-id'];
    this.#listener.onHead({ sessionId: typeof sessionId === 'string' ? sessionId : undefined });
    if (this.#request.expects === 'acceptance') return this.#accepted();
    if (this.#contentType === 'text/event-stream') this.#feed = this.#createFeed();
    else if (this.#request.expects === 'stream')
      this.#fail(nonsense('a stream was asked for and none was given'));
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#settled) return;
    if (this.#feed !== undefined) this.#pushEvents(this.#feed, chunk);
    else {
      const problem = this.#body.push(chunk);
      if (problem !== undefined) this.#failHeld(problem);
    }
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#around.sweeper.delete(this);
    if (this.#settled) return;
    if (this.#status >= 300) this.#refusedWith(this.#body.bytes());
    else if (this.#feed !== undefined) this.#streamEnded();
    else if (this.#contentType === 'application/json') this.#locate(this.#body.bytes());
    else
      this.#fail(
        nonsense(
          this.#contentType === ''
            ? `HTTP ${this.#status} without content`
            : `content of type ${this.#contentType}`,
        ),
      );
  }

  /** What can't even be sent (a header that is none) fails at once, and is told like all else: later. */
  onResponseError(controller: unknown, error: Error): void {
    if (this.#isBeingMade) return void setImmediate(() => this.onResponseError(controller, error));
    this.#ended = true;
    this.#around.sweeper.delete(this);
    if (this.#settled) return;
    this.#fail({ ...networkFailure(error), ...this.#resumption() });
  }

  /** After its answer a stream should end by itself; one that does not is cut off. */
  sweep(now: number): void {
    if (now < this.#lingersUntil) return;
    this.#around.sweeper.delete(this);
    this.#controller?.abort(new Error('the answer was complete'));
  }

  #refused(status: number): void {
    if (isRefusalRead(this.#request, status)) return;
    this.#fail(httpFailure(status) ?? nonsense('no status'));
  }

  #refusedWith(body: Buffer): void {
    const meant = readRefusal(this.#request, this.#status, body);
    if ('kind' in meant) this.#fail(meant);
    else this.#answer(body, meant);
  }

  /** A status is all that was asked for; what follows it is of no interest. */
  #accepted(): void {
    this.#linger();
    this.#settle(() => this.#listener.onEnd());
  }

  #createFeed(): EventFeed {
    return new EventFeed(
      {
        onMessage: (data) => this.#message(data),
        onEndpoint: (data) => this.#listener.onEndpoint?.(data),
        onId: (id) => {
          this.lastEventId = id;
        },
        onRetry: (ms) => {
          this.retryMs = ms;
        },
      },
      this.#request.bytesMax,
    );
  }

  #pushEvents(feed: EventFeed, chunk: Buffer): void {
    const unheld = this.#body.hold(chunk.length);
    if (unheld !== undefined) return this.#failHeld(unheld);
    const problem = feed.push(chunk);
    if (this.#settled || problem === undefined) return;
    const { bytesMax } = this.#request;
    this.#fail(
      problem === 'not_utf8' ? nonsense('a stream that is not UTF-8') : tooLarge('a message', bytesMax),
    );
  }

  #message(data: string): void {
    if (this.#settled) return;
    const bytes = Buffer.from(data, 'utf8');
    try {
      const layout = this.#request.expects === 'answer' ? locateStreamAnswer(bytes) : undefined;
      if (layout !== undefined) return this.#answer(bytes, layout);
      // Passed on at once, so nothing is held of it any more.
      this.#body.release();
      assertMessage(bytes);
      const message: unknown = JSON.parse(data);
      if (isJsonObject(message)) this.#listener.onMessage(message, data);
      else this.#fail(nonsense('a message that is not an object'));
    } catch (error) {
      this.#failScan(error);
    }
  }

  #failHeld(problem: 'too_large' | 'no_room'): void {
    this.#fail(problem === 'too_large' ? tooLarge('an answer', this.#request.bytesMax) : NO_ROOM);
  }

  #locate(bytes: Buffer): void {
    try {
      this.#answer(bytes, locateAnswer(bytes));
    } catch (error) {
      this.#failScan(error);
    }
  }

  #answer(bytes: Buffer, layout: AnswerLayout): void {
    if (!this.#ended) this.#linger();
    this.#settle(() => this.#listener.onAnswer(bytes, layout));
  }

  #failScan(error: unknown): void {
    if (error instanceof JsonScanError) this.#fail(nonsense(error.message));
    else if (error instanceof SyntaxError) this.#fail(nonsense('a message that is not JSON'));
    else throw error;
  }

  #linger(): void {
    this.#lingersUntil = performance.now() + LINGER_MS;
    this.#around.sweeper.add(this);
  }

  #streamEnded(): void {
    if (this.#request.expects === 'stream') return this.#settle(() => this.#listener.onEnd());
    this.#fail({
      kind: 'cut_off',
      message: 'ended its stream before it had answered.',
      ...this.#resumption(),
    });
  }

  #resumption(): { lastEventId?: string } {
    const id = this.lastEventId;
    return id === undefined || id === '' || this.#request.stateless ? {} : { lastEventId: id };
  }

  #fail(failure: UpstreamFailure): void {
    this.#settle(() => this.#listener.onFailure(failure));
    if (!this.#ended) this.#controller?.abort(new Error('the answer is of no use'));
    this.release();
  }

  #settle(tell: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    tell();
  }
}
