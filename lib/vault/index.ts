/**
 * vault: credentials at rest.
 * Owns the rows of secrets; alone stores and opens them.
 * Never returns a secret: it is lent to one function and dropped. Never logs, never lists values.
 * Promise: a secret is readable only inside `use`, and a person's secrets end with that person's key.
 */
export type * from './types.ts';
export * from './errors.ts';
export { createVault } from './create-vault.ts';
