import type { ClientId, JsonObject } from '#lib/core';
import type { AgentDraft } from '#lib/identity';
import { validateClientMetadata } from '#lib/oauth';
import type { Refuse } from './draft-provider.ts';
import type { AgentEntry } from './tenant-schema.ts';

type Authentication = NonNullable<AgentEntry['authentication']>;

export function needsSecret(authentication: Authentication): boolean {
  return authentication === 'client_secret_basic' || authentication === 'client_secret_post';
}

/** An agent in the words of identity, without its owner. `secret`: undefined keeps what is stored, null removes it. */
export function draftAgent(
  entry: Omit<AgentEntry, 'secret' | 'authentication'> & { readonly authentication: Authentication },
  secret: string | null | undefined,
  refuse: Refuse,
): AgentDraft {
  const metadata = validateClientMetadata(
    {
      client_name: entry.name,
      redirect_uris: entry.redirect_uris,
      grant_types: entry.grant_types ?? ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: entry.authentication,
      ...(entry.jwks === undefined ? {} : { jwks: entry.jwks as JsonObject }),
    },
    'file',
  );
  if (!metadata.ok) refuse([], metadata.error.description);
  if (entry.jwks !== undefined && entry.authentication !== 'private_key_jwt')
    refuse(['jwks'], `is not used: authentication is ${entry.authentication}`);
  return {
    clientId: entry.client_id as ClientId,
    name: entry.name,
    metadata: metadata.ok ? (metadata.value as unknown as JsonObject) : {},
    ...(secret === undefined ? {} : { secret }),
  };
}
