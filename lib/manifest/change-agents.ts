import { err, ok, type ClientId } from '#lib/core';
import type { ResourceParts } from './create-resources.ts';
import { missing, ownedByFile, refused } from './problems.ts';
import { createAgentSecret } from './put-resource.ts';
import type { ResourceName, Resources } from './resource-types.ts';
import { removeAgent } from './write-parts.ts';

/** What is done with an agent besides describing it. */
export function createAgentChanges({
  deps,
  store,
  reader,
}: ResourceParts): Pick<Resources, 'rotateAgentSecret' | 'admitAgent' | 'removeRegisteredAgent'> {
  const { agents } = deps.identity;
  return {
    async rotateAgentSecret(tenant, clientId, actor) {
      const name: ResourceName = { kind: 'agent', id: clientId };
      const done = await store.transaction(tenant.id, async (tx) => {
        const resource = await reader.one(tx, tenant.id, name);
        const before = await agents.loadIn(tx, clientId as ClientId);
        if (resource === undefined || before === undefined) return err(missing(name));
        if (resource.owner === 'file') return err(ownedByFile(name));
        const method = before.metadata['token_endpoint_auth_method'];
        if (method !== 'client_secret_basic' && method !== 'client_secret_post')
          return err(refused(`Agent '${clientId}' authenticates without a secret.`));
        const secret = createAgentSecret();
        const { owner, name: shown, metadata } = before;
        const draft = { clientId: before.clientId, name: shown, metadata, secret };
        await agents.saveListed(tx, tenant, owner === undefined ? draft : { ...draft, owner }, actor);
        return ok({ secret });
      });
      if (done.ok) await deps.receipts.flush(tenant.id);
      return done;
    },
    async admitAgent(tenant, clientId, admission, actor) {
      const name: ResourceName = { kind: 'agent', id: clientId };
      if ((await agents.load(tenant.id, clientId as ClientId)) === undefined) return err(missing(name));
      const done = await store.transaction(tenant.id, async (tx) => {
        const before = await agents.loadIn(tx, clientId as ClientId);
        if (before === undefined) return err(missing(name));
        if (before.origin !== 'dynamic')
          return err(refused(`Agent '${clientId}' is named by an admin: it needs no admission.`));
        if (before.admission === admission) return ok(undefined);
        const changed = await agents.admitIn(tx, tenant, before.clientId, admission, actor);
        if (!changed.ok) return err(missing(name));
        // What people granted it does not come back to life with it: they are asked anew.
        if (admission === 'refused' || before.admission === 'refused') {
          const why = { reason: 'admin', actor } as const;
          await deps.oauth.grants.revokeIn(tx, tenant.id, { clientId: before.clientId }, why);
        }
        return ok(undefined);
      });
      if (done.ok) await deps.receipts.flush(tenant.id);
      return done;
    },
    async removeRegisteredAgent(tenant, clientId, actor) {
      const name: ResourceName = { kind: 'agent', id: clientId };
      const done = await store.transaction(tenant.id, async (tx) => {
        const before = await agents.loadIn(tx, clientId as ClientId);
        if (before === undefined) return err(missing(name));
        const removed = await removeAgent({ deps, tx, tenant, actor }, before.clientId, 'dynamic');
        return removed ? ok(undefined) : err(refused(`Agent '${clientId}' is named by an admin.`));
      });
      if (done.ok) await deps.receipts.flush(tenant.id);
      return done;
    },
  };
}
