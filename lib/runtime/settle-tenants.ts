import type { ReceiptActor } from '#lib/receipts';
import type { Modules } from './types.ts';

const SYSTEM: ReceiptActor = { mode: 'system' };

/**
 * What a start may have changed for tenants that exist: another TENANT_URL moves them (a receipt in each log), and a
 * restored database gives back people whom the ledger says are erased. Both are done before anybody is served.
 */
export async function settleTenants({ identity }: Pick<Modules, 'identity'>): Promise<void> {
  await identity.tenants.readdress(SYSTEM);
  await applyErasures({ identity });
}

/**
 * Erases again whoever came back with a restored database. A tenant that can't be written to (its log or its keys are
 * refused) must not keep the others from being served; it is reported, and tried again by the house-keeping.
 * @throws {AggregateError} after all were tried, when some could not be.
 */
export async function applyErasures({ identity }: Pick<Modules, 'identity'>): Promise<void> {
  const failures: unknown[] = [];
  for (const tenant of await identity.tenants.list()) {
    if (tenant.state !== 'active') continue;
    try {
      await identity.people.applyErasureLedger(tenant, SYSTEM);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'erased people could not be erased again');
}
