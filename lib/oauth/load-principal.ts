import { err, ok, type ClientId, type Clock, type Principal, type Result, type ServerId } from '#lib/core';
import type { Identity, TenantRecord } from '#lib/identity';
import type { Registry } from '#lib/registry';
import { actingAgentUnder } from './decide-admission.ts';
import { accessTokenRefusal, type AccessTokenRefusal, type AccessTokenRefusalKind } from './errors.ts';
import type { GrantStore } from './store-grants.ts';
import type { SettingsStore } from './store-settings.ts';
import type { VerifiedToken } from './verify-access-token.ts';

/** Who acts, and of which version of person and agent that was read. */
export interface LoadedPrincipal {
  readonly principal: Principal;
  readonly agentVersion: number;
  readonly personVersion?: number;
}

interface PrincipalDeps {
  readonly identity: Identity;
  readonly registry: Registry;
  readonly settings: SettingsStore;
  readonly grantStore: GrantStore;
  readonly clock: Clock;
}

const refuse = (kind: AccessTokenRefusalKind) => err(accessTokenRefusal(kind));

/** Everything behind a verified token, as the rows say now: grant, agent, person, server, and that they belong together. */
export async function loadPrincipal(
  { identity, registry, settings, grantStore, clock }: PrincipalDeps,
  tenant: TenantRecord,
  server: ServerId,
  token: VerifiedToken,
): Promise<Result<LoadedPrincipal, AccessTokenRefusal>> {
  const [grant, record, { admission }, known] = await Promise.all([
    grantStore.load(tenant.id, token.grant),
    identity.agents.load(tenant.id, token.clientId as ClientId),
    settings.load(tenant.id),
    registry.server(tenant.id, server),
  ]);
  if (!grant || grant.revokedAt !== undefined || grant.expiresAt <= clock.now()) return refuse('grant_ended');
  if (grant.server !== server || grant.clientId !== token.clientId || grant.mode !== token.mode) {
    return refuse('grant_ended');
  }
  if (!known) return refuse('unknown_server');
  const agent = record && actingAgentUnder(record, admission);
  if (!record || !agent) return refuse('agent_not_admitted');
  const base = { tenant: tenant.id, tenantSlug: tenant.slug, agent, grant: grant.id, server };
  const agentVersion = record.version;
  const version = `${grant.id}.${agentVersion}.${agent.admission}`;
  if (grant.mode === 'agent') {
    return token.subject === token.clientId
      ? ok({ principal: { ...base, mode: 'agent', version }, agentVersion })
      : refuse('missing_claim');
  }
  const found = grant.person === undefined ? undefined : await identity.people.load(tenant.id, grant.person);
  if (!found || found.state !== 'active' || found.person.roles.length === 0) return refuse('person_inactive');
  const { person, version: personVersion } = found;
  if (person.reference !== token.subject) return refuse('grant_ended');
  const principal = { ...base, mode: 'user' as const, person, version: `${version}.${personVersion}` };
  return ok({ principal, agentVersion, personVersion });
}

/** Without waiting: nobody changed person or agent since. False also when that is not known here. */
export function isCurrent(identity: Identity, { principal, ...versions }: LoadedPrincipal): boolean {
  const { tenant, agent, person } = principal;
  if (identity.agents.cached(tenant, agent.clientId)?.version !== versions.agentVersion) return false;
  if (person === undefined) return true;
  const known = identity.people.cached(tenant, person.id);
  return known?.state === 'active' && known.version === versions.personVersion;
}
