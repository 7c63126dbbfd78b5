import {
  errors,
  type ClientAuthMethod,
  type Configuration,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import type { GrantId } from '#lib/core';
import { createAdapterFactory } from './adapter.ts';
import { createConsentPolicy, findStandingGrant } from './consent-policy.ts';
import {
  ACCESS_TOKEN_SECONDS,
  AUTHORIZATION_CODE_SECONDS,
  INTERACTION_SECONDS,
  MCP_SCOPE,
  OFFLINE_SCOPE,
} from './constants.ts';
import { flowCookies } from './flow-cookies.ts';
import { renderErrorPage } from './error-page.ts';
import { TenantSigningKey } from './external-signing-key.ts';
import type { Signer } from '#lib/keys';
import type { TenantScope } from './tenant-scope.ts';

export const AUTH_METHODS: readonly ClientAuthMethod[] = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
];
export const CLIENT_KEY_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'PS256', 'RS256'] as const;

/** Where oidc-provider answers, below the canonical URL. Other endpoints under /oauth are ours. */
export const PROVIDER_ROUTES = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
} as const;

/** Every default that DESIGN overrides is overridden here, and every feature that is not used is off. */
export function configureProvider(scope: TenantScope, signer: Signer): Configuration {
  return {
    adapter: createAdapterFactory(scope),
    jwks: { keys: [new TenantSigningKey(signer)] },
    routes: PROVIDER_ROUTES,
    scopes: [OFFLINE_SCOPE],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: AUTH_METHODS,
    clientDefaults: { id_token_signed_response_alg: 'EdDSA', response_types: ['code'] },
    enabledJWA: {
      clientAuthSigningAlgValues: [...CLIENT_KEY_ALGORITHMS],
      idTokenSigningAlgValues: ['EdDSA'],
    },
    cookies: flowCookies(scope),
    features: features(scope, signer.kid),
    pkce: { required: () => true },
    ttl: lifetimes(),
    interactions: {
      policy: createConsentPolicy(),
      url: (_context, interaction) => interactionUrl(scope, interaction.prompt.name, interaction.uid),
    },
    findAccount: async (_context, id) => {
      const person = await scope.findActivePerson(id);
      return person && { accountId: person.id, claims: () => ({ sub: person.reference }) };
    },
    loadExistingGrant: (context) => findStandingGrant(scope, context),
    // A refresh token is good once, whoever the client is and however old the token.
    rotateRefreshToken: () => true,
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    revokeGrantPolicy: () => true,
    extraTokenClaims: async (context, token) => issueClaims(scope, context, token),
    formats: {
      bitsOfOpaqueRandomness: 256,
      customizers: { jwt: (_context, token, jwt) => finishToken(token, jwt) },
    },
    clientBasedCORS: (_context, origin, client) =>
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    renderError: renderErrorPage(scope),
    clockTolerance: 0,
    // Nothing is ever fetched for a stranger: key sets of clients are inline.
    fetch: () => Promise.reject(new Error('the authorization server fetches nothing')),
  };
}

function features(scope: TenantScope, kid: string): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    clientCredentials: { enabled: true },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    revocation: {
      enabled: true,
      allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => {
        throw new errors.InvalidTarget(
          'resource is required: name exactly one MCP server of this organisation (RFC 8707)',
        );
      },
      useGrantedResource: () => true,
      getResourceServerInfo: (context, resource) => resourceServer(scope, context, resource, kid),
    },
  };
}

async function resourceServer(
  scope: TenantScope,
  context: KoaContextWithOIDC,
  resource: string,
  kid: string,
): Promise<ResourceServer> {
  if (Array.isArray(context.oidc.params?.['resource'])) {
    throw new errors.InvalidTarget('name exactly one resource: a token is good at one MCP server only');
  }
  if (!(await scope.findServer(resource))) {
    throw new errors.InvalidTarget('this organisation has no MCP server with that resource identifier');
  }
  return {
    scope: MCP_SCOPE,
    audience: resource,
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'EdDSA', kid } },
  };
}

function lifetimes(): NonNullable<Configuration['ttl']> {
  // Nothing outlives its grant.
  const untilGrantEnds = (context: KoaContextWithOIDC, most: number) => {
    const end = context.oidc.entities.Grant?.exp;
    return end === undefined ? most : Math.max(1, Math.min(most, end - Math.floor(Date.now() / 1000)));
  };
  return {
    AccessToken: (context) => untilGrantEnds(context, ACCESS_TOKEN_SECONDS),
    ClientCredentials: ACCESS_TOKEN_SECONDS,
    AuthorizationCode: AUTHORIZATION_CODE_SECONDS,
    Interaction: INTERACTION_SECONDS,
    RefreshToken: (context) => untilGrantEnds(context, Number.MAX_SAFE_INTEGER),
  };
}

/** Signing in is identity's; the other question is answered on the consent page. */
function interactionUrl({ addresses, tenant }: TenantScope, prompt: string, uid: string): string {
  const base = addresses.canonicalUrl(tenant.slug);
  return prompt === 'login' ? `${base}/oauth/signin/${uid}` : `${base}/consent/${uid}`;
}

interface IssuableToken {
  readonly kind: string;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly expiration: number;
}

const SUBJECTS = new WeakMap<object, string>();

/** The last gate before a token is signed: everything is checked again, and the receipt is staged. */
async function issueClaims(scope: TenantScope, context: KoaContextWithOIDC, token: IssuableToken) {
  if (typeof token.aud !== 'string' || token.clientId === undefined) {
    throw new errors.InvalidTarget('a token is good at exactly one MCP server');
  }
  const request = {
    clientId: token.clientId,
    resource: token.aud,
    expiresAt: scope.clock.now() + token.expiration * 1000,
    ip: context.ip,
  };
  const mode = token.kind === 'ClientCredentials' ? 'agent' : 'user';
  const issued =
    mode === 'agent'
      ? await scope.issueForAgent(request)
      : await scope.issueForUser(String(token.grantId) as GrantId, request);
  SUBJECTS.set(token, issued.subject);
  return { grant: issued.grant.id, mode };
}

/** Inside, a person is a row; a token names the random reference that receipts name. */
function finishToken(token: object, jwt: { payload: Record<string, unknown> }): void {
  jwt.payload['sub'] = SUBJECTS.get(token) ?? jwt.payload['sub'];
}
