import type { ClientId, ServerId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import type { AgentOrigin, TenantRecord } from '#lib/identity';
import type { OauthSettings } from '#lib/oauth';
import type { PolicyProblem } from '#lib/policy';
import type { PinnedServer } from '#lib/registry';
import type { ReceiptActor } from '#lib/receipts';
import type { ManifestDeps } from './types.ts';

/** A change under way: a tenant file's or one resource's. What both do stands here once. */
export interface Writing {
  readonly deps: ManifestDeps;
  readonly tx: TenantTransaction;
  readonly tenant: TenantRecord;
  readonly actor: ReceiptActor;
}

/** True when something was written. A name that is left out stays. */
export async function writeSettings(
  { deps, tx, tenant, actor }: Writing,
  wanted: { readonly displayName: string | undefined; readonly oauth: OauthSettings },
): Promise<boolean> {
  const { displayName, oauth } = wanted;
  const renamed =
    displayName !== undefined && (await deps.identity.tenants.rename(tx, tenant, displayName, actor));
  return (await deps.oauth.saveSettings(tx, tenant.id, oauth, actor)) || renamed;
}

/** With every grant for it. */
export async function removeServer({ deps, tx, tenant, actor }: Writing, server: ServerId): Promise<boolean> {
  const removed = await deps.registry.remove(tx, tenant.id, server, actor);
  if (removed)
    await deps.oauth.grants.revokeIn(tx, tenant.id, { server }, { reason: 'server_removed', actor });
  return removed;
}

/** An agent of the same id that comes one day, perhaps another program, must not find old grants in force. */
export async function removeAgent(
  { deps, tx, tenant, actor }: Writing,
  clientId: ClientId,
  origin: AgentOrigin = 'file',
): Promise<boolean> {
  const { agents } = deps.identity;
  const removed = await (origin === 'file'
    ? agents.removeListed(tx, tenant, clientId, actor)
    : agents.removeRegistered(tx, tenant, clientId, actor));
  if (removed) await deps.oauth.grants.revokeIn(tx, tenant.id, { clientId }, { reason: 'admin', actor });
  return removed;
}

/** What the policies in force would be refused for, with the servers as they are in this transaction. */
export async function brokenPolicies({ deps, tx, tenant }: Writing): Promise<readonly PolicyProblem[]> {
  const servers: readonly PinnedServer[] = await deps.registry.listIn(tx, tenant.id);
  return await deps.policy.validate(await deps.policy.textsIn(tx, tenant.id), servers);
}
