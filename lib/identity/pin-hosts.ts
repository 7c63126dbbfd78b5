import type { TenantId } from '#lib/core';
import { draftReceipt } from './draft-receipt.ts';
import { HostsMoved } from './provider-errors.ts';
import { findProvider, insertHosts, updateRefusedHosts } from './store-providers.ts';
import type { Actor, IdentityDeps, IdentityProviderRecord } from './types.ts';

const SYSTEM: Actor = { mode: 'system' };

/**
 * Where the endpoints of a saved provider are is what its first discovery document says. One that names others later gets
 * neither the client's secret nor a code, until somebody who may saves the provider again.
 * @throws {HostsMoved}
 */
export async function pinHosts(
  deps: Pick<IdentityDeps, 'database' | 'receipts' | 'clock'>,
  tenant: TenantId,
  { issuer }: Pick<IdentityProviderRecord, 'issuer'>,
  hosts: ReadonlySet<string>,
): Promise<void> {
  const { database, receipts, clock } = deps;
  const db = database.tenantDb(tenant);
  const found = [...hosts].toSorted();
  const stored = await db.read(findProvider);
  // Settings that are tried out: nothing of them is kept.
  if (stored?.issuer !== issuer) return;
  if (stored.endpointHosts.length === 0) {
    const isPinned = await db.transaction(async (tx) => {
      const isFirst = await insertHosts(tx, issuer, found);
      const details = { action: 'provider.pin', issuer, hosts: found };
      if (isFirst) await receipts.stage(tx, tenant, draftReceipt(clock, SYSTEM, { kind: 'admin', details }));
      return isFirst;
    });
    return isPinned ? undefined : await pinHosts(deps, tenant, { issuer }, hosts);
  }
  const foreign = found.filter((host) => !stored.endpointHosts.includes(host));
  const refused = foreign.length === 0 ? [] : found;
  if (refused.length > 0 || stored.refusedHosts.length > 0)
    await db.read((client) => updateRefusedHosts(client, issuer, refused));
  if (foreign.length > 0) throw new HostsMoved(foreign);
}
