/**
 * runtime: the composition root and the process's listener.
 * Owns the order in which modules are built and closed, the listener that feeds them, health, and the one registry that
 * Next's copy of the code and Node's share.
 * Never decides anything about a request beyond where it goes.
 * Promise: a process that answers has every control wired in, and one that stops has lost nothing it acknowledged.
 */
import { createHttp } from '#lib/http';
import { runtime } from './registry.ts';

export type * from './types.ts';
export type { SsoProblem } from '#lib/identity';
export type { CompletenessReport } from './audit-tenant.ts';
export type { Finding } from './finding.ts';
export type { ReopenedLog } from './reopen-log.ts';
export type { ShreddedTenant } from './shred-tenant.ts';
export { publishedRuntime, runtime } from './registry.ts';
export { listen, migrate, startRuntime, withRuntime } from './entry.ts';
export { nodeEvidenceCrypto } from './node-evidence-crypto.ts';
export { ROTATABLE_KEYS, type RotatableKey } from './rotate-key.ts';

/** `route` and `page` of this process: they ask for the running instance at each request, never before. */
export const { route, page } = createHttp(() => runtime().http);
