import { isJsonObject, type Json, type JsonObject } from '#lib/core';
import { JsonScanError } from './json-error.ts';
import { locateAnswer, type AnswerLayout } from './locate-answer.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { Address, UpstreamCall, UpstreamListener, UpstreamSurroundings } from './upstream-types.ts';
import { NO_ROOM, nonsense, tooLarge, type UpstreamFailure } from './upstream-failure.ts';

/** One message on its way over a channel of the transport of 2024-11-05: posted here, answered on the stream. */
export class SseCall implements UpstreamCall {
  readonly retryMs = undefined;
  /** The id as JSON text. */
  readonly key: string;
  readonly progressToken: Json | undefined;
  readonly listener: UpstreamListener;
  #address: Address;
  #request: UpstreamSend;
  #around: UpstreamSurroundings;
  #leave: () => void;
  #post: UpstreamExchange | undefined;
  #held = 0;
  #settled = false;

  constructor(
    address: Address,
    request: UpstreamSend,
    listener: UpstreamListener,
    around: UpstreamSurroundings,
    leave: () => void,
  ) {
    this.#address = address;
    this.#request = request;
    this.listener = listener;
    this.#around = around;
    this.#leave = leave;
    const message = JSON.parse(request.body ?? '{}') as JsonObject;
    const params = message['params'];
    const meta = isJsonObject(params) ? params['_meta'] : undefined;
    this.key = JSON.stringify(message['id'] ?? null);
    this.progressToken = isJsonObject(meta) ? meta['progressToken'] : undefined;
  }

  begin(): void {
    if (this.#settled) return;
    const headers = ['accept', 'application/json, text/event-stream', 'content-type', 'application/json'];
    this.#request.credential.writeTo(headers);
    const { dispatcher, path } = this.#address;
    const { tenant, bytesMax, body = '' } = this.#request;
    const request = { method: 'POST', path, headers, body, expects: 'acceptance', bytesMax } as const;
    const bounds = { tenant, inSession: true, stateless: false };
    this.#post = new UpstreamExchange(
      dispatcher,
      { ...request, ...bounds },
      {
        onHead: (head) => this.listener.onHead(head),
        onEnd: () => this.#accepted(),
        onFailure: (failure) => this.fail(failure),
        onMessage: () => {},
        onAnswer: () => {},
      },
      this.#around,
    );
  }

  /** Told later, as a failure of the network would be. */
  refuse(message: string): void {
    this.#settled = true;
    setImmediate(() => this.listener.onFailure({ kind: 'refused', message }));
  }

  answer(data: string): void {
    if (this.#settled) return;
    const bytes = Buffer.from(data, 'utf8');
    const { bytesMax } = this.#request;
    if (bytes.length > bytesMax) return this.fail(tooLarge('an answer', bytesMax));
    const layout = locate(bytes);
    if ('kind' in layout) return this.fail(layout);
    if (!this.#around.held.take(this.#request.tenant, bytes.length)) return this.fail(NO_ROOM);
    this.#held = bytes.length;
    this.#settle();
    this.listener.onAnswer(bytes, layout);
  }

  fail(failure: UpstreamFailure): void {
    if (this.#settled) return;
    this.#settle();
    this.listener.onFailure(failure);
  }

  abort(): void {
    if (!this.#settled) this.#settle();
    this.#post?.abort();
    this.release();
  }

  release(): void {
    this.#around.held.release(this.#request.tenant, this.#held);
    this.#held = 0;
  }

  #accepted(): void {
    if (this.#settled || this.#request.expects === 'answer') return;
    this.#settle();
    this.listener.onEnd();
  }

  #settle(): void {
    this.#settled = true;
    this.#leave();
  }
}

function locate(bytes: Buffer): AnswerLayout | UpstreamFailure {
  try {
    return locateAnswer(bytes);
  } catch (error) {
    if (error instanceof JsonScanError) return nonsense(error.message);
    throw error;
  }
}
