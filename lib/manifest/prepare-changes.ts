import { canonicalJson, err, ok, type Json, type PersonId, type Result } from '#lib/core';
import type { AgentDraft, IdentityProviderRecord, TenantRecord } from '#lib/identity';
import type { ListedDefinitions, ServerDraft } from '#lib/registry';
import type { CheckedFile } from './check-file.ts';
import type { AgentPlan } from './draft-tenant.ts';
import type { ManifestDeps, ManifestProblem } from './types.ts';

export interface PreparedServer {
  readonly draft: ServerDraft;
  /** Absent: it could not be read now, and keeps its pins. */
  readonly listed: ListedDefinitions | undefined;
}

/** What has to be written, found out before anything is. */
export interface PreparedChanges {
  readonly oauthChanged: boolean;
  readonly providerChanged: boolean;
  readonly servers: readonly PreparedServer[];
  readonly agents: readonly { readonly draft: AgentDraft; readonly changed: boolean }[];
  readonly removedServers: readonly ServerDraft['id'][];
  readonly removedAgents: readonly AgentDraft['clientId'][];
  readonly warnings: readonly string[];
}

/** Asks the servers what they offer, and compares the file with what is in force. */
export async function prepareChanges(
  deps: ManifestDeps,
  checked: CheckedFile,
  tenant: TenantRecord,
): Promise<Result<PreparedChanges, readonly ManifestProblem[]>> {
  const { plan, read } = checked;
  const warnings: string[] = [];
  const problems: ManifestProblem[] = [];
  const provider = await deps.identity.providers.load(tenant);
  if (provider !== undefined && plan.provider === undefined) {
    problems.push(
      read.problemAt(
        [],
        `'${tenant.slug}' has an identity provider: a file without one would lock everybody out`,
      ),
    );
  }
  const servers = await readServers(deps, checked, tenant, problems, warnings);
  const agents = [];
  for (const agent of plan.agents) agents.push(await prepareAgent(deps, tenant, agent, warnings));
  if (problems.length > 0) return err(problems);
  const known = await deps.registry.list(tenant.id);
  const listed = (await deps.identity.agents.list(tenant)).filter(({ origin }) => origin === 'file');
  const settings = await deps.oauth.settings(tenant.id);
  return ok({
    oauthChanged: canonicalJson({ ...settings }) !== canonicalJson({ ...plan.oauth }),
    providerChanged: await providerChanged(deps, checked, tenant, provider),
    servers,
    agents,
    removedServers: known
      .map(({ id }) => id)
      .filter((id) => !plan.servers.some((server) => server.id === id)),
    removedAgents: listed
      .map(({ clientId }) => clientId)
      .filter((clientId) => !plan.agents.some(({ draft }) => draft.clientId === clientId)),
    warnings,
  });
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
): Promise<{ readonly draft: AgentDraft; readonly changed: boolean }> {
  const person = owner === undefined ? undefined : await ownerOf(deps, tenant, owner);
  if (owner !== undefined && person === undefined) {
    warnings.push(
      `agent '${draft.clientId}' has no owner yet: nobody with that email has signed in; apply the file again then`,
    );
  }
  const complete: AgentDraft = person === undefined ? draft : { ...draft, owner: person };
  return { draft: complete, changed: await agentChanged(deps, tenant, complete) };
}

async function ownerOf(
  deps: ManifestDeps,
  tenant: TenantRecord,
  email: string,
): Promise<PersonId | undefined> {
  return (await deps.identity.people.find(tenant, { email }))?.person.id;
}

async function agentChanged(deps: ManifestDeps, tenant: TenantRecord, draft: AgentDraft): Promise<boolean> {
  const { clientId, name, metadata, owner, secret } = draft;
  const before = await deps.identity.agents.load(tenant.id, clientId);
  if (before === undefined || before.origin !== 'file' || before.admission !== 'listed') return true;
  if (before.name !== name || before.owner !== owner) return true;
  if (canonicalJson(before.metadata) !== canonicalJson(metadata)) return true;
  if (secret === undefined || secret === null) return before.hasSecret;
  return !(await deps.identity.agents.verifySecret(tenant.id, clientId, secret));
}

async function providerChanged(
  deps: ManifestDeps,
  { plan }: CheckedFile,
  tenant: TenantRecord,
  before: IdentityProviderRecord | undefined,
): Promise<boolean> {
  if (plan.provider === undefined) return false;
  if (before === undefined) return true;
  const { clientSecretId, ...settings } = before;
  const { settings: wanted, clientSecret } = plan.provider;
  if (canonicalJson(settings as unknown as Json) !== canonicalJson(wanted as unknown as Json)) return true;
  if (clientSecretId === undefined || clientSecret === undefined) return clientSecret !== undefined;
  return await deps.vault.withSecret(tenant.id, clientSecretId, (secret) => secret !== clientSecret);
}
