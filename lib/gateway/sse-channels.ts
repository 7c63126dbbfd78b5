import { FairPlaces } from '#lib/core';
import type { UpstreamCredential } from '#lib/minting';
import { CHANNELS_MAX, TENANT_SHARE_WEIGHT } from './constants.ts';
import { SseChannel, type ChannelOpened } from './sse-channel.ts';
import type { UpstreamSend } from './upstream-link.ts';
import type { Address, UpstreamCall, UpstreamListener, UpstreamSurroundings } from './upstream-types.ts';

/** Where a channel leads and what it presents when it is opened. */
export interface ChannelTarget {
  readonly url: string;
  readonly timeoutMs: number;
  readonly credential: UpstreamCredential;
  /** Whose places it takes. */
  readonly tenant: string;
}

/**
 * The connections of the transport of 2024-11-05 that this process holds, by the name that a session's row has for them.
 * Each replica has its own under the same name: a session that comes to one without gets one.
 */
export class SseChannels {
  #channels = new Map<string, SseChannel>();
  #places = new FairPlaces<string>(CHANNELS_MAX, TENANT_SHARE_WEIGHT);
  #addressOf: (url: string) => Address;
  #around: UpstreamSurroundings;

  constructor(addressOf: (url: string) => Address, around: UpstreamSurroundings) {
    this.#addressOf = addressOf;
    this.#around = around;
  }

  /** Opens a channel of that name, in place of one that is there. */
  open(name: string, target: ChannelTarget): Promise<ChannelOpened> {
    this.close(name);
    if (!this.#places.take(target.tenant)) return Promise.resolve(FULL);
    return new Promise((opened) => {
      const ended = () => {
        this.#places.leave(target.tenant);
        if (this.#channels.get(name) === channel) this.#channels.delete(name);
      };
      const tell = { opened, ended };
      const channel = new SseChannel(target.url, this.#addressOf(target.url), this.#around, target, tell);
      this.#channels.set(name, channel);
    });
  }

  /** What this process has no channel for was never sent: the session's upstream half has to be opened anew. */
  send(name: string, request: UpstreamSend, listener: UpstreamListener): UpstreamCall {
    const channel = this.#channels.get(name);
    if (channel !== undefined) return channel.send(request, listener);
    let given = false;
    setImmediate(() => {
      if (!given) listener.onFailure({ kind: 'session_lost', message: 'has ended its session.' });
    });
    return {
      retryMs: undefined,
      abort: () => {
        given = true;
      },
      release: () => {},
    };
  }

  close(name: string): void {
    this.#channels.get(name)?.close();
  }

  closeAll(): void {
    for (const channel of this.#channels.values()) channel.close();
  }
}

const FULL: ChannelOpened = {
  ok: false,
  spoke: true,
  failure: { kind: 'aborted', message: 'is not asked: as many streams are open here as may be.' },
};
