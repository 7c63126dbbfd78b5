import { canonicalJson, err, ok, toHex, utf8, type JsonObject, type Result } from '#lib/core';
import { SIGN_IN_ATTEMPT_MS } from './constants.ts';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';
import { authorizationUrl, exchangeCode, type Exchanged } from './exchange-code.ts';
import { parseSealed } from './person-seal.ts';
import type { ProviderClient, ProviderNeed } from './provider-client.ts';
import { identityProviderSettings } from './provider-settings.ts';
import { reportSignIn } from './report-sign-in.ts';
import { createSecret, hashSecret } from './secrets.ts';
import { createAttempt, type ConsumedAttempt } from './sign-in-attempts.ts';
import { findAttempt, insertAttempt } from './store-sessions.ts';
import type {
  BeginTest,
  BrowserSession,
  CompleteSignIn,
  IdentityDeps,
  IdentityProviderRecord,
  IdentityProviders,
  ProviderCandidate,
  Sessions,
  SignInReport,
  SignInStarted,
  SignInTested,
  TenantRecord,
} from './types.ts';

/** Sign-ins by which an admin looks what a provider says. */
export interface SignInTrials {
  begin(
    tenant: TenantRecord,
    session: BrowserSession,
    request: BeginTest,
  ): Promise<Result<SignInStarted, SsoProblem>>;
  complete(
    tenant: TenantRecord,
    request: CompleteSignIn,
    attempt: ConsumedAttempt,
  ): Promise<Result<SignInTested, SsoProblem>>;
  load(tenant: TenantRecord, session: BrowserSession, id: string): Promise<SignInReport | undefined>;
}

export interface SignInTrialsDeps {
  readonly identity: IdentityDeps;
  readonly providers: IdentityProviders;
  readonly client: ProviderClient;
  readonly sessions: Pick<Sessions, 'verify'>;
}

const PURPOSE = 'sign-in-test';

export function createSignInTrials(deps: SignInTrialsDeps): SignInTrials {
  return {
    begin: async (tenant, session, request) => await begin(deps, tenant, session, request),
    complete: async (tenant, request, attempt) => await complete(deps, tenant, request, attempt),
    async load(tenant, session, id) {
      const place = reportPlace(id);
      if (place === undefined) return undefined;
      const { database, keys, clock } = deps.identity;
      const stored = await database
        .tenantDb(tenant.id)
        .read(async (client) => await findAttempt(client, place.hash));
      if (stored === undefined || stored.expiresAt.getTime() <= clock.now()) return undefined;
      const opened = parseSealed(await keys.open(tenant.id, place.sealed, stored.sealed));
      if (opened['session'] !== session.id) return undefined;
      return opened['report'] as unknown as SignInReport;
    },
  };
}

async function begin(
  { identity, providers, client }: SignInTrialsDeps,
  tenant: TenantRecord,
  session: BrowserSession,
  { candidate }: BeginTest,
): Promise<Result<SignInStarted, SsoProblem>> {
  const trial = trialOf(await providers.load(tenant), candidate);
  if (trial === undefined) return err(ssoProblem('no-provider'));
  const { provider } = trial;
  const need = { secret: false, step: 'discovery', fresh: true } as const;
  return await client.run(tenant, provider, need, async (configuration) => {
    const test = {
      session: session.id,
      ...(candidate && { candidate: candidate as unknown as JsonObject }),
    };
    const attempt = await createAttempt(identity, tenant, { issuer: provider.issuer, returnTo: '/', test });
    // Asks anew: the admin may want to see what somebody else gets. Every provider knows `login` (OpenID Connect Core §3.1.2.1).
    const prompt = 'login';
    const redirectTo = await authorizationUrl(identity, tenant, provider, configuration, attempt, prompt);
    return { redirectTo, setCookies: [attempt.setCookie] };
  });
}

interface Trial {
  readonly provider: IdentityProviderRecord;
  readonly clientSecret: string | undefined;
}

/** A stored secret belongs to the issuer it was given for, and is never sent to another. */
function trialOf(
  saved: IdentityProviderRecord | undefined,
  candidate: ProviderCandidate | undefined,
): Trial | undefined {
  if (candidate === undefined) return saved && { provider: saved, clientSecret: undefined };
  const isSameIssuer = saved?.issuer === candidate.settings.issuer;
  const clientSecretId = isSameIssuer ? saved.clientSecretId : undefined;
  return {
    provider: { ...candidate.settings, ...(clientSecretId === undefined ? {} : { clientSecretId }) },
    clientSecret: candidate.clientSecret,
  };
}

function candidateFrom(content: JsonObject): ProviderCandidate {
  const settings = identityProviderSettings.parse(content['settings']);
  const { clientSecret } = content;
  return { settings, ...(typeof clientSecret === 'string' ? { clientSecret } : {}) };
}

async function complete(
  deps: SignInTrialsDeps,
  tenant: TenantRecord,
  { parameters, readCookie }: CompleteSignIn,
  attempt: ConsumedAttempt,
): Promise<Result<SignInTested, SsoProblem>> {
  const session = await deps.sessions.verify(tenant, readCookie);
  if (session === undefined || session.id !== attempt.test?.session) {
    return err(ssoProblem('attempt-of-another-browser'));
  }
  const { candidate: content } = attempt.test;
  const candidate = content && candidateFrom(content);
  const trial = trialOf(await deps.providers.load(tenant), candidate);
  if (trial === undefined || trial.provider.issuer !== attempt.issuer)
    return err(ssoProblem('attempt-unknown'));
  const exchanged = await exchange(deps, tenant, trial, attempt, parameters);
  const report = reportSignIn(trial.provider, exchanged, {
    at: deps.identity.clock.now(),
    isCandidate: candidate !== undefined,
  });
  const id = await keep(deps, tenant, session, report);
  const returnTo = `${tenant.canonicalUrl}/settings/sign-in/tests/${id}`;
  return ok({ tested: true, returnTo, setCookies: [attempt.clearCookie] });
}

async function exchange(
  { identity, client }: SignInTrialsDeps,
  tenant: TenantRecord,
  { provider, clientSecret }: Trial,
  attempt: ConsumedAttempt,
  parameters: URLSearchParams,
): Promise<Result<Exchanged, SsoProblem>> {
  const need: ProviderNeed = { secret: true, step: 'exchange', fresh: true, clientSecret };
  return await client.run(tenant, provider, need, async (configuration) => {
    return await exchangeCode(identity, tenant, provider, configuration, attempt, parameters);
  });
}

interface ReportPlace {
  readonly hash: Uint8Array;
  readonly sealed: { readonly purpose: string; readonly record: string };
}

/** Among the attempts, under a hash that no state can have. */
function reportPlace(id: string): ReportPlace | undefined {
  const own = hashSecret(id);
  if (own === undefined) return undefined;
  const hash = own.map((byte) => byte ^ 0xff);
  return { hash, sealed: { purpose: PURPOSE, record: toHex(hash) } };
}

/** Until an attempt would end: what it says of a person is not kept longer. */
async function keep(
  { identity: { keys, clock, database } }: SignInTrialsDeps,
  tenant: TenantRecord,
  session: BrowserSession,
  report: SignInReport,
): Promise<string> {
  const id = createSecret();
  const place = reportPlace(id);
  if (place === undefined) throw new Error('a secret of ours has an unexpected form');
  const content = { session: session.id, report: report as unknown as JsonObject };
  const sealed = await keys.seal(tenant.id, place.sealed, utf8(canonicalJson(content)));
  const expiresAt = new Date(clock.now() + SIGN_IN_ATTEMPT_MS);
  const row = { tenantId: tenant.id, stateHash: place.hash, sealed, expiresAt };
  await database.tenantDb(tenant.id).read(async (client) => await insertAttempt(client, row));
  return id;
}
