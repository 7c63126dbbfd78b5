import { err, ok, type Result } from '#lib/core';
import type { AgentDraft, TenantRecord } from '#lib/identity';
import type { ListedDefinitions, ServerDraft } from '#lib/registry';
import type { CheckedFile } from './check-file.ts';
import { givesAdmin } from './draft-provider.ts';
import type { AgentPlan } from './draft-tenant.ts';
import { findOwner } from './prepare-put.ts';
import type { ManifestDeps, ManifestProblem } from './types.ts';

export interface PreparedServer {
  readonly draft: ServerDraft;
  /** Absent: it could not be read now, and keeps its pins. */
  readonly listed: ListedDefinitions | undefined;
}

/** What has to be asked before anything is written. */
export interface PreparedChanges {
  readonly servers: readonly PreparedServer[];
  readonly agents: readonly AgentDraft[];
  readonly warnings: readonly string[];
}

/** Asks the servers what they offer, and who the owners of agents are. */
export async function prepareChanges(
  deps: ManifestDeps,
  checked: CheckedFile,
  tenant: TenantRecord,
): Promise<Result<PreparedChanges, readonly ManifestProblem[]>> {
  const { plan } = checked;
  const warnings: string[] = [...warningsOfRoles(checked)];
  const problems: ManifestProblem[] = [];
  const servers = await readServers(deps, checked, tenant, problems, warnings);
  const agents = [];
  for (const agent of plan.agents) agents.push(await prepareAgent(deps, tenant, agent, warnings));
  return problems.length > 0 ? err(problems) : ok({ servers, agents, warnings });
}

/** The console refuses it; the operator may want it, and is told. */
export function warningsOfRoles({ plan: { provider } }: CheckedFile): readonly string[] {
  if (provider === undefined || givesAdmin(provider.settings.roleMapping)) return [];
  return [
    "no group has the role admin: nobody can change anything in the console, only this file's operator can",
  ];
}

/** All at once. One that is down blocks the file only while nothing is pinned of it: else a policy could not be changed in an outage. */
async function readServers(
  deps: ManifestDeps,
  { plan, read }: CheckedFile,
  tenant: TenantRecord,
  problems: ManifestProblem[],
  warnings: string[],
): Promise<readonly PreparedServer[]> {
  return await Promise.all(
    plan.servers.map(async (draft, index) => {
      const [found, before] = await Promise.all([
        deps.gateway.readDefinitions(tenant, draft),
        deps.registry.server(tenant.id, draft.id),
      ]);
      if (found.ok) return { draft, listed: found.value };
      if (before?.state === 'altered' || before?.pinsAltered === true) {
        warnings.push(
          `server '${draft.id}', which was not as it was saved, could not be read: what stands of it is what was approved before at this URL, and where that is not as it was approved, nothing, until the file is applied again: ${found.error.message}`,
        );
        return { draft, listed: undefined };
      }
      const kept = before !== undefined && before.state !== 'unpinned' && before.url === draft.url;
      const { message } = found.error;
      if (kept)
        warnings.push(`server '${draft.id}' could not be read and keeps what was pinned before: ${message}`);
      else
        problems.push(
          read.problemAt(['servers', index, 'url'], `its definitions could not be read: ${message}`),
        );
      return { draft, listed: undefined };
    }),
  );
}

async function prepareAgent(
  deps: ManifestDeps,
  tenant: TenantRecord,
  { draft, owner }: AgentPlan,
  warnings: string[],
): Promise<AgentDraft> {
  const person = owner === undefined ? undefined : await findOwner(deps, tenant, owner);
  if (owner !== undefined && person === undefined) {
    warnings.push(
      `agent '${draft.clientId}' has no owner yet: nobody with that ${owner.includes('@') ? 'email' : 'reference'} has signed in; apply the file again then`,
    );
  }
  return person === undefined ? draft : { ...draft, owner: person };
}
