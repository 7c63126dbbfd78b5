import type { TenantId, TenantSlug } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { TENANT_CACHE_MS, TENANTS_CACHED_MAX } from './constants.ts';
import { draftReceipt } from './draft-receipt.ts';
import { createRecordCache, type RecordCache } from './record-cache.ts';
import type { Changes } from './store-changes.ts';
import {
  activateTenant,
  findDisplayName,
  findTenantById,
  findTenantBySlug,
  listTenants,
  readdressTenant,
  renameTenant,
  reserveTenant,
  updateTenantState,
} from './store-tenants.ts';
import type { Actor, IdentityDeps, TenantDraft, TenantRecord, Tenants } from './types.ts';

/** No DNS label, so no address ever names it. */
const INSTANCE_SLUG = '_instance' as TenantSlug;
const SYSTEM: Actor = { mode: 'system' };

export function createTenants(deps: IdentityDeps, changes: Changes): Tenants {
  const { database, clock, addresses } = deps;
  const bySlug: RecordCache<TenantRecord> = createRecordCache({
    max: TENANTS_CACHED_MAX,
    ttlMs: TENANT_CACHE_MS,
    clock,
  });
  changes.subscribe((change) => {
    if (change === undefined) bySlug.clear();
    else if (change.kind === 'tenant') bySlug.drop(change.subject);
  });
  database.revocations.subscribe((notice) => {
    if (notice.kind === 'tenant') bySlug.clear();
  });
  let instance: TenantRecord | undefined;

  async function loadBySlug(slug: TenantSlug) {
    if (slug === INSTANCE_SLUG) return undefined;
    return await bySlug.load(slug, async () => await findTenantBySlug(database, slug));
  }

  return {
    create: async (draft, actor) =>
      await createTenant(deps, changes, draft, addresses.canonicalUrl(draft.slug), actor),
    async instance() {
      const draft = { slug: INSTANCE_SLUG, displayName: 'This instance', demo: false };
      instance ??= await createTenant(deps, changes, draft, addresses.rootUrl, SYSTEM);
      return instance;
    },
    bySlug: loadBySlug,
    cachedBySlug: (slug) => (slug === INSTANCE_SLUG ? null : bySlug.peek(slug)),
    byId: async (id: TenantId) => await findTenantById(database, id),
    list: async () => await listAddressable(deps),
    changeState: async (tx, { id, slug }, state) => {
      await updateTenantState(tx, id, state);
      await database.revocations.revoke(tx, { tenant: id, kind: 'tenant', subject: id });
      changes.announce(tx, { kind: 'tenant', tenant: id, subject: slug });
    },
    rename: async (tx, tenant, displayName, actor) =>
      await rename(deps, changes, tx, tenant, displayName, actor),
    displayNameIn: findDisplayName,
    readdress: async (actor) => await readdress(deps, changes, actor),
  };
}

async function listAddressable(deps: IdentityDeps): Promise<readonly TenantRecord[]> {
  return (await listTenants(deps.database)).filter((tenant) => tenant.slug !== INSTANCE_SLUG);
}

/**
 * Every step may already have been done, by a process that died or by one that runs beside this: the row comes first and
 * says `creating`, keys and log follow, and the receipt makes it `active`.
 */
async function createTenant(
  deps: IdentityDeps,
  changes: Changes,
  draft: TenantDraft,
  canonicalUrl: string,
  actor: Actor,
): Promise<TenantRecord> {
  const { database, keys, receipts, clock } = deps;
  const tenant = await reserveTenant(database, { ...draft, canonicalUrl });
  if (tenant.state !== 'creating') return tenant;
  await keys.createTenantKeys(tenant.id);
  await receipts.openLog(tenant);
  const details = { action: 'tenant.create', slug: tenant.slug, demo: tenant.demo };
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    if (!(await activateTenant(tx, tenant.id))) return;
    await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'admin', details }));
    changes.announce(tx, { kind: 'tenant', tenant: tenant.id, subject: tenant.slug });
  });
  return { ...tenant, state: 'active' };
}

async function rename(
  deps: IdentityDeps,
  changes: Changes,
  tx: TenantTransaction,
  tenant: TenantRecord,
  displayName: string,
  actor: Actor,
): Promise<boolean> {
  const from = await findDisplayName(tx, tenant.id);
  if (displayName === from) return false;
  const details = { action: 'tenant.rename', from, to: displayName };
  await renameTenant(tx, tenant.id, displayName);
  await deps.receipts.stage(tx, tenant.id, draftReceipt(deps.clock, actor, { kind: 'admin', details }));
  changes.announce(tx, { kind: 'tenant', tenant: tenant.id, subject: tenant.slug });
  return true;
}

async function readdress(
  deps: IdentityDeps,
  changes: Changes,
  actor: Actor,
): Promise<readonly TenantRecord[]> {
  const { database, receipts, clock, addresses } = deps;
  const moved: TenantRecord[] = [];
  for (const tenant of await listAddressable(deps)) {
    const canonicalUrl = addresses.canonicalUrl(tenant.slug);
    if (tenant.canonicalUrl === canonicalUrl || tenant.state !== 'active') continue;
    const details = { action: 'tenant.readdress', from: tenant.canonicalUrl, to: canonicalUrl };
    await database.tenantDb(tenant.id).transaction(async (tx) => {
      if (!(await readdressTenant(tx, tenant, canonicalUrl))) return;
      await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'admin', details }));
      changes.announce(tx, { kind: 'tenant', tenant: tenant.id, subject: tenant.slug });
    });
    moved.push({ ...tenant, canonicalUrl });
  }
  return moved;
}
