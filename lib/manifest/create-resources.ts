import { assert, ok, type Result } from '#lib/core';
import { describeRefusedHosts, type TenantRecord } from '#lib/identity';
import { createActivatePolicies } from './activate-policies.ts';
import { createAgentChanges } from './change-agents.ts';
import { checkPut, checkRemove } from './check-condition.ts';
import { preparePut } from './prepare-put.ts';
import { createProbes } from './probe-server.ts';
import { withoutRevision, type ResourceReader, type StoredResource } from './read-resources.ts';
import { removeResource } from './remove-resource.ts';
import type { PutReport, ResourceName, ResourceProblem, Resources } from './resource-types.ts';
import type { ManifestStore } from './store.ts';
import type { ManifestDeps } from './types.ts';

/** What the ways to change one resource stand on. */
export interface ResourceParts {
  readonly deps: ManifestDeps;
  readonly store: ManifestStore;
  readonly reader: ResourceReader;
}

export function createResources(parts: ResourceParts): Resources {
  const { deps, store, reader } = parts;
  return {
    list: async (tenant, kind) =>
      await store.read(tenant.id, async (client) =>
        (await reader.ofKind(client, tenant.id, kind)).map(withoutRevision),
      ),
    async load(tenant, name) {
      const found = await store.read(tenant.id, async (client) => await reader.one(client, tenant.id, name));
      return found && withoutRevision(found);
    },
    put: async (tenant, name, body, condition) => await put(parts, tenant, name, body, condition),
    async remove(tenant, name, condition) {
      const removed = await store.transaction(tenant.id, async (tx) => {
        const allowed = checkRemove(name, await reader.one(tx, tenant.id, name), condition);
        return allowed.ok
          ? await removeResource({ deps, tx, tenant, actor: condition.actor }, name)
          : allowed;
      });
      if (removed.ok) await deps.receipts.flush(tenant.id);
      return removed;
    },
    ...createActivatePolicies(parts),
    ...createProbes(parts),
    ...createAgentChanges(parts),
  };
}

async function put(
  { deps, store, reader }: ResourceParts,
  tenant: TenantRecord,
  name: ResourceName,
  body: unknown,
  condition: Parameters<Resources['put']>[3],
): Promise<Result<PutReport, ResourceProblem>> {
  // Asked again in the transaction; here so that nobody else is asked about what can't be changed anyway.
  const seen = await store.read(tenant.id, async (client) => await reader.one(client, tenant.id, name));
  const possible = checkPut(name, seen, condition);
  if (!possible.ok) return possible;
  const prepared = await preparePut(deps, tenant, name, body);
  if (!prepared.ok) return prepared;
  const done = await store.transaction(tenant.id, async (tx) => {
    const before = await reader.one(tx, tenant.id, name);
    const allowed = checkPut(name, before, condition);
    if (!allowed.ok) return allowed;
    const written = await prepared.value({ deps, tx, tenant, actor: condition.actor });
    if (!written.ok) return written;
    const after = await reader.one(tx, tenant.id, name);
    assert(after, 'what was just written can be read back');
    return ok({
      change: changeOf(before, after),
      resource: withoutRevision(after),
      ...written.value,
      warnings: warningsOf(before, after),
    });
  });
  if (done.ok && done.value.change !== 'unchanged') await deps.receipts.flush(tenant.id);
  return done;
}

function changeOf(before: StoredResource | undefined, after: StoredResource): PutReport['change'] {
  if (before === undefined) return 'created';
  return before.etag === after.etag ? 'unchanged' : 'updated';
}

function warningsOf(before: StoredResource | undefined, after: StoredResource): readonly string[] {
  const { hosts } = after;
  if (hosts !== undefined && hosts.refused.length > 0) return [describeRefusedHosts(hosts)];
  if (after.state !== 'unpinned' || before?.state === 'unpinned') return [];
  return [
    before === undefined
      ? 'Nothing of this server can be called until an admin approves what it shows.'
      : 'Another URL is another server: what was approved of the old one holds no more, and nothing can be called until an admin approves what the new one shows.',
  ];
}
