import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TenantRecord } from '#lib/identity';
import { BODY_FORGOTTEN_BYTES_MAX } from './constants.ts';
import type { BodyOutcome, Exchange, ExchangeRoute, FlatHeaders } from './types.ts';

/** The hot feeder: one request of `node:http`, without Web objects in between. */
export function nodeExchange(
  request: IncomingMessage,
  response: ServerResponse,
  route: ExchangeRoute,
): Exchange {
  return new NodeExchange(request, response, route);
}

class NodeExchange implements Exchange {
  readonly method: string;
  readonly tenant: TenantRecord;
  readonly serverSegment: string;
  readonly ip: string;
  readonly requestId: string;
  #request: IncomingMessage;
  #response: ServerResponse;
  #onStream: (() => void) | undefined;
  #onAway: ((isAway: boolean) => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, route: ExchangeRoute) {
    this.#request = request;
    this.#response = response;
    this.method = request.method ?? 'GET';
    this.tenant = route.tenant;
    this.serverSegment = route.serverSegment;
    this.ip = route.ip;
    this.requestId = route.requestId;
    this.#onStream = route.onStream;
    this.#onAway = route.onAway;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  readBody(bytesMax: number, done: (outcome: BodyOutcome) => void): void {
    readNodeBody(this.#request, bytesMax, done);
  }

  respond(status: number, headers: FlatHeaders, body?: string | Uint8Array): void {
    // After a stream was begun there is no second head to send: all that is left is to end it.
    if (this.#response.headersSent) return this.end();
    this.#response.writeHead(status, headers as string[]);
    if (typeof body === 'string') this.#response.end(body, encodingOf(body));
    else this.#response.end(body);
  }

  startStream(status: number, headers: FlatHeaders): void {
    this.#response.writeHead(status, headers as string[]);
    this.#response.flushHeaders();
  }

  write(chunk: string | Uint8Array): number {
    if (!this.#response.writableEnded && !this.#response.destroyed) this.#response.write(chunk);
    return this.#response.writableLength;
  }

  backlog(): number {
    return this.#response.destroyed ? 0 : this.#response.writableLength;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end();
  }

  becomesStream(): void {
    this.#onStream?.();
  }

  away(): void {
    this.#onAway?.(true);
  }

  back(): void {
    this.#onAway?.(false);
  }

  onClose(handler: () => void): void {
    const tell = () => {
      if (!this.#response.writableFinished) handler();
    };
    // Whoever asks only after the other side has gone is told as well.
    if (this.#response.closed) setImmediate(tell);
    else this.#response.once('close', tell);
  }
}

/** The bytes of an ASCII text are the same in both; as Latin-1 they are copied, and not worked out. */
function encodingOf(text: string): BufferEncoding {
  return Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8';
}

/**
 * Reads a body that must fit. One that is a little too large is read to its end, and forgotten: a connection that is closed
 * while its client still sends is reset, and the client never reads why. One that is far too large is not.
 */
function readNodeBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (outcome: BodyOutcome) => void,
): void {
  const readMax = bytesMax + BODY_FORGOTTEN_BYTES_MAX;
  if (Number(request.headers['content-length'] ?? 0) > readMax) {
    request.resume();
    done({ kind: 'too_large' });
    return;
  }
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  let finished = false;
  const finish = (outcome: BodyOutcome) => {
    if (finished) return;
    finished = true;
    done(outcome);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > bytesMax) {
      first = rest = undefined;
      if (size > readMax) finish({ kind: 'too_large' });
    } else if (first === undefined) first = chunk;
    else (rest ??= [first]).push(chunk);
  });
  request.once('end', () => {
    if (size > bytesMax) finish({ kind: 'too_large' });
    else finish({ kind: 'body', bytes: rest ? Buffer.concat(rest) : (first ?? Buffer.alloc(0)) });
  });
  request.once('close', () => finish({ kind: 'aborted' }));
  request.once('error', () => finish({ kind: 'aborted' }));
}
