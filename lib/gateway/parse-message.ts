import { err, isJsonObject, ok, type Json, type JsonObject, type Result } from '#lib/core';
import { NAME_CHARS_MAX, RPC_ID_CHARS_MAX } from './constants.ts';
import { JsonScanError } from './json-error.ts';
import { scanRequestBody } from './scan-json.ts';

export type RpcId = string | number;

/** One JSON-RPC message as an agent sent it. */
export type RpcMessage =
  | {
      readonly kind: 'request';
      readonly id: RpcId;
      readonly method: string;
      readonly params: JsonObject | undefined;
      readonly whole: JsonObject;
      /** The id towards the upstream, where it is not the client's. */
      readonly wireId?: RpcId;
    }
  | {
      readonly kind: 'notification';
      readonly method: string;
      readonly params: JsonObject | undefined;
      readonly whole: JsonObject;
    }
  | { readonly kind: 'response'; readonly whole: JsonObject };

export type RpcRequest = Extract<RpcMessage, { kind: 'request' }>;
export type RpcNotification = Extract<RpcMessage, { kind: 'notification' }>;

export function wireIdOf({ wireId, id }: RpcRequest): RpcId {
  return wireId ?? id;
}

/** Why a body is no message: a JSON-RPC error code, the id if there was a usable one, and words. */
export interface MessageRefusal {
  readonly code: -32700 | -32600;
  readonly id: RpcId | null;
  readonly message: string;
}

/** The one scan and the one parse of a request body. What is decided on later is what this returned. */
export function parseMessage(body: Buffer): Result<RpcMessage, MessageRefusal> {
  let value: Json;
  try {
    scanRequestBody(body);
    value = JSON.parse(body.toString('utf8')) as Json;
  } catch (error) {
    const detail = error instanceof JsonScanError ? error.message : 'not JSON';
    return err({ code: -32700, id: null, message: `The body can not be read: ${detail}.` });
  }
  if (Array.isArray(value)) return refusal(null, 'Batches are not accepted: send one message per request.');
  if (!isJsonObject(value)) return refusal(null, 'The body is not a JSON-RPC message.');
  return readEnvelope(value);
}

function readEnvelope(whole: JsonObject): Result<RpcMessage, MessageRefusal> {
  const { jsonrpc, id, method, params } = whole as { [key: string]: Json | undefined };
  const usable = isId(id) ? id : null;
  if (jsonrpc !== '2.0') return refusal(usable, 'The message is not JSON-RPC 2.0 (jsonrpc must be "2.0").');
  if (id !== undefined && !isId(id)) {
    return refusal(null, `The id must be a string of at most ${RPC_ID_CHARS_MAX} characters or an integer.`);
  }
  if (method === undefined) return readResponse(whole, usable);
  if (typeof method !== 'string' || method === '' || method.length > NAME_CHARS_MAX) {
    return refusal(usable, 'The method must be a short text.');
  }
  if (params !== undefined && !isJsonObject(params)) return refusal(usable, 'params must be an object.');
  if (params?.['_meta'] !== undefined && !isJsonObject(params['_meta'])) {
    return refusal(usable, 'params._meta must be an object.');
  }
  if (id === undefined) return ok({ kind: 'notification', method, params, whole });
  return ok({ kind: 'request', id, method, params, whole });
}

function readResponse(whole: JsonObject, id: RpcId | null): Result<RpcMessage, MessageRefusal> {
  const answers = id !== null && ('result' in whole || 'error' in whole);
  return answers
    ? ok({ kind: 'response', whole })
    : refusal(id, 'The message has neither a method nor a result.');
}

export function isId(id: Json | undefined): id is RpcId {
  return typeof id === 'string' ? id.length <= RPC_ID_CHARS_MAX : Number.isSafeInteger(id);
}

function refusal(id: RpcId | null, message: string): Result<RpcMessage, MessageRefusal> {
  return err({ code: -32600, id, message });
}
