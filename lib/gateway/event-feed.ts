import { isUtf8 } from 'node:buffer';
import { createParser, type EventSourceParser } from 'eventsource-parser';

export interface FeedHandler {
  /** One message: the data lines of an event, joined by LF. */
  onMessage(data: string): void;
  /** Transport of 2024-11-05: the address that messages are posted to. */
  onEndpoint(data: string): void;
  onId(id: string): void;
  /** The upstream's `retry:`, in milliseconds. */
  onRetry(ms: number): void;
}

/** Bytes of a text/event-stream response in, messages out. Strict about UTF-8, as the messages' bytes are hashed. */
export class EventFeed {
  #parser: EventSourceParser;
  #decoder: TextDecoder | undefined;
  #overflowed = false;

  constructor(handler: FeedHandler, eventCharsMax: number) {
    this.#parser = createParser({
      maxBufferSize: eventCharsMax,
      onEvent: ({ event, data }) => {
        if (event === 'endpoint') handler.onEndpoint(data);
        else if (data !== '' && (event === undefined || event === 'message')) handler.onMessage(data);
      },
      onId: (id) => handler.onId(id),
      onRetry: (ms) => handler.onRetry(ms),
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded') this.#overflowed = true;
      },
    });
  }

  /** What is wrong with the stream, after which nothing in it can be trusted. */
  push(chunk: Buffer): 'not_utf8' | 'too_large' | undefined {
    const text = this.#decode(chunk);
    if (text === undefined) return 'not_utf8';
    if (!this.#overflowed) this.#parser.feed(text);
    return this.#overflowed ? 'too_large' : undefined;
  }

  /** Most chunks end with a whole character; a decoder that remembers is made for the first one that does not. */
  #decode(chunk: Buffer): string | undefined {
    if (this.#decoder === undefined && isUtf8(chunk)) return chunk.toString('utf8');
    this.#decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      return this.#decoder.decode(chunk, { stream: true });
    } catch {
      return undefined;
    }
  }
}
