/**
 * The two ways of speaking MCP: in a session that begins with initialize (2025-03-26 to 2025-11-25), or each request by
 * itself (2026-07-28).
 */
export type Era = 'session' | 'stateless';

/** Revisions of the stateless era that are spoken here, newest first. */
export const STATELESS_VERSIONS: readonly string[] = ['2026-07-28'];

/** Members of `_meta` that belong to the stateless era itself (MCP 2026-07-28, basic). */
export const ERA_META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** What a client says of itself with every request. What one agent said of itself is never repeated as it came. */
export const CLIENT_META: ReadonlySet<string> = new Set([
  ERA_META.protocolVersion,
  ERA_META.clientCapabilities,
  ERA_META.clientInfo,
  ERA_META.logLevel,
]);

/** Errors of the stateless era about how it is spoken: whoever answers with one speaks it. */
export const HEADER_MISMATCH = -32_020;
export const MISSING_CLIENT_CAPABILITY = -32_021;
export const UNSUPPORTED_VERSION = -32_022;

export function isEraError(code: unknown): code is number {
  return code === HEADER_MISMATCH || code === MISSING_CLIENT_CAPABILITY || code === UNSUPPORTED_VERSION;
}
