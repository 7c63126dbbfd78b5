import type { JsonObject, ServerId } from '#lib/core';
import type { Addresses } from '#lib/edge';
import type { TenantRecord } from '#lib/identity';
import type { PinnedServer } from '#lib/registry';
import { MCP_SCOPE, OFFLINE_SCOPE } from './constants.ts';
import type { AccessTokenRefusal } from './errors.ts';
import { AUTH_METHODS, CLIENT_KEY_ALGORITHMS, PROVIDER_ROUTES } from './provider-configuration.ts';

/** RFC 8414: what a client needs to know, and nothing that is not so. */
export function authorizationServerMetadata(addresses: Addresses, tenant: TenantRecord): JsonObject {
  const issuer = addresses.canonicalUrl(tenant.slug);
  return {
    issuer,
    authorization_endpoint: `${issuer}${PROVIDER_ROUTES.authorization}`,
    token_endpoint: `${issuer}${PROVIDER_ROUTES.token}`,
    registration_endpoint: `${issuer}/oauth/register`,
    revocation_endpoint: `${issuer}${PROVIDER_ROUTES.revocation}`,
    jwks_uri: `${issuer}/oauth/jwks`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes_supported: [MCP_SCOPE, OFFLINE_SCOPE],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [...AUTH_METHODS],
    token_endpoint_auth_signing_alg_values_supported: [...CLIENT_KEY_ALGORITHMS],
    revocation_endpoint_auth_methods_supported: [...AUTH_METHODS],
    revocation_endpoint_auth_signing_alg_values_supported: [...CLIENT_KEY_ALGORITHMS],
    // RFC 9207: clients of several servers must be able to tell whose answer they hold.
    authorization_response_iss_parameter_supported: true,
    // Required of the openid-configuration form of this document; no ID token is ever issued.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['EdDSA'],
  };
}

/** RFC 9728. `offline_access` is the client's and the authorization server's affair, so it is not listed. */
export function protectedResourceMetadata(
  addresses: Addresses,
  tenant: TenantRecord,
  server: PinnedServer,
): JsonObject {
  return {
    resource: addresses.resourceUrl(tenant.slug, server.id),
    resource_name: server.title,
    authorization_servers: [addresses.canonicalUrl(tenant.slug)],
    scopes_supported: [MCP_SCOPE],
    bearer_methods_supported: ['header'],
  };
}

/** `WWW-Authenticate` of RFC 6750 §3 with RFC 9728 §5.1: where to learn how to get a token, and why this one is none. */
export function bearerChallenge(
  addresses: Addresses,
  tenant: TenantRecord,
  server: ServerId,
  refusal: AccessTokenRefusal | undefined,
): string {
  const parts = [
    `resource_metadata="${addresses.protectedResourceMetadataUrl(tenant.slug, server)}"`,
    `scope="${MCP_SCOPE}"`,
  ];
  if (refusal)
    parts.unshift('error="invalid_token"', `error_description="${refusal.detail.replaceAll('"', "'")}"`);
  return `Bearer ${parts.join(', ')}`;
}
