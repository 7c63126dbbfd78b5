import { isJsonObject, type PersonId, type TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import { CHANGES_CHANNEL } from './constants.ts';
import type { KeyChange } from './store.ts';
import { personLabel } from './tenant-keys.ts';

interface Forget {
  readonly drop: (change: KeyChange) => void;
  readonly dropAll: () => void;
}

/** Drops from memory what another replica destroyed or changed. */
export function createListening(database: Database, { drop, dropAll }: Forget) {
  const stops: (() => void)[] = [];
  return {
    start: async (): Promise<void> => {
      const stop = await database.listen(CHANGES_CHANNEL, (payload) => {
        // Undefined: messages may have been lost, so nothing in memory can be relied on.
        const change = payload === undefined ? undefined : readChange(payload);
        if (change === undefined) dropAll();
        else drop(change);
      });
      // A notification may be lost, a revocation is not: who is erased, and a tenant that is shredded, is also revoked.
      const unsubscribe = database.revocations.subscribe(({ tenant, kind, subject }) => {
        if (kind === 'tenant') drop({ tenant, all: true });
        else if (kind === 'person') drop({ tenant, label: personLabel(subject as PersonId) });
      });
      stops.push(stop, unsubscribe);
    },
    stop: (): void => {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

function readChange(payload: string): KeyChange | undefined {
  const change: unknown = JSON.parse(payload);
  if (!isJsonObject(change) || typeof change['tenant'] !== 'string') return undefined;
  const { tenant, label, all } = change;
  if (all === true) return { tenant: tenant as TenantId, all };
  return { tenant: tenant as TenantId, ...(typeof label === 'string' ? { label } : {}) };
}
