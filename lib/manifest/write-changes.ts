import { err, ok, type ClientId, type Result, type ServerId } from '#lib/core';
import type { PolicyTexts } from '#lib/policy';
import { inOrder, type CheckedFile } from './check-file.ts';
import { refuseUnknownWaivers } from './draft-server.ts';
import { idsOf, namedIn } from './ownership.ts';
import type { PreparedChanges } from './prepare-changes.ts';
import type { AppliedServer, ManifestProblem } from './types.ts';
import { removeAgent, removeServer, type Writing, writeSettings } from './write-parts.ts';

/** What a file's words became; what it did resource by resource is found by comparing before and after. */
export interface WrittenFile {
  readonly identityProvider: 'changed' | 'unchanged' | 'none';
  readonly servers: readonly AppliedServer[];
  readonly agents: readonly { readonly clientId: string; readonly change: 'saved' | 'unchanged' }[];
  readonly removedServers: readonly string[];
  readonly removedAgents: readonly string[];
  readonly policySet: { readonly sha256: string; readonly version: number; readonly changed: boolean };
}

type Written = Result<WrittenFile, readonly ManifestProblem[]>;

/**
 * Writes everything that a file names, with the receipt of each change, and removes what the last file named and this
 * one does not. What neither names is the console's, and stays.
 */
export async function writeChanges(
  writing: Writing,
  checked: CheckedFile,
  changes: PreparedChanges,
  ownedBefore: ReadonlySet<string>,
): Promise<Written> {
  const named = new Set(namedIn(checked.read.document));
  const dropped = new Set([...ownedBefore].filter((name) => !named.has(name)));
  const identityProvider = await writeIdentity(writing, checked);
  const agents = await writeAgents(writing, changes);
  const removedAgents: string[] = [];
  for (const id of idsOf(dropped, 'agent'))
    if (await removeAgent(writing, id as ClientId)) removedAgents.push(id);
  const removedServers: string[] = [];
  for (const id of idsOf(dropped, 'server'))
    if (await removeServer(writing, id as ServerId)) removedServers.push(id);
  const servers = await writeServers(writing, checked, changes);
  if (!servers.ok) return servers;
  const policySet = await writePolicies(writing, checked, new Set(idsOf(dropped, 'policy')));
  if (!policySet.ok) return policySet;
  return ok({
    identityProvider,
    servers: servers.value,
    agents,
    removedServers,
    removedAgents,
    policySet: policySet.value,
  });
}

async function writeIdentity(
  writing: Writing,
  { plan }: CheckedFile,
): Promise<WrittenFile['identityProvider']> {
  const { deps, tx, tenant, actor } = writing;
  if (plan.settings !== undefined) await writeSettings(writing, plan.settings);
  if (plan.provider === undefined) return 'none';
  const { settings, clientSecret } = plan.provider;
  const changed = await deps.identity.providers.save(tx, tenant, settings, clientSecret, actor);
  return changed ? 'changed' : 'unchanged';
}

async function writeAgents(
  { deps, tx, tenant, actor }: Writing,
  changes: PreparedChanges,
): Promise<WrittenFile['agents']> {
  const agents = [];
  for (const draft of changes.agents) {
    const saved = await deps.identity.agents.saveListed(tx, tenant, draft, actor);
    agents.push({ clientId: draft.clientId, change: saved ? ('saved' as const) : ('unchanged' as const) });
  }
  return agents;
}

async function writeServers(
  { deps, tx, tenant, actor }: Writing,
  { read }: CheckedFile,
  changes: PreparedChanges,
): Promise<Result<readonly AppliedServer[], readonly ManifestProblem[]>> {
  const { registry, addresses } = deps;
  const applied: AppliedServer[] = [];
  for (const { draft, listed } of changes.servers) {
    const { change } = await registry.save(tx, tenant.id, draft, actor);
    const pins = listed && (await registry.pin(tx, tenant.id, draft.id, listed, actor));
    const mcpUrl = addresses.resourceUrl(tenant.slug, draft.id);
    applied.push({ id: draft.id, url: draft.url, mcpUrl, change, ...(pins === undefined ? {} : { pins }) });
  }
  const servers = await registry.listIn(tx, tenant.id);
  const problems: ManifestProblem[] = [];
  changes.servers.forEach(({ draft }, index) =>
    refuseUnknownWaivers(servers, draft, (path, message) =>
      problems.push(read.problemAt(['servers', index, ...path], message)),
    ),
  );
  return problems.length > 0 ? err(problems) : ok(applied);
}

async function writePolicies(
  { deps, tx, tenant, actor }: Writing,
  { policies }: CheckedFile,
  dropped: ReadonlySet<string>,
): Promise<Result<WrittenFile['policySet'], readonly ManifestProblem[]>> {
  const stored: PolicyTexts = await deps.policy.textsIn(tx, tenant.id);
  const kept = Object.entries(stored).filter(([id]) => !dropped.has(id));
  const texts = { ...Object.fromEntries(kept), ...policies.texts };
  const servers = await deps.registry.listIn(tx, tenant.id);
  const saved = await deps.policy.save(tx, tenant.id, { policies: texts, servers, author: actor });
  return saved.ok ? saved : err(inOrder(saved.error.map(policies.place)));
}
