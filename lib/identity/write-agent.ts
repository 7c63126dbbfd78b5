import { canonicalJson, err, ok, type ClientId, type Result } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { draftReceipt } from './draft-receipt.ts';
import type { IdentityProblem } from './errors.ts';
import { namesOf, secretHashOf } from './register-agent.ts';
import { equalSecretHashes } from './secrets.ts';
import { deleteAgent, findAgent, updateAgent, upsertAgent, type StoredAgent } from './store-agents.ts';
import type { Changes } from './store-changes.ts';
import { findPersonById } from './store-people.ts';
import type {
  Actor,
  AgentDraft,
  AgentOrigin,
  AgentRecord,
  Agents,
  IdentityDeps,
  TenantRecord,
} from './types.ts';

const UNKNOWN: IdentityProblem = { kind: 'not-found', message: 'There is no such agent here.' };

type AgentWrites = Pick<
  Agents,
  'saveListed' | 'removeListed' | 'removeRegistered' | 'admit' | 'admitIn' | 'setOwner'
>;

/** Whoever removes one kind of agent can't reach the other. */
interface Removal {
  readonly clientId: ClientId;
  readonly origin: AgentOrigin;
  readonly action: string;
}

/** What admins and operators change; each with its receipt in the same transaction. */
export function createAgentWrites(deps: IdentityDeps, changes: Changes): AgentWrites {
  const { database, clock, receipts } = deps;

  async function changeIn(
    tx: TenantTransaction,
    tenant: TenantRecord,
    clientId: ClientId,
    update: Parameters<typeof updateAgent>[2],
    actor: Actor,
    details: { readonly action: string },
  ): Promise<Result<AgentRecord, IdentityProblem>> {
    if (update.ownerId && (await findPersonById(tx, update.ownerId))?.state !== 'active') {
      return err({
        kind: 'owner-not-found',
        message: 'The owner has never signed in here, or is disabled.',
      } as const);
    }
    if (!(await updateAgent(tx, clientId, update))) return err(UNKNOWN);
    if (update.admission === 'refused') {
      await database.revocations.revoke(tx, { tenant: tenant.id, kind: 'client', subject: clientId });
    }
    await receipts.stage(
      tx,
      tenant.id,
      draftReceipt(clock, actor, { kind: 'admin', details: { ...details, client_id: clientId } }),
    );
    changes.announce(tx, { kind: 'agent', tenant: tenant.id, subject: clientId });
    const stored = await findAgent(tx, clientId);
    return stored ? ok(stored.record) : err(UNKNOWN);
  }

  async function remove(
    tx: TenantTransaction,
    tenant: TenantRecord,
    { clientId, origin, action }: Removal,
    actor: Actor,
  ): Promise<boolean> {
    if (!(await deleteAgent(tx, clientId, origin))) return false;
    await database.revocations.revoke(tx, { tenant: tenant.id, kind: 'client', subject: clientId });
    const details = { action, client_id: clientId };
    await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'admin', details }));
    changes.announce(tx, { kind: 'agent', tenant: tenant.id, subject: clientId });
    return true;
  }

  const admitIn: Agents['admitIn'] = async (tx, tenant, clientId, admission, actor) =>
    await changeIn(tx, tenant, clientId, { admission, expiresAt: null }, actor, {
      action: `agent.${admission}`,
    });

  return {
    async saveListed(tx, tenant, draft, actor) {
      const columns = {
        origin: 'file',
        admission: 'listed',
        ownerId: draft.owner ?? null,
        expiresAt: null,
      } as const;
      const secretHash = await secretHashOf(deps, tenant.id, draft);
      const before = await findAgent(tx, draft.clientId);
      if (before !== undefined && isListedSo(before, draft, secretHash)) return false;
      await upsertAgent(tx, tenant.id, { ...columns, ...namesOf(draft) }, secretHash, new Date(clock.now()));
      const details = {
        action: 'agent.list',
        client_id: draft.clientId,
        name: draft.name,
        secret: secretWord(secretHash),
      };
      await receipts.stage(tx, tenant.id, draftReceipt(clock, actor, { kind: 'admin', details }));
      changes.announce(tx, { kind: 'agent', tenant: tenant.id, subject: draft.clientId });
      return true;
    },
    removeListed: async (tx, tenant, clientId, actor) =>
      await remove(tx, tenant, { clientId, origin: 'file', action: 'agent.unlist' }, actor),
    removeRegistered: async (tx, tenant, clientId, actor) =>
      await remove(tx, tenant, { clientId, origin: 'dynamic', action: 'agent.remove' }, actor),
    admitIn,
    admit: async (tenant, clientId, admission, actor) =>
      await database
        .tenantDb(tenant.id)
        .transaction(async (tx) => await admitIn(tx, tenant, clientId, admission, actor)),
    setOwner: async (tenant, clientId, owner, actor) =>
      await database.tenantDb(tenant.id).transaction(
        async (tx) =>
          await changeIn(tx, tenant, clientId, { ownerId: owner ?? null }, actor, {
            action: 'agent.owner',
          }),
      ),
  };
}

/** Whether a stored agent is what the draft says, so that there is nothing to write. */
function isListedSo(
  { record, secretHash }: StoredAgent,
  draft: AgentDraft,
  wanted: Uint8Array | null | undefined,
): boolean {
  if (record.origin !== 'file' || record.admission !== 'listed' || record.expiresAt !== undefined)
    return false;
  if (record.name !== draft.name || record.owner !== draft.owner) return false;
  if (canonicalJson(record.metadata) !== canonicalJson(draft.metadata)) return false;
  if (wanted === undefined) return true;
  if (wanted === null || secretHash === null) return wanted === secretHash;
  return equalSecretHashes(secretHash, wanted);
}

function secretWord(secretHash: Uint8Array | null | undefined): 'kept' | 'none' | 'replaced' {
  if (secretHash === undefined) return 'kept';
  return secretHash === null ? 'none' : 'replaced';
}
