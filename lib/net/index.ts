/**
 * net: the way out over HTTP.
 * Owns the egress classes, the check of every connected address, limits of size and time, and the connection pools.
 * Never follows a redirect, never asks for compression, never adds a credential.
 * Promise: no request reaches an address that its class does not allow, whatever DNS, URL spelling or a redirect says.
 */
export type * from './types.ts';
export * from './errors.ts';
export { createEgress } from './create-egress.ts';
export { hostsOf } from './egress-rules.ts';
