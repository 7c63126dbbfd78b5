import { err, ok, type PersonId, type TenantId } from '#lib/core';
import { LIST_MAX, PEOPLE_CACHED_MAX, PERSON_CACHE_MS } from './constants.ts';
import { draftReceipt } from './draft-receipt.ts';
import { createErasure } from './erase-person.ts';
import { findStored } from './find-person.ts';
import { openPerson } from './open-person.ts';
import type { PersonSeal } from './person-seal.ts';
import { createRecordCache } from './record-cache.ts';
import type { Changes } from './store-changes.ts';
import {
  findPersonById,
  findReferences,
  listPeople,
  lockPerson,
  updateState,
  type StoredPerson,
} from './store-people.ts';
import { deleteSessionsOf } from './store-sessions.ts';
import type { IdentityDeps, People, PersonRecord } from './types.ts';

export function createPeople(deps: IdentityDeps, seals: PersonSeal, changes: Changes): People {
  const { database, receipts, clock } = deps;
  const cache = createRecordCache<PersonRecord>({ max: PEOPLE_CACHED_MAX, ttlMs: PERSON_CACHE_MS, clock });
  const keyOf = (tenant: TenantId, person: PersonId | string) => `${tenant} ${person}`;
  changes.subscribe((change) => {
    if (change === undefined) cache.clear();
    else if (change.kind === 'person') cache.drop(keyOf(change.tenant, change.subject));
  });
  database.revocations.subscribe((notice) => {
    if (notice.kind === 'person') cache.drop(keyOf(notice.tenant, notice.subject));
    else if (notice.kind === 'tenant') cache.clear();
  });
  const erasure = createErasure(deps, changes);

  async function loadFresh(tenant: TenantId, person: PersonId) {
    const stored = await database
      .tenantDb(tenant)
      .read(async (client) => await findPersonById(client, person));
    return await openPerson(seals, tenant, stored);
  }

  async function openAll(tenant: TenantId, rows: readonly StoredPerson[]) {
    const records = await Promise.all(rows.map(async (row) => await openPerson(seals, tenant, row)));
    return records.filter((record) => record !== undefined);
  }

  return {
    loadFresh,
    // A replica that may have missed a revocation must not believe its cache.
    load: async (tenant, person) =>
      database.revocations.isFresh()
        ? await cache.load(keyOf(tenant, person), async () => await loadFresh(tenant, person))
        : await loadFresh(tenant, person),
    cached: (tenant, person) =>
      database.revocations.isFresh() ? (cache.peek(keyOf(tenant, person)) ?? undefined) : undefined,
    referencesIn: findReferences,
    async find(tenant, selector) {
      const found = await findStored(deps, tenant.id, selector);
      return found.length === 1 ? await openPerson(seals, tenant.id, found[0]) : undefined;
    },
    search: async (tenant, selector) => await openAll(tenant.id, await findStored(deps, tenant.id, selector)),
    async list(tenant, { limit, after }) {
      const from = after && { ...after, at: new Date(after.at) };
      const rows = await database
        .tenantDb(tenant.id)
        .read(async (client) => await listPeople(client, Math.min(limit, LIST_MAX), from));
      return await openAll(tenant.id, rows);
    },
    async setDisabled(tenant, id, disabled, actor) {
      return await database.tenantDb(tenant.id).transaction(async (tx) => {
        const stored = (await lockPerson(tx, id)) && (await findPersonById(tx, id));
        if (!stored || stored.state === 'erased') {
          return err({ kind: 'not-found', message: 'There is no such person here.' } as const);
        }
        const [from, to] = disabled ? (['active', 'disabled'] as const) : (['disabled', 'active'] as const);
        if (!(await updateState(tx, id, from, to))) return ok(undefined);
        if (disabled) {
          await deleteSessionsOf(tx, id);
          await database.revocations.revoke(tx, { tenant: tenant.id, kind: 'person', subject: id });
        }
        const about = { id, reference: stored.reference };
        const details = { action: disabled ? 'person.disable' : 'person.enable' };
        await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'admin', details, about }));
        changes.announce(tx, { kind: 'person', tenant: tenant.id, subject: id });
        return ok(undefined);
      });
    },
    erase: erasure.erase,
    applyErasureLedger: erasure.applyLedger,
  };
}
