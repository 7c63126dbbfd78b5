import type { JsonObject } from '#lib/core';
import type { PublicSigningKey } from '#lib/keys';

/** What upstreams verify minted tokens with (RFC 7517). */
export function renderKeySet(keys: readonly PublicSigningKey[]): JsonObject {
  return { keys: keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig', alg: 'EdDSA' })) };
}

/** RFC 8414 §2. This issuer has no endpoints: its tokens are made for Countersign's own requests only. */
export function renderMetadata(issuer: string): JsonObject {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: [],
    grant_types_supported: [],
  };
}
