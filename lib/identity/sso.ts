import { err, ok, type JsonObject, type Result } from '#lib/core';
import * as client from 'openid-client';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';
import { claimsOf, type ProviderClient } from './provider-client.ts';
import { mergeClaims, readClaims } from './read-claims.ts';
import { safeReturnTo } from './return-to.ts';
import { createAttempt, takeAttempt, type ConsumedAttempt } from './sign-in-attempts.ts';
import type { SignInWriter } from './complete-sign-in.ts';
import type {
  BeginSignIn,
  CompleteSignIn,
  IdentityDeps,
  IdentityProviderRecord,
  IdentityProviders,
  SignInCompleted,
  SignInStarted,
  SingleSignOn,
  TenantRecord,
} from './types.ts';

export interface SsoDeps {
  readonly identity: IdentityDeps;
  readonly providers: IdentityProviders;
  readonly client: ProviderClient;
  readonly writer: SignInWriter;
}

export function createSingleSignOn(deps: SsoDeps): SingleSignOn {
  return {
    begin: async (tenant, request) => await begin(deps, tenant, request),
    complete: async (tenant, request) => await complete(deps, tenant, request),
    async check(tenant, draft) {
      const provider = draft ?? (await deps.providers.load(tenant));
      if (provider === undefined) return err(ssoProblem('no-provider'));
      const need = { secret: false, step: 'discovery' } as const;
      return await deps.client.run(tenant, provider, need, async (configuration) => ({
        issuer: configuration.serverMetadata().issuer,
      }));
    },
  };
}

async function begin(
  deps: SsoDeps,
  tenant: TenantRecord,
  request: BeginSignIn,
): Promise<Result<SignInStarted, SsoProblem>> {
  const provider = await deps.providers.load(tenant);
  if (provider === undefined) return err(ssoProblem('no-provider'));
  const returnTo = safeReturnTo(request.returnTo);
  const need = { secret: false, step: 'discovery' } as const;
  return await deps.client.run(tenant, provider, need, async (configuration) => {
    const attempt = await createAttempt(deps.identity, tenant, { issuer: provider.issuer, returnTo });
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: deps.identity.addresses.ssoCallbackUrl(tenant.slug),
      scope: ['openid', ...provider.scopes.filter((scope) => scope !== 'openid')].join(' '),
      state: attempt.state,
      nonce: attempt.nonce,
      // Sent whether or not the metadata mentions it: many providers check it silently, and the others must ignore it.
      code_challenge: await client.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
      ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
    });
    return { redirectTo: url.href, setCookies: [attempt.setCookie] };
  });
}

async function complete(
  deps: SsoDeps,
  tenant: TenantRecord,
  request: CompleteSignIn,
): Promise<Result<SignInCompleted, SsoProblem>> {
  const outcome = await identify(deps, tenant, request);
  if (!outcome.ok) {
    deps.identity.receipts.refuse(tenant.id, 'refused_sign_in');
    return outcome;
  }
  const { provider, attempt, claims, idToken } = outcome.value;
  const person = readClaims(claims, provider);
  if (!person.ok) {
    await deps.writer.refuse(tenant, { issuer: provider.issuer, claims, ip: request.ip }, person.error);
    return person;
  }
  return await deps.writer.complete(tenant, { claims: person.value, idToken, attempt, request });
}

interface Identified {
  readonly provider: IdentityProviderRecord;
  readonly attempt: ConsumedAttempt;
  readonly claims: JsonObject;
  readonly idToken: string;
}

/** From the callback's parameters to verified claims; whoever fails here is nobody we know. */
async function identify(
  deps: SsoDeps,
  tenant: TenantRecord,
  request: CompleteSignIn,
): Promise<Result<Identified, SsoProblem>> {
  const attempt = await takeAttempt(deps.identity, tenant, request.parameters, request.readCookie);
  if (typeof attempt === 'string') return err(ssoProblem(attempt));
  const provider = await deps.providers.load(tenant);
  if (provider === undefined) return err(ssoProblem('no-provider'));
  // The provider was replaced while the person was away: what comes back is not from the one that is trusted now.
  if (provider.issuer !== attempt.issuer) return err(ssoProblem('attempt-unknown'));
  const exchanged = await deps.client.run(
    tenant,
    provider,
    { secret: true, step: 'exchange' },
    async (configuration) => {
      return await exchange(deps.identity, tenant, provider, configuration, attempt, request.parameters);
    },
  );
  return exchanged.ok ? ok({ provider, attempt, ...exchanged.value }) : exchanged;
}

/** The code for tokens; state, `iss` (RFC 9207), nonce, PKCE, signature, audience and times are the library's checks. */
async function exchange(
  { addresses }: IdentityDeps,
  tenant: TenantRecord,
  provider: IdentityProviderRecord,
  configuration: client.Configuration,
  attempt: ConsumedAttempt,
  parameters: URLSearchParams,
): Promise<{ claims: JsonObject; idToken: string }> {
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
  return { claims: mergeClaims(idClaims, userinfo), idToken: tokens.id_token ?? '' };
}
