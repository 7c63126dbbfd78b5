/**
 * registry: the MCP servers of a tenant and what was approved of them.
 * Owns servers, pinned definitions and their drift.
 * Never talks to an upstream and never decides who may call what.
 * Promise: a definition is used exactly as it was pinned, or not at all.
 */
export { createRegistry, type RegistryDeps } from './create-registry.ts';
export { hashDefinition } from './hash-definition.ts';
export { readMirroredParams, type MirroredParam } from './mirrored-params.ts';
export type * from './types.ts';
