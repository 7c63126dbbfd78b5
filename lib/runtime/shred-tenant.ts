import { err, ok, type Result } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { KeyUnavailable } from '#lib/keys';
import { explainRefusedLog, type ClosedLog, type ReceiptActor } from '#lib/receipts';
import { draftAdmin } from './draft-admin.ts';
import { requireTenant } from './export-bundle.ts';
import { isLogRefused } from './reopen-log.ts';
import type { Modules } from './types.ts';

export interface ShredRequest {
  readonly tenant: string;
  /** The same name once more. */
  readonly confirm: string;
  readonly actor: ReceiptActor;
}

export interface ShreddedTenant {
  /** `scheduled`: its keys are deleted here, but their provider has not destroyed the key-encryption key yet. */
  readonly state: 'scheduled' | 'destroyed';
  /** Milliseconds since the epoch: when the provider is going to destroy it. */
  readonly destroyedFrom?: number;
  /** The log with its last entry; absent when it was closed before, or when no key to sign with was left. */
  readonly log?: { readonly origin: string; readonly size: number };
}

/**
 * Makes everything that was sealed for a tenant unreadable, here and in every backup of the database (FORMATS 5). Signed
 * evidence keeps verifying. Each step may already have been done by a run that was interrupted.
 */
export async function shredTenant(
  modules: Modules,
  { tenant: name, confirm, actor }: ShredRequest,
): Promise<Result<ShreddedTenant, { readonly message: string }>> {
  const tenant = await requireTenant(modules, name);
  if (confirm !== tenant.slug)
    return err({
      message: `--confirm must repeat the name of the tenant, '${tenant.slug}': this can't be undone`,
    });
  const refusal = await whyNot(modules, tenant);
  if (refusal !== undefined) return err({ message: refusal });
  const log = await endLog(modules, tenant, actor);
  const fate = await modules.keys.destroyTenantKeys(tenant.id);
  const state = fate === 'destroyed' ? 'destroyed' : 'scheduled';
  await settle(modules, tenant, actor, state);
  return ok({
    state,
    ...(fate === 'destroyed' ? {} : { destroyedFrom: fate.scheduledFor }),
    ...(log && { log: { origin: log.origin, size: log.size } }),
  });
}

async function whyNot(modules: Modules, tenant: TenantRecord): Promise<string | undefined> {
  // Without its keys nothing can be signed: what is left is destroyed all the same.
  if (tenant.state !== 'active' || !(await modules.keys.check(tenant.id)).ok) return undefined;
  return (await isLogRefused(modules, tenant))
    ? `the log of ${tenant.slug} is behind what was seen here and can't be closed: run 'countersign log reopen --tenant ${tenant.slug}' first`
    : undefined;
}

/** From the first commit on nobody is served; then the log gets its last entry. */
async function endLog(
  { clock, database, identity, receipts }: Modules,
  tenant: TenantRecord,
  actor: ReceiptActor,
): Promise<ClosedLog | undefined> {
  if (tenant.state === 'shredded') return undefined;
  try {
    if (tenant.state !== 'shredding') {
      await database.tenantDb(tenant.id).transaction(async (tx) => {
        await identity.tenants.changeState(tx, tenant, 'shredding');
        await receipts.stage(tx, tenant.id, draftAdmin(clock, actor, { action: 'tenant.shred' }));
      });
    }
    return await receipts.closeLog(tenant.id);
  } catch (error) {
    if (error instanceof KeyUnavailable) return undefined;
    throw error;
  }
}

/** The tenant's own log takes nothing any more: what became of its keys stands in the instance's. */
async function settle(
  { clock, database, identity, receipts }: Modules,
  tenant: TenantRecord,
  actor: ReceiptActor,
  state: ShreddedTenant['state'],
): Promise<void> {
  if (tenant.state === 'shredded') return;
  await database.tenantDb(tenant.id).transaction(async (tx) => {
    await identity.tenants.changeState(tx, tenant, state === 'destroyed' ? 'shredded' : 'shredding');
  });
  const instance = await identity.tenants.instance();
  const details = { action: 'tenant.shred', slug: tenant.slug, issuer: tenant.issuer, keys: state };
  await database.tenantDb(instance.id).transaction(async (tx) => {
    await receipts.stage(tx, instance.id, draftAdmin(clock, actor, details));
  });
  await receipts.flush(instance.id).catch((error: unknown) => {
    // The instance's own log waits for its reopening after a restore; what is staged gets into the new one.
    if (explainRefusedLog(error) === undefined) throw error;
  });
}
