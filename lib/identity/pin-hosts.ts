import type { TenantId } from '#lib/core';
import { draftReceipt } from './draft-receipt.ts';
import { areSameHosts, namedHosts } from './endpoint-hosts.ts';
import { HostsMoved } from './provider-errors.ts';
import { findProvider, insertHosts, updateRefusedHosts } from './store-providers.ts';
import type { Actor, IdentityDeps, IdentityProviderRecord } from './types.ts';

const SYSTEM: Actor = { mode: 'system' };

/**
 * Where the endpoints of a saved provider are is what somebody named, or else what its first discovery document says. One
 * that names others later gets neither the client's secret nor a code, until somebody who may names those.
 * @throws {HostsMoved}
 */
export async function pinHosts(
  deps: Pick<IdentityDeps, 'database' | 'receipts' | 'clock'>,
  tenant: TenantId,
  provider: Pick<IdentityProviderRecord, 'issuer' | 'endpointHosts'>,
  hosts: ReadonlySet<string>,
): Promise<void> {
  const { database, receipts, clock } = deps;
  const { issuer } = provider;
  const db = database.tenantDb(tenant);
  const found = [...hosts].toSorted();
  const stored = await db.read(findProvider);
  const saved = stored?.issuer === issuer ? stored : undefined;
  const named = namedHosts(provider);
  // Settings that are tried out: nothing of them is kept.
  if (named.length > 0 && !areSameHosts(named, saved?.endpointHosts ?? []))
    return refuseForeign(named, found);
  if (saved === undefined) return;
  if (saved.endpointHosts.length === 0) {
    const isPinned = await db.transaction(async (tx) => {
      const isFirst = await insertHosts(tx, issuer, found);
      const details = { action: 'provider.pin', issuer, hosts: found };
      if (isFirst) await receipts.stage(tx, tenant, draftReceipt(clock, SYSTEM, { kind: 'admin', details }));
      return isFirst;
    });
    return isPinned ? undefined : await pinHosts(deps, tenant, provider, hosts);
  }
  const refused = found.every((host) => saved.endpointHosts.includes(host)) ? [] : found;
  if (refused.length > 0 || saved.refusedHosts.length > 0)
    await db.read((client) => updateRefusedHosts(client, issuer, refused));
  refuseForeign(saved.endpointHosts, found);
}

function refuseForeign(pinned: readonly string[], found: readonly string[]): void {
  if (found.some((host) => !pinned.includes(host))) throw new HostsMoved({ pinned, refused: found });
}
