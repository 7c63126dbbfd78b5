import { securityHeaders, type Addresses } from '#lib/edge';
import { COUNTERSIGN_ERROR_CODE } from './constants.ts';
import type { RpcId } from './parse-message.ts';
import { errorText } from './rpc-text.ts';
import type { Exchange, FlatHeaders } from './types.ts';

/** A refusal at the level of HTTP; the body is a JSON-RPC error all the same, as MCP clients show it. */
export interface HttpRefusal {
  readonly status: number;
  readonly message: string;
  readonly code?: number;
  readonly id?: RpcId | null;
  /** Members of `error.data`, as text. */
  readonly data?: string;
  readonly headers?: FlatHeaders;
}

/** Ready-made heads of every kind of response. */
export interface HttpAnswers {
  refuse(exchange: Exchange, refusal: HttpRefusal): void;
  /** 202 without a body. */
  accepted(exchange: Exchange): void;
  /** 204 without a body. */
  gone(exchange: Exchange): void;
  json(exchange: Exchange, status: number, body: string | Uint8Array, extra?: FlatHeaders): void;
  startStream(exchange: Exchange, extra?: FlatHeaders): void;
}

export function createHttpAnswers(addresses: Addresses): HttpAnswers {
  const base = Object.entries(securityHeaders('protocol', { https: addresses.https })).flat();
  const jsonHead = [...base, 'content-type', 'application/json'];
  const streamHead = [...base, 'content-type', 'text/event-stream', 'x-accel-buffering', 'no'];
  const emptyHead = [...base, 'content-length', '0'];

  const json: HttpAnswers['json'] = (exchange, status, body, extra = []) => {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    exchange.respond(status, [...jsonHead, 'content-length', String(length), ...extra], body);
  };
  return {
    json,
    refuse(exchange, { status, message, code = COUNTERSIGN_ERROR_CODE, id = null, data, headers = [] }) {
      json(exchange, status, errorText(id, code, message, data), headers);
    },
    accepted: (exchange) => exchange.respond(202, emptyHead),
    gone: (exchange) => exchange.respond(204, base),
    startStream: (exchange, extra = []) => exchange.startStream(200, [...streamHead, ...extra]),
  };
}
