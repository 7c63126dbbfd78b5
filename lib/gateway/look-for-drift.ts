import { isJsonObject, type Json } from '#lib/core';
import { DEFINITION_PAGES_MAX, DEFINITIONS_BYTES_MAX, LISTING_BYTES_MAX } from './constants.ts';
import type { RpcRequest } from './parse-message.ts';
import type { ActContext, ActParts } from './parts.ts';
import { noteDrift } from './relay-list.ts';
import { sendInSession } from './relay-plain.ts';
import { readResult } from './upstream-session.ts';

/**
 * A server that refused the headers of a call may have changed the tool: what it shows now is compared with what was
 * approved. The call itself is not sent again, for the same headers would be refused again.
 */
export function lookForDrift(parts: ActParts, context: ActContext): void {
  const { server } = context;
  if (parts.rereading.has(server)) return;
  parts.rereading.add(server);
  readTools(parts, context)
    .catch((error: unknown) => {
      const { logger } = parts.telemetry;
      logger.error(
        { err: error, server: server.id },
        'tools could not be read again after a refusal of headers',
      );
    })
    .finally(() => parts.rereading.delete(server));
}

async function readTools(parts: ActParts, context: ActContext): Promise<void> {
  let cursor: Json | undefined;
  let bytesLeft = DEFINITIONS_BYTES_MAX;
  for (let page = 0; page < DEFINITION_PAGES_MAX && bytesLeft > 0; page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    const message: RpcRequest = { kind: 'request', id: 'tools', method: 'tools/list', params, whole: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, method: message.method, params });
    const asked = { ...context, message };
    const answer = await sendInSession(parts, asked, body, LISTING_BYTES_MAX);
    if (answer.ok) bytesLeft -= answer.value.bytes.length;
    const result = answer.ok ? readResult(answer.value) : answer;
    if (!result.ok) return;
    const listed = result.value['tools'];
    if (!Array.isArray(listed)) return;
    cursor = result.value['nextCursor'];
    const tools = (listed as readonly Json[]).filter(isJsonObject);
    noteDrift(parts, asked, { kind: 'tool' }, tools, typeof cursor !== 'string');
    if (typeof cursor !== 'string') return;
  }
}
