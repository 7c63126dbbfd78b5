import { err, ok, type ClientId, type Result, type ServerId } from '#lib/core';
import { breaksPolicies, refused } from './problems.ts';
import type { ResourceName, ResourceProblem } from './resource-types.ts';
import { brokenPolicies, removeAgent, removeServer, type Writing } from './write-parts.ts';

/** Removes one that is there. Settings and the identity provider are changed, never removed. */
export async function removeResource(
  writing: Writing,
  { kind, id = '' }: ResourceName,
): Promise<Result<void, ResourceProblem>> {
  switch (kind) {
    case 'settings':
      return err(refused('A tenant always has settings: change them instead.'));
    case 'identity_provider':
      return err(refused('Without its identity provider nobody could sign in any more: change it instead.'));
    case 'server': {
      await removeServer(writing, id as ServerId);
      const broken = await brokenPolicies(writing);
      return broken.length > 0 ? err(breaksPolicies(`Removing server '${id}'`, broken)) : ok(undefined);
    }
    case 'agent':
      await removeAgent(writing, id as ClientId);
      return ok(undefined);
    case 'policy':
      return await removePolicy(writing, id);
  }
}

async function removePolicy(
  { deps, tx, tenant, actor }: Writing,
  id: string,
): Promise<Result<void, ResourceProblem>> {
  const servers = await deps.registry.listIn(tx, tenant.id);
  const { [id]: _, ...policies } = await deps.policy.textsIn(tx, tenant.id);
  const saved = await deps.policy.save(tx, tenant.id, { policies, servers, author: actor });
  return saved.ok ? ok(undefined) : err(breaksPolicies(`Removing policy '${id}'`, saved.error));
}
