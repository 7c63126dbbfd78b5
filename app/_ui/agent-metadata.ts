interface Metadata {
  readonly redirect_uris?: unknown;
  readonly grant_types?: unknown;
  readonly token_endpoint_auth_method?: unknown;
  readonly client_uri?: unknown;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** What an agent's stored metadata says, in the members that pages show. */
export function readMetadata(metadata: object) {
  const { redirect_uris, grant_types, token_endpoint_auth_method, client_uri } = metadata as Metadata;
  return {
    redirects: texts(redirect_uris),
    grantTypes: texts(grant_types),
    authentication: typeof token_endpoint_auth_method === 'string' ? token_endpoint_auth_method : 'none',
    homepage: typeof client_uri === 'string' ? client_uri : undefined,
  };
}
