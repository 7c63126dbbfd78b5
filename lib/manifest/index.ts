/**
 * manifest: a tenant as a file.
 * Owns the format of tenant files: reading, checking whole, applying in one transaction; and where secret references lead.
 * Never keeps a secret, never resolves a reference in what came over HTTP, never applies a part of a file.
 * Promise: what a file says is what is in force, or nothing changed and every problem was told with its line.
 */
export { createManifest } from './create-manifest.ts';
export { createSecretResolver } from './resolve-secrets.ts';
export type * from './types.ts';
export type * from './resource-types.ts';
