import type { JsonObject } from '#lib/core';
import * as client from 'openid-client';
import { claimsOf } from './provider-client.ts';
import type { ConsumedAttempt } from './sign-in-attempts.ts';
import type { IdentityDeps, IdentityProviderRecord, TenantRecord } from './types.ts';

/** Verified claims, by where they stood. */
export interface Exchanged {
  readonly idClaims: JsonObject;
  readonly userinfo: JsonObject | undefined;
  readonly idToken: string;
}

/** The code for tokens; state, `iss` (RFC 9207), nonce, PKCE, signature, audience and times are the library's checks. */
export async function exchangeCode(
  { addresses }: Pick<IdentityDeps, 'addresses'>,
  tenant: TenantRecord,
  provider: IdentityProviderRecord,
  configuration: client.Configuration,
  attempt: ConsumedAttempt,
  parameters: URLSearchParams,
): Promise<Exchanged> {
  // Never the request's own URL: that is whatever a client or a proxy made of it.
  const callback = new URL(addresses.ssoCallbackUrl(tenant.slug));
  callback.search = parameters.toString();
  const tokens = await client.authorizationCodeGrant(configuration, callback, {
    expectedState: parameters.get('state') ?? '',
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.codeVerifier,
    idTokenExpected: true,
  });
  const idClaims = claimsOf(tokens.claims());
  const { sub } = idClaims;
  const userinfo =
    provider.userinfo && typeof sub === 'string'
      ? claimsOf(await client.fetchUserInfo(configuration, tokens.access_token, sub))
      : undefined;
  return { idClaims, userinfo, idToken: tokens.id_token ?? '' };
}

/** Where the browser goes to sign in. */
export async function authorizationUrl(
  { addresses }: Pick<IdentityDeps, 'addresses'>,
  tenant: TenantRecord,
  provider: IdentityProviderRecord,
  configuration: client.Configuration,
  attempt: { readonly state: string; readonly nonce: string; readonly codeVerifier: string },
  prompt: string | undefined,
): Promise<string> {
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: addresses.ssoCallbackUrl(tenant.slug),
    scope: ['openid', ...provider.scopes.filter((scope) => scope !== 'openid')].join(' '),
    state: attempt.state,
    nonce: attempt.nonce,
    // Sent whether or not the metadata mentions it: many providers check it silently, and the others must ignore it.
    code_challenge: await client.calculatePKCECodeChallenge(attempt.codeVerifier),
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt }),
  });
  return url.href;
}
