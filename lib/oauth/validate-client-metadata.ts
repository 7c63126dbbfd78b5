import { err, hasDeceptiveCharacters, isJsonObject, ok, type JsonObject, type Result } from '#lib/core';
import {
  CLIENT_KEYS_MAX,
  CLIENT_NAME_CHARS_MAX,
  CLIENT_URI_CHARS_MAX,
  REDIRECT_URIS_MAX,
} from './constants.ts';
import { parseRedirectUri } from './redirect-uris.ts';

export type TokenEndpointAuthMethod =
  'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
export type ClientGrantType = 'authorization_code' | 'refresh_token' | 'client_credentials';

/** Client metadata as we keep it: the members of RFC 7591 that mean something here. No secret. */
export interface ValidClientMetadata {
  readonly client_name: string;
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly ClientGrantType[];
  readonly response_types: readonly 'code'[];
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod;
  readonly application_type: 'web' | 'native';
  readonly client_uri?: string;
  readonly jwks?: JsonObject;
}

/** RFC 7591 §3.2.2. */
export interface ClientMetadataProblem {
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata' | 'unapproved_software_statement';
  readonly description: string;
}

/** `file`: an admin vouches for it. `dynamic`: a stranger says so. */
export type ClientOrigin = 'file' | 'dynamic';

type Checked<Value> = Result<Value, ClientMetadataProblem>;

const GRANT_TYPES: Record<ClientOrigin, readonly ClientGrantType[]> = {
  dynamic: ['authorization_code', 'refresh_token'],
  file: ['authorization_code', 'refresh_token', 'client_credentials'],
};
const AUTH_METHODS: Record<ClientOrigin, readonly TokenEndpointAuthMethod[]> = {
  dynamic: ['none', 'client_secret_basic', 'client_secret_post'],
  file: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
};
const PRIVATE_JWK_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Checks what a client says about itself and keeps what matters. Members we don't know are ignored (RFC 7591 §2);
 * grant and response types we don't serve are left out of the answer; everything else that is wrong is refused with
 * what to change, for silently repaired metadata would surprise its author later.
 */
export function validateClientMetadata(input: unknown, origin: ClientOrigin): Checked<ValidClientMetadata> {
  if (!isJsonObject(input)) return invalid('the client metadata must be a JSON object');
  if (input['software_statement'] !== undefined) {
    return err({
      error: 'unapproved_software_statement',
      description: 'software statements are not accepted here: leave software_statement out',
    });
  }
  const grantTypes = readGrantTypes(input, origin);
  if (!grantTypes.ok) return grantTypes;
  const redirects = readRedirectUris(input, grantTypes.value.includes('authorization_code'));
  if (!redirects.ok) return redirects;
  const authentication = readAuthentication(input, origin, grantTypes.value);
  if (!authentication.ok) return authentication;
  const name = readName(input, redirects.value.uris);
  if (!name.ok) return name;
  const uri = readClientUri(input);
  if (!uri.ok) return uri;
  return ok({
    client_name: name.value,
    redirect_uris: redirects.value.uris,
    grant_types: grantTypes.value,
    response_types: grantTypes.value.includes('authorization_code') ? ['code'] : [],
    application_type: redirects.value.native ? 'native' : 'web',
    ...authentication.value,
    ...(uri.value === undefined ? {} : { client_uri: uri.value }),
  });
}

function invalid(description: string): Checked<never> {
  return err({ error: 'invalid_client_metadata', description });
}

function readGrantTypes(input: JsonObject, origin: ClientOrigin): Checked<readonly ClientGrantType[]> {
  const asked = readStrings(input, 'grant_types', ['authorization_code']);
  if (!asked.ok) return asked;
  const served = GRANT_TYPES[origin].filter((type) => asked.value.includes(type));
  if (origin === 'dynamic' && !served.includes('authorization_code')) {
    return asked.value.includes('client_credentials')
      ? invalid('client_credentials is only for clients that an admin lists in the tenant file')
      : invalid('grant_types must include authorization_code');
  }
  if (!served.some((type) => type !== 'refresh_token')) {
    return invalid('grant_types must include authorization_code or client_credentials');
  }
  const responses = readStrings(input, 'response_types', ['code']);
  if (!responses.ok) return responses;
  return served.includes('authorization_code') && !responses.value.includes('code')
    ? invalid('response_types must include code')
    : ok(served);
}

function readRedirectUris(
  input: JsonObject,
  required: boolean,
): Checked<{ readonly uris: readonly string[]; readonly native: boolean }> {
  const uris = readStrings(input, 'redirect_uris', []);
  if (!uris.ok) return uris;
  const wrong = (description: string): Checked<never> => err({ error: 'invalid_redirect_uri', description });
  if (!required) return ok({ uris: [], native: false });
  if (uris.value.length === 0) return wrong('redirect_uris must name at least one redirect URI');
  if (uris.value.length > REDIRECT_URIS_MAX) return wrong(`at most ${REDIRECT_URIS_MAX} redirect_uris`);
  let native = false;
  for (const [index, uri] of uris.value.entries()) {
    const kind = parseRedirectUri(uri);
    if (!kind.ok) return wrong(`redirect_uris[${index}] ${kind.error}`);
    native ||= kind.value !== 'https';
  }
  return ok({ uris: [...new Set(uris.value)], native });
}

function readAuthentication(
  input: JsonObject,
  origin: ClientOrigin,
  grantTypes: readonly ClientGrantType[],
): Checked<Pick<ValidClientMetadata, 'token_endpoint_auth_method' | 'jwks'>> {
  // RFC 7591 §2: the default of an omitted method is client_secret_basic.
  const asked = input['token_endpoint_auth_method'] ?? 'client_secret_basic';
  const method = AUTH_METHODS[origin].find((known) => known === asked);
  if (!method) return invalid(`token_endpoint_auth_method must be one of ${AUTH_METHODS[origin].join(', ')}`);
  if (method === 'none' && grantTypes.includes('client_credentials')) {
    return invalid('a client with client_credentials must authenticate: token_endpoint_auth_method is none');
  }
  if (method !== 'private_key_jwt') return ok({ token_endpoint_auth_method: method });
  if (input['jwks_uri'] !== undefined) return invalid('jwks_uri is not supported: put the keys into jwks');
  const jwks = input['jwks'];
  const keys = isJsonObject(jwks) ? jwks['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > CLIENT_KEYS_MAX) {
    return invalid(`private_key_jwt needs jwks with 1 to ${CLIENT_KEYS_MAX} public keys`);
  }
  if (!keys.every((key) => isJsonObject(key) && PRIVATE_JWK_MEMBERS.every((member) => !(member in key)))) {
    return invalid('jwks must hold public keys only: remove the private members, and replace that key');
  }
  return ok({ token_endpoint_auth_method: method, jwks: { keys } });
}

function readName(input: JsonObject, redirectUris: readonly string[]): Checked<string> {
  const name = input['client_name'] ?? URL.parse(redirectUris[0] ?? '')?.host ?? 'Unnamed client';
  if (typeof name !== 'string') return invalid('client_name must be a string');
  const trimmed = name.trim() || 'Unnamed client';
  if (trimmed.length > CLIENT_NAME_CHARS_MAX) {
    return invalid(`client_name is longer than ${CLIENT_NAME_CHARS_MAX} characters`);
  }
  return hasDeceptiveCharacters(trimmed)
    ? invalid('client_name contains control, bidirectional or invisible characters')
    : ok(trimmed);
}

function readClientUri(input: JsonObject): Checked<string | undefined> {
  const uri = input['client_uri'];
  if (uri === undefined || uri === null || uri === '') return ok(undefined);
  const parsed = typeof uri === 'string' && uri.length <= CLIENT_URI_CHARS_MAX ? URL.parse(uri) : null;
  return parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:')
    ? ok(parsed.href)
    : invalid('client_uri must be an http or https URL');
}

function readStrings(
  input: JsonObject,
  member: string,
  absent: readonly string[],
): Checked<readonly string[]> {
  const value = input[member];
  if (value === undefined || value === null) return ok(absent);
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
    ? ok(value as readonly string[])
    : invalid(`${member} must be a list of strings`);
}
