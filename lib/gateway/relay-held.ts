import { isJsonObject, type Json, type JsonObject, type TenantId } from '#lib/core';
import { QUESTION_MS_MAX, RELAY_ANSWER_MS } from './constants.ts';
import type { HeldCalls, WaitingCall } from './held-calls.ts';
import type { ActContext, Parts } from './parts.ts';
import type { BodyOutcome, Exchange, FlatHeaders } from './types.ts';

/** What came of a call that waited in another process, as its client is told. */
interface Relayed {
  readonly status: number;
  readonly body: string;
  readonly receipt: string;
}

/** Takes a retry to the replica where its call waits, and brings the answer back. False: it waits nowhere. */
export async function relayRetry(
  parts: Parts,
  { exchange, message, tenant }: ActContext,
  hold: string,
  responses: JsonObject,
): Promise<boolean> {
  const here = await parts.relay.ask(tenant.id, hold, { kind: 'look' }, RELAY_ANSWER_MS);
  if (here === undefined) return false;
  exchange.onClose(() => {
    // The database may be away: then the call goes on without its client, and ends as such calls do.
    parts.relay.ask(tenant.id, hold, { kind: 'cancel' }, RELAY_ANSWER_MS).catch((error: unknown) => {
      parts.telemetry.logger.warn({ err: error }, 'a call that waits elsewhere could not be cancelled');
    });
  });
  const retry = { kind: 'retry', id: message.id, responses } as const;
  const reply = await parts.relay.ask(tenant.id, hold, retry, QUESTION_MS_MAX);
  if (reply === undefined) return false;
  const { status, body, receipt } = reply as unknown as Relayed;
  parts.answers.json(exchange, status, body, ['countersign-receipt', receipt]);
  return true;
}

/** What another replica wants of a call that waits here. */
export function takeRelayed(
  held: HeldCalls,
  tenant: TenantId,
  about: string,
  message: JsonObject,
): Promise<JsonObject> {
  return new Promise((resolve) => {
    const call = held.find(tenant, about);
    const { kind, id, responses } = message as { [key: string]: Json | undefined };
    if (call === undefined || kind === 'look') return resolve({});
    if (kind === 'retry' && (typeof id === 'string' || typeof id === 'number')) {
      const exchange = new RelayedExchange(call, (relayed) => resolve({ ...relayed }));
      return call.resume(exchange, id, isJsonObject(responses) ? responses : {});
    }
    call.cancel('the client closed the response stream');
    resolve({});
  });
}

/** Takes the answer in place of the client, who waits at another replica. What comes before it is not brought there. */
class RelayedExchange implements Exchange {
  readonly method = 'POST';
  readonly tenant: Exchange['tenant'];
  readonly serverSegment: string;
  readonly ip: string;
  readonly requestId: string;
  #receipt = '';
  #last = '';
  #done: (relayed: Relayed) => void;

  constructor({ context }: WaitingCall, done: (relayed: Relayed) => void) {
    const { tenant, serverSegment, ip, requestId } = context.exchange;
    this.tenant = tenant;
    this.serverSegment = serverSegment;
    this.ip = ip;
    this.requestId = requestId;
    this.#done = done;
  }

  header(): string | undefined {
    return undefined;
  }

  readBody(_bytesMax: number, done: (outcome: BodyOutcome) => void): void {
    done({ kind: 'aborted' });
  }

  respond(status: number, headers: FlatHeaders, body: string | Uint8Array = ''): void {
    this.#done({ status, body: textOf(body), receipt: receiptIn(headers) });
  }

  startStream(_status: number, headers: FlatHeaders): void {
    this.#receipt = receiptIn(headers);
  }

  /** An answer that took long comes as the last event of a stream. */
  write(chunk: string | Uint8Array): number {
    const data = /^event: message\ndata: (.*)\n\n$/s.exec(textOf(chunk))?.[1];
    if (data !== undefined) this.#last = data.replaceAll('\ndata: ', '\n');
    return 0;
  }

  end(): void {
    this.#done({ status: 200, body: this.#last, receipt: this.#receipt });
  }

  becomesStream(): void {}

  /** The client's going away is told by the replica that it reached. */
  onClose(): void {}
}

function receiptIn(headers: FlatHeaders): string {
  return headers[headers.indexOf('countersign-receipt') + 1] ?? '';
}

function textOf(chunk: string | Uint8Array): string {
  return typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
}
