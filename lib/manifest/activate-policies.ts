import { err, ok } from '#lib/core';
import type { ResourceParts } from './create-resources.ts';
import { idsOf } from './ownership.ts';
import { breaksPolicies, ownedByFile, stale, unknownVersion } from './problems.ts';
import type { Resources } from './resource-types.ts';

/** Brings an earlier version of the policies back into force; what a file owns in it stays as it is. */
export function createActivatePolicies({ deps, store }: ResourceParts): Pick<Resources, 'activatePolicies'> {
  const { policy, registry, receipts } = deps;
  return {
    async activatePolicies(tenant, version, { ifMatch, actor }) {
      const done = await store.transaction(tenant.id, async (tx) => {
        const { sha256, isSaved, texts: before } = await policy.activeIn(tx, tenant.id);
        if (ifMatch !== undefined && ifMatch !== `"${sha256}"`) return err(stale({ kind: 'policy' }));
        const servers = await registry.listIn(tx, tenant.id);
        const activated = await policy.activate(tx, tenant.id, { version, servers, author: actor });
        if (!activated.ok) {
          return activated.error.kind === 'missing'
            ? err(unknownVersion(version))
            : err(breaksPolicies(`Version ${version}, with today's servers,`, activated.error.problems));
        }
        const after = await policy.textsIn(tx, tenant.id);
        const owned = idsOf((await store.lastIn(tx))?.owns ?? new Set(), 'policy');
        // What was not put in force here says nothing of what a file's policies were: the next file does.
        const touched = isSaved ? owned.find((id) => after[id] !== before[id]) : undefined;
        return touched === undefined
          ? ok(activated.value)
          : err(ownedByFile({ kind: 'policy', id: touched }));
      });
      if (done.ok && done.value.changed) await receipts.flush(tenant.id);
      return done;
    },
  };
}
