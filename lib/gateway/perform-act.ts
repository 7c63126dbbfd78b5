import { isJsonObject, type JsonObject } from '#lib/core';
import { decideAct } from './decide-act.ts';
import type { ActContext, ActParts } from './parts.ts';
import type { BodyOutcome, Exchange, FlatHeaders } from './types.ts';

/**
 * Something that a caller asked for inside another request, as an act of its own: decided, receipted, sent under its own
 * credential. The response as text; undefined where it was not done.
 */
export function performAct(
  parts: ActParts,
  context: ActContext,
  method: string,
  params: JsonObject,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const exchange = new InnerExchange(context.exchange, resolve);
    const id = context.session.single?.pooled.nextId() ?? context.message.id;
    const message = { kind: 'request', id, method, params, whole: {} } as const;
    decideAct(parts, { ...context, exchange, message });
  });
}

/** Takes the answer in place of an agent. */
class InnerExchange implements Exchange {
  readonly method: string;
  readonly tenant: Exchange['tenant'];
  readonly serverSegment: string;
  readonly ip: string;
  readonly requestId: string;
  #outer: Exchange;
  #done: (answer: string | undefined) => void;

  constructor(outer: Exchange, done: (answer: string | undefined) => void) {
    this.method = outer.method;
    this.tenant = outer.tenant;
    this.serverSegment = outer.serverSegment;
    this.ip = outer.ip;
    this.requestId = outer.requestId;
    this.#outer = outer;
    this.#done = done;
  }

  header(name: string): string | undefined {
    return this.#outer.header(name);
  }

  readBody(_bytesMax: number, done: (outcome: BodyOutcome) => void): void {
    done({ kind: 'aborted' });
  }

  respond(_status: number, _headers: FlatHeaders, body?: string | Uint8Array): void {
    const text = body === undefined ? '{}' : Buffer.from(body as Uint8Array).toString();
    this.#done(isDone(JSON.parse(text) as JsonObject) ? text : undefined);
  }

  startStream(): void {}

  /** An answer that took long comes as a stream, whose last event it is. */
  write(chunk: string | Uint8Array): number {
    const text = Buffer.from(chunk as Uint8Array).toString();
    const data = /^event: message\ndata: (.*)\n\n$/s.exec(text)?.[1]?.replaceAll('\ndata: ', '\n');
    const message = JSON.parse(data ?? '{}') as JsonObject;
    if ('result' in message || 'error' in message) this.#done(isDone(message) ? data : undefined);
    return 0;
  }

  end(): void {
    this.#done(undefined);
  }

  /** Nobody waits for it but whoever performs it. */
  onClose(): void {}

  becomesStream(): void {}
}

/** A result that wants something first is none: nobody here could give it. */
function isDone({ result }: { readonly [key: string]: unknown }): boolean {
  return isJsonObject(result) && result['resultType'] === 'complete';
}
