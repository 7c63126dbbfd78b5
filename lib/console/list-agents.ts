import type { PersonId } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import type { GrantSummary } from '#lib/oauth';
import type { AgentView, ConsoleDeps, Visitor } from './types.ts';

/** The agents that act for the visitor. */
export async function listAgents(deps: ConsoleDeps, visitor: Visitor): Promise<readonly AgentView[]> {
  return await agentsOf(deps, visitor.tenant, visitor.session.person.id);
}

/** A person's live grants, gathered by agent: the agent used last comes first. */
export async function agentsOf(
  { identity, oauth }: ConsoleDeps,
  tenant: TenantRecord,
  person: PersonId,
): Promise<readonly AgentView[]> {
  const grants = await oauth.grants.listForPerson(tenant.id, person);
  const byClient = new Map<GrantSummary['clientId'], GrantSummary[]>();
  for (const grant of grants) {
    const known = byClient.get(grant.clientId);
    if (known === undefined) byClient.set(grant.clientId, [grant]);
    else known.push(grant);
  }
  const views = await Promise.all(
    [...byClient].map(async ([clientId, own]) => {
      const agent = await identity.agents.load(tenant.id, clientId);
      return {
        clientId,
        name: agent?.name ?? own[0]?.clientName ?? clientId,
        origin: agent?.origin ?? ('unknown' as const),
        grants: own,
      };
    }),
  );
  return views.sort((left, right) => lastUse(right) - lastUse(left));
}

function lastUse(view: AgentView): number {
  return Math.max(...view.grants.map(({ lastUsedAt, createdAt }) => lastUsedAt ?? createdAt));
}
