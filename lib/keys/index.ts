/**
 * keys: everything that is sealed, opened, looked up or signed for a tenant.
 * Owns key-encryption keys (behind KeyProvider), data, archive, lookup and person keys, the envelope, signing keys.
 * Never holds a plaintext key longer than five minutes, never hands a private key out (its own signing thread apart, which
 * forgets all it was handed every five minutes, and at once when keys are dropped), never knows what it seals.
 * Promise: an envelope opens only for the tenant, purpose and record it was made for, and not at all once its key is gone.
 */
export type * from './types.ts';
export * from './errors.ts';
export { createKeys } from './create-keys.ts';
export { isSealedRow, sealRow } from './row-seal.ts';
export { createLocalKeyProvider } from './local-provider.ts';
