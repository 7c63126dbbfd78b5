import { err, ok, type JsonObject, type Result } from '#lib/core';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';
import { examineProvider } from './examine-provider.ts';
import { authorizationUrl, exchangeCode } from './exchange-code.ts';
import type { ProviderClient } from './provider-client.ts';
import { mergeClaims, readClaims } from './read-claims.ts';
import { safeReturnTo } from './return-to.ts';
import { createAttempt, takeAttempt, type ConsumedAttempt } from './sign-in-attempts.ts';
import type { SignInWriter } from './complete-sign-in.ts';
import type { SignInTrials } from './try-sign-in.ts';
import type {
  BeginSignIn,
  CompleteSignIn,
  IdentityDeps,
  IdentityProviderRecord,
  IdentityProviders,
  SignInCompleted,
  SignInFinished,
  SignInStarted,
  SingleSignOn,
  TenantRecord,
} from './types.ts';

export interface SsoDeps {
  readonly identity: IdentityDeps;
  readonly providers: IdentityProviders;
  readonly client: ProviderClient;
  readonly writer: SignInWriter;
  readonly trials: SignInTrials;
}

export function createSingleSignOn(deps: SsoDeps): SingleSignOn {
  return {
    begin: async (tenant, request) => {
      const begun = retryable(await begin(deps, tenant, request), {
        returnTo: safeReturnTo(request.returnTo),
      });
      return noted(deps, tenant, request, begun);
    },
    complete: async (tenant, request) => noted(deps, tenant, request, await finish(deps, tenant, request)),
    beginTest: async (tenant, session, request) =>
      noted(deps, tenant, request, await deps.trials.begin(tenant, session, request)),
    testReport: async (tenant, session, id) => await deps.trials.load(tenant, session, id),
    examine: async (tenant) => await examineProvider(deps, tenant),
    async check(tenant, draft) {
      const provider = draft ?? (await deps.providers.load(tenant));
      if (provider === undefined) return err(ssoProblem('no-provider'));
      const need = { secret: false, step: 'discovery', fresh: draft !== undefined } as const;
      return await deps.client.run(tenant, provider, need, async (configuration) => ({
        issuer: configuration.serverMetadata().issuer,
      }));
    },
  };
}

/** Every refusal has a line in the log, which the reference on the person's page finds. Nothing in it is about the person. */
function noted<T>(
  { identity: { telemetry } }: SsoDeps,
  tenant: TenantRecord,
  { requestId }: { readonly requestId?: string },
  outcome: Result<T, SsoProblem>,
): Result<T, SsoProblem> {
  if (outcome.ok) return outcome;
  const { kind, providerError, reason } = outcome.error;
  const what = { requestId, tenant: tenant.slug, kind, providerError, reason };
  telemetry.logger.warn(what, 'a sign-in was refused');
  return outcome;
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
    const url = await authorizationUrl(
      deps.identity,
      tenant,
      provider,
      configuration,
      attempt,
      request.prompt,
    );
    return { redirectTo: url, setCookies: [attempt.setCookie] };
  });
}

/** The callback: an attempt of a person makes a session, an attempt of a test only a report. */
async function finish(
  deps: SsoDeps,
  tenant: TenantRecord,
  request: CompleteSignIn,
): Promise<Result<SignInFinished, SsoProblem>> {
  const attempt = await takeAttempt(deps.identity, tenant, request.parameters, request.readCookie);
  if (typeof attempt === 'string') return refused(deps, tenant, err(ssoProblem(attempt)));
  return attempt.test === undefined
    ? await complete(deps, tenant, request, attempt)
    : await deps.trials.complete(tenant, request, attempt);
}

async function complete(
  deps: SsoDeps,
  tenant: TenantRecord,
  request: CompleteSignIn,
  attempt: ConsumedAttempt,
): Promise<Result<SignInCompleted, SsoProblem>> {
  const identified = await identify(deps, tenant, request, attempt);
  if (!identified.ok) return refused(deps, tenant, retryable(identified, attempt));
  const { provider, claims, idToken } = identified.value;
  const person = readClaims(claims, provider);
  if (!person.ok) {
    await deps.writer.refuse(tenant, { issuer: provider.issuer, claims, ip: request.ip }, person.error);
    return retryable(person, attempt);
  }
  const completed = await deps.writer.complete(tenant, { claims: person.value, idToken, attempt, request });
  return retryable(completed, attempt);
}

/** Nobody we know is behind it: counted, not receipted one by one. */
function refused<T>(deps: SsoDeps, tenant: TenantRecord, outcome: Result<T, SsoProblem>): typeof outcome {
  deps.identity.receipts.refuse(tenant.id, 'refused_sign_in');
  return outcome;
}

/** A refusal that remembers where the person wanted to go. */
function retryable<T>(
  outcome: Result<T, SsoProblem>,
  { returnTo }: Pick<ConsumedAttempt, 'returnTo'>,
): Result<T, SsoProblem> {
  return outcome.ok ? outcome : err({ ...outcome.error, returnTo });
}

interface Identified {
  readonly provider: IdentityProviderRecord;
  readonly claims: JsonObject;
  readonly idToken: string;
}

/** From the callback's parameters to verified claims; whoever fails here is nobody we know. */
async function identify(
  deps: SsoDeps,
  tenant: TenantRecord,
  { parameters }: CompleteSignIn,
  attempt: ConsumedAttempt,
): Promise<Result<Identified, SsoProblem>> {
  const provider = await deps.providers.load(tenant);
  if (provider === undefined) return err(ssoProblem('no-provider'));
  // The provider was replaced while the person was away: what comes back is not from the one that is trusted now.
  if (provider.issuer !== attempt.issuer) return err(ssoProblem('attempt-unknown'));
  const need = { secret: true, step: 'exchange' } as const;
  const exchanged = await deps.client.run(tenant, provider, need, async (configuration) => {
    return await exchangeCode(deps.identity, tenant, provider, configuration, attempt, parameters);
  });
  if (!exchanged.ok) return exchanged;
  const { idClaims, userinfo, idToken } = exchanged.value;
  return ok({ provider, claims: mergeClaims(idClaims, userinfo), idToken });
}
