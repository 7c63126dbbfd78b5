import { isJsonObject, type JsonObject } from '#lib/core';
import { LIST_TTL_MS } from './constants.ts';
import type { Session } from './session.ts';

const METHOD_NOT_FOUND = -32_601;

/** What every result of the stateless era says first: nothing more is to come (MCP 2026-07-28, basic, results). */
export const COMPLETE = '"resultType":"complete"';

/**
 * What is made here of an upstream's words (a list, what a server is), in the client's era. It may be kept a while, by
 * this client for this caller alone: it was filtered by what they may see.
 */
export function inEra(session: Session, result: JsonObject): JsonObject {
  if (session.single === undefined) return result;
  const meta = isJsonObject(result['_meta']) ? result['_meta'] : {};
  const { identity } = session.single.pooled;
  return {
    ...result,
    resultType: 'complete',
    ttlMs: LIST_TTL_MS,
    cacheScope: 'private',
    _meta: { ...identity, ...meta },
  };
}

/** The status of an answer that is a JSON-RPC error: the stateless era has one for a method that is not there. */
export function statusOfError({ single }: Session, code: number): number {
  return single !== undefined && code === METHOD_NOT_FOUND ? 404 : 200;
}
