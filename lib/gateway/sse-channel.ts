import { isJsonObject, type JsonObject } from '#lib/core';
import type { UpstreamCredential } from '#lib/minting';
import { CHANNEL_IDLE_MS, CHANNEL_MESSAGE_BYTES_MAX } from './constants.ts';
import { SseCall } from './sse-call.ts';
import { NOT_SWEPT, type Swept } from './sweeper.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { Address, UpstreamCall, UpstreamListener, UpstreamSurroundings } from './upstream-types.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

const ENDPOINT_CHARS_MAX = 2_048;

/** How the opening of a channel ended. `spoke`: the server sent events, so that it does speak the transport. */
export type ChannelOpened =
  { readonly ok: true } | { readonly ok: false; readonly failure: UpstreamFailure; readonly spoke: boolean };

interface ChannelTerms {
  readonly credential: UpstreamCredential;
  readonly timeoutMs: number;
  readonly tenant: string;
}

/**
 * One connection of the transport of 2024-11-05: a stream that names where messages are posted, and on which everything
 * comes back. It lives in this process alone, and everything that waits for it ends with it.
 */
export class SseChannel implements UpstreamListener, Swept {
  sweepSlot = NOT_SWEPT;
  #url: string;
  #address: Address;
  #around: UpstreamSurroundings;
  #stream: UpstreamExchange;
  #endpoint: string | undefined;
  #spoke = false;
  #closed = false;
  #opened: ((opened: ChannelOpened) => void) | undefined;
  #calls = new Map<string, SseCall>();
  /** Who hears what belongs to no call. */
  #listener: UpstreamListener | undefined;
  #endsAt: number;
  #ended: () => void;

  constructor(
    url: string,
    address: Address,
    around: UpstreamSurroundings,
    { credential, timeoutMs, tenant }: ChannelTerms,
    tell: { readonly opened: (opened: ChannelOpened) => void; readonly ended: () => void },
  ) {
    this.#url = url;
    this.#address = address;
    this.#around = around;
    this.#opened = tell.opened;
    this.#ended = tell.ended;
    this.#endsAt = performance.now() + timeoutMs;
    const headers = ['accept', 'text/event-stream'];
    credential.writeTo(headers);
    const request = { method: 'GET', path: address.path, headers, expects: 'stream' } as const;
    const bounds = { tenant, bytesMax: CHANNEL_MESSAGE_BYTES_MAX, inSession: false, stateless: false };
    around.sweeper.add(this);
    this.#stream = new UpstreamExchange(address.streams, { ...request, ...bounds }, this, around);
  }

  /** Posts one message; its answer comes on the stream. */
  send(request: UpstreamSend, listener: UpstreamListener): UpstreamCall {
    this.#endsAt = performance.now() + CHANNEL_IDLE_MS;
    if (request.method === 'GET') return this.#listen(listener);
    const address = { ...this.#address, path: this.#endpoint ?? this.#address.path };
    const call = new SseCall(address, request, listener, this.#around, () => {
      if (this.#calls.get(call.key) === call) this.#calls.delete(call.key);
    });
    if (request.expects === 'answer') {
      if (this.#calls.has(call.key)) call.refuse('was not asked: a request with this id is under way.');
      else this.#calls.set(call.key, call);
    }
    call.begin();
    return call;
  }

  onHead(): void {}
  onAnswer(): void {}

  /** The first one counts. It may lead nowhere but where an admin sent us: a token goes there. */
  onEndpoint(data: string): void {
    this.#spoke = true;
    if (this.#endpoint !== undefined || this.#closed) return;
    const base = new URL(this.#url);
    const endpoint = URL.canParse(data, base) ? new URL(data, base) : undefined;
    const usable =
      data.length <= ENDPOINT_CHARS_MAX &&
      endpoint?.origin === base.origin &&
      endpoint.username + endpoint.password === '';
    if (endpoint === undefined || !usable) {
      return this.#end(
        nonsense('it wants messages to be sent to another address than the one that is registered'),
      );
    }
    this.#endpoint = endpoint.pathname + endpoint.search;
    this.#endsAt = performance.now() + CHANNEL_IDLE_MS;
    this.#opened?.({ ok: true });
    this.#opened = undefined;
  }

  onMessage(message: JsonObject, data: string): void {
    this.#spoke = true;
    if (this.#closed) return;
    if (typeof message['method'] === 'string') this.#receiverOf(message)?.onMessage(message, data);
    else this.#calls.get(JSON.stringify(message['id']))?.answer(data);
  }

  onEnd(): void {
    this.#end({ kind: 'cut_off', message: 'ended its stream before it had answered.' });
  }

  onFailure(failure: UpstreamFailure): void {
    this.#end(failure);
  }

  sweep(now: number): void {
    if (this.#calls.size > 0 || this.#listener !== undefined) this.#endsAt = now + CHANNEL_IDLE_MS;
    else if (now >= this.#endsAt) this.#end({ kind: 'aborted', message: 'did not answer in time.' });
  }

  close(): void {
    this.#end({ kind: 'aborted', message: 'is no longer asked, for this session has ended.' });
  }

  #listen(listener: UpstreamListener): UpstreamCall {
    this.#listener = listener;
    setImmediate(() => {
      if (this.#listener === listener) listener.onHead({ sessionId: undefined });
    });
    const abort = () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
    return { retryMs: undefined, abort, release: () => {} };
  }

  /** Progress belongs to the call that asked for it, a question to the call that is under way. */
  #receiverOf(message: JsonObject): UpstreamListener | undefined {
    const params = message['params'];
    const token = isJsonObject(params) ? params['progressToken'] : undefined;
    const calls = [...this.#calls.values()];
    if (message['method'] === 'notifications/progress') {
      return calls.find(({ progressToken }) => token !== undefined && progressToken === token)?.listener;
    }
    const newest = calls.at(-1)?.listener;
    return message['id'] === undefined ? (this.#listener ?? newest) : (newest ?? this.#listener);
  }

  #end(failure: UpstreamFailure): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#around.sweeper.delete(this);
    this.#stream.abort();
    this.#ended();
    this.#opened?.({ ok: false, failure, spoke: this.#spoke });
    for (const call of this.#calls.values()) call.fail(failure);
    this.#listener?.onEnd();
  }
}
