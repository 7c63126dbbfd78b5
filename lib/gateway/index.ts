/**
 * gateway: the MCP data plane, everything at `<canonical>/mcp/<server>`.
 * Owns eras, sessions, the call pipeline and its transports; alone talks to upstream tools.
 * Never opens the vault, never decides by itself, never passes on a client's token, cookie or internal header.
 * Promise: nothing leaves before its attempt is durable (unless waived), and no result arrives before its receipt is.
 */
export type * from './types.ts';
export { createGateway } from './create-gateway.ts';
export { nodeExchange } from './node-exchange.ts';
export { webExchange } from './web-exchange.ts';
export { readJsonText, type JsonTextProblem } from './read-json-text.ts';
