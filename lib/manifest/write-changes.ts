import { randomBytes } from 'node:crypto';
import { err, ok, uuidV7, type Result } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import type { PinnedServer } from '#lib/registry';
import { inOrder, type CheckedFile } from './check-file.ts';
import type { PreparedChanges } from './prepare-changes.ts';
import type { ManifestStore } from './store.ts';
import type { Applied, AppliedServer, ManifestDeps, ManifestProblem } from './types.ts';

type Written = Omit<Applied, 'tenant' | 'created'>;

/** Rolls the transaction back: what the servers offer does not fit the file. */
class Refused extends Error {
  readonly problems: readonly ManifestProblem[];
  constructor(problems: readonly ManifestProblem[]) {
    super('the file does not fit what the servers offer');
    this.problems = problems;
  }
}

/** Writes everything, with the receipt of each change, in one transaction; or nothing. */
export async function writeChanges(
  deps: ManifestDeps,
  store: ManifestStore,
  checked: CheckedFile,
  tenant: TenantRecord,
  changes: PreparedChanges,
): Promise<Result<Written, readonly ManifestProblem[]>> {
  try {
    return ok(
      await store.transaction(tenant.id, async (tx) => {
        await writeIdentity(deps, tx, checked, tenant, changes);
        const servers = await writeServers(deps, tx, checked, tenant, changes);
        const now = await deps.registry.listIn(tx, tenant.id);
        const policySet = await writePolicies(deps, tx, checked, tenant, now);
        await store.remember(
          tx,
          tenant.id,
          checked.sha256,
          checked.file.actor.workload ?? checked.file.actor.mode,
        );
        return {
          sha256: checked.sha256,
          identityProvider: changes.providerChanged
            ? 'changed'
            : checked.plan.provider === undefined
              ? 'none'
              : 'unchanged',
          servers,
          agents: changes.agents.map(({ draft, changed }) => ({
            clientId: draft.clientId,
            change: changed ? ('saved' as const) : ('unchanged' as const),
          })),
          removedServers: changes.removedServers,
          removedAgents: changes.removedAgents,
          policySet,
          unusable: deps.policy.schemaProblems(now),
          warnings: changes.warnings,
        };
      }),
    );
  } catch (error) {
    if (error instanceof Refused) return err(error.problems);
    throw error;
  }
}

async function writeIdentity(
  { identity, oauth, receipts, clock }: ManifestDeps,
  tx: TenantTransaction,
  { plan, file }: CheckedFile,
  tenant: TenantRecord,
  changes: PreparedChanges,
): Promise<void> {
  if (plan.provider !== undefined && changes.providerChanged) {
    const { settings, clientSecret } = plan.provider;
    await identity.providers.save(tx, tenant, settings, clientSecret, file.actor);
  }
  if (changes.oauthChanged) {
    await oauth.saveSettings(tx, tenant.id, plan.oauth);
    const at = clock.now();
    const details = { action: 'oauth.settings', ...plan.oauth };
    const receipt = {
      id: uuidV7(at, randomBytes(10)),
      at,
      kind: 'admin',
      status: 'ok',
      actor: file.actor,
      details,
    } as const;
    await receipts.stage(tx, tenant.id, receipt);
  }
  for (const { draft, changed } of changes.agents) {
    if (changed) await identity.agents.saveListed(tx, tenant, draft, file.actor);
  }
  for (const clientId of changes.removedAgents) {
    await identity.agents.removeListed(tx, tenant, clientId, file.actor);
    // An agent that is listed again one day, perhaps another program, must not find old grants in force.
    await oauth.grants.revokeIn(tx, tenant.id, { clientId }, { reason: 'admin', actor: file.actor });
  }
}

async function writeServers(
  { registry, oauth, addresses }: ManifestDeps,
  tx: TenantTransaction,
  { file, read }: CheckedFile,
  tenant: TenantRecord,
  changes: PreparedChanges,
): Promise<readonly AppliedServer[]> {
  const { actor } = file;
  for (const server of changes.removedServers) {
    await registry.remove(tx, tenant.id, server, actor);
    await oauth.grants.revokeIn(tx, tenant.id, { server }, { reason: 'server_removed', actor });
  }
  const applied: AppliedServer[] = [];
  for (const { draft, listed } of changes.servers) {
    const { change } = await registry.save(tx, tenant.id, draft, actor);
    const pins = listed && (await registry.pin(tx, tenant.id, draft.id, listed, actor));
    const mcpUrl = addresses.resourceUrl(tenant.slug, draft.id);
    applied.push({ id: draft.id, url: draft.url, mcpUrl, change, ...(pins === undefined ? {} : { pins }) });
  }
  const servers = await registry.listIn(tx, tenant.id);
  const problems = changes.servers.flatMap(({ draft }, index) =>
    unknownWaivers(servers, draft.id, draft.waivers).map(([position, message]) =>
      read.problemAt(['servers', index, 'without_attempt', position], message),
    ),
  );
  if (problems.length > 0) throw new Refused(problems);
  return applied;
}

/** A waiver for a tool that does not exist would apply to whatever comes under that name later. */
function unknownWaivers(
  servers: readonly PinnedServer[],
  id: string,
  waivers: readonly string[],
): readonly (readonly [number, string])[] {
  const tools = servers.find((server) => server.id === id)?.tools ?? new Map<string, unknown>();
  return waivers.flatMap((name, position) =>
    tools.has(name) ? [] : [[position, `server '${id}' has no tool '${name}' that is pinned`] as const],
  );
}

async function writePolicies(
  { policy }: ManifestDeps,
  tx: TenantTransaction,
  { file, policies }: CheckedFile,
  tenant: TenantRecord,
  servers: readonly PinnedServer[],
): Promise<Applied['policySet']> {
  const saved = await policy.save(tx, tenant.id, { policies: policies.texts, servers, author: file.actor });
  if (!saved.ok) throw new Refused(inOrder(saved.error.map(policies.place)));
  return saved.value;
}
