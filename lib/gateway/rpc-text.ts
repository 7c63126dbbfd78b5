import type { JsonObject } from '#lib/core';
import type { RpcId } from './parse-message.ts';

/** A JSON-RPC error response as text; `dataMembers` are the inner members of `error.data`, if any. */
export function errorText(id: RpcId | null, code: number, message: string, dataMembers = ''): string {
  const data = dataMembers === '' ? '' : `,"data":{${dataMembers}}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":${code},"message":${JSON.stringify(message)}${data}}}`;
}

export function resultText(id: RpcId, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
}

/** A request of our own making, to an agent. */
export function requestText(id: RpcId, method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

export function notificationText(method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** One server-sent event that carries a message; a line feed inside becomes a second data line. */
export function eventText(data: string, id?: string): string {
  const lines = data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data;
  const named = id === undefined ? '' : `id: ${id}\n`;
  return `${named}event: message\ndata: ${lines}\n\n`;
}
