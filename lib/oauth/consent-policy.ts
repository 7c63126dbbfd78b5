import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { ClientId, GrantId, PersonId } from '#lib/core';
import { decideAdmission } from './decide-admission.ts';
import { parseRedirectUri } from './redirect-uris.ts';
import { serverOf, type TenantScope } from './tenant-scope.ts';
import { visitOf } from './visit.ts';

const { Check, Prompt } = interactionPolicy;

/**
 * What stands between an authorization request and its code: a signed-in person, and that person's yes to this very
 * request. The library's own checks would accept an old yes silently; ours asks unless `findStandingGrant` found one.
 */
export function createConsentPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.clear();
  policy.add(
    new Prompt(
      { name: 'login', requestable: false },
      new Check('no_session', 'sign-in is required', 'login_required', (context) => {
        return context.oidc.session?.accountId === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
      }),
    ),
  );
  policy.add(
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('no_grant', 'consent is required', 'consent_required', (context) => {
        return context.oidc.entities.Grant?.jti === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT;
      }),
    ),
  );
  return policy;
}

/**
 * The grant an authorization request stands on: the one just given on the consent page, or an earlier one for exactly
 * this client, person and server, where asking again would add nothing. That is so only when the client is admitted,
 * the answer goes to an https address of its own (on this machine anything may listen), and the person opened the
 * address themselves: a request that another site sent the browser to (`Sec-Fetch-Site` other than `none`, or no such
 * header) could be an attacker's, riding on the old yes.
 */
export async function findStandingGrant(scope: TenantScope, context: KoaContextWithOIDC) {
  const { oidc } = context;
  const given = oidc.result?.consent?.grantId;
  if (given !== undefined) return oidc.provider.Grant.find(given);
  if (visitOf(context.req)?.fetchSite !== 'none' || oidc.prompts.has('consent')) return undefined;
  const earlier = await findEarlierGrant(scope, context);
  return earlier === undefined ? undefined : oidc.provider.Grant.find(earlier);
}

async function findEarlierGrant(
  scope: TenantScope,
  { oidc }: KoaContextWithOIDC,
): Promise<GrantId | undefined> {
  const { redirect_uri: redirectUri, resource } = oidc.params ?? {};
  const person = oidc.account?.accountId as PersonId | undefined;
  const clientId = oidc.client?.clientId as ClientId | undefined;
  const server = typeof resource === 'string' ? serverOf(scope, resource) : undefined;
  if (typeof redirectUri !== 'string' || !person || !clientId || !server) return undefined;
  const redirect = parseRedirectUri(redirectUri);
  if (!redirect.ok || redirect.value !== 'https') return undefined;
  const record = await scope.identity.agents.load(scope.tenant.id, clientId);
  const { admission } = await scope.settings.load(scope.tenant.id);
  // Open doors admit nobody in particular.
  if (!record || record.admission === 'open' || record.admission === 'pending') return undefined;
  if (decideAdmission(record, admission) !== 'admitted') return undefined;
  const place = { mode: 'user' as const, person, clientId, server };
  const grant = await scope.grantStore.findLive(scope.tenant.id, place, scope.clock.now());
  return grant?.id;
}
