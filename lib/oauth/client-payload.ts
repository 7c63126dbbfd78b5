import { randomBytes } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { AgentRecord } from '#lib/identity';
import type { ValidClientMetadata } from './validate-client-metadata.ts';

/**
 * The library insists on a secret, of which only the hash exists; comparing is replaced by identity's own check.
 * Should that replacement ever fail, this matches nothing anybody knows.
 */
const NO_SECRET = randomBytes(32).toString('base64url');

/** An agent as oidc-provider wants to see it. */
export function clientPayload(record: AgentRecord): AdapterPayload {
  const metadata = record.metadata as unknown as Partial<ValidClientMetadata>;
  const method = metadata.token_endpoint_auth_method ?? 'none';
  const payload: AdapterPayload = {
    client_id: record.clientId,
    client_name: record.name,
    redirect_uris: [...(metadata.redirect_uris ?? [])],
    grant_types: [...(metadata.grant_types ?? [])],
    response_types: [...(metadata.response_types ?? [])],
    // The others put the code into a page or a fragment, where more can read it.
    response_modes: ['query'],
    token_endpoint_auth_method: method,
    application_type: metadata.application_type ?? 'web',
    ...(method.startsWith('client_secret') ? { client_secret: NO_SECRET } : {}),
    ...(metadata.jwks === undefined ? {} : { jwks: metadata.jwks as unknown as AdapterPayload['jwks'] }),
  };
  return payload;
}
