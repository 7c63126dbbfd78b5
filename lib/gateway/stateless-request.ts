import { canonicalJson, err, isJsonObject, ok, type JsonObject, type Result } from '#lib/core';
import type { PinnedServer } from '#lib/registry';
import { CLIENT_META, ERA_META } from './era.ts';
import { mirroredHeaders } from './mirrored-headers.ts';
import type { StatelessUpstream } from './session.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What is known of a server beyond its address: its tools. */
export type KnownServer = Pick<PinnedServer, 'tools'>;

export interface StatelessRequest {
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * One message as the stateless era sends it: `_meta` says who asks and in which revision, and headers repeat what the very
 * body says. Nothing in either is the agent's own word about itself.
 */
export function statelessRequest(
  upstream: StatelessUpstream,
  message: JsonObject,
  server: KnownServer | undefined,
): Result<StatelessRequest, UpstreamFailure> {
  const method = typeof message['method'] === 'string' ? message['method'] : '';
  const given = isJsonObject(message['params']) ? message['params'] : {};
  const params = { ...given, _meta: { ...othersMeta(given), ...ownMeta(upstream) } };
  const name = given['name'];
  const tool = typeof name === 'string' ? server?.tools.get(name) : undefined;
  const mirrored = mirroredHeaders(method, params, tool);
  if (!mirrored.ok) return err({ kind: 'refused', message: `was not asked: the tool ${mirrored.error}.` });
  return ok({
    method,
    headers: ['mcp-protocol-version', upstream.protocolVersion, ...mirrored.value],
    body: canonicalJson({ ...message, params }),
  });
}

function othersMeta(params: JsonObject): JsonObject {
  const meta = params['_meta'];
  if (!isJsonObject(meta)) return {};
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !CLIENT_META.has(key)));
}

function ownMeta({ protocolVersion, capabilities, clientInfo, logLevel }: StatelessUpstream): JsonObject {
  const named = typeof clientInfo['name'] === 'string' && typeof clientInfo['version'] === 'string';
  return {
    [ERA_META.protocolVersion]: protocolVersion,
    [ERA_META.clientCapabilities]: capabilities,
    ...(named ? { [ERA_META.clientInfo]: clientInfo } : {}),
    ...(logLevel === undefined ? {} : { [ERA_META.logLevel]: logLevel }),
  };
}
