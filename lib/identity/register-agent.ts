import { assert, err, ok, type ClientId, type Result, type TenantId } from '#lib/core';
import { AGENT_SECRET_CHARS_MIN, UNUSED_AGENT_MS, UNUSED_AGENTS_MAX } from './constants.ts';
import type { IdentityProblem } from './errors.ts';
import { countUnused, findAgent, upsertAgent } from './store-agents.ts';
import type { Changes } from './store-changes.ts';
import type { AgentDraft, AgentRecord, Agents, IdentityDeps } from './types.ts';

const TOO_MANY: IdentityProblem = {
  kind: 'too-many-agents',
  message:
    'Too many agents have registered here without being used. Try again tomorrow, or ask an admin to list the agent in the tenant file.',
};
const ALREADY_THERE: IdentityProblem = {
  kind: 'already-listed',
  message: 'An agent with this client id is already known here.',
};

export function namesOf({ clientId, name, metadata }: AgentDraft) {
  return { clientId, name, metadata };
}

/** A MAC under the tenant's look-up key: without that key the stored value can't be guessed at, however short the secret. */
export async function hashAgentSecret(
  deps: IdentityDeps,
  tenant: TenantId,
  clientId: ClientId,
  secret: string,
): Promise<Uint8Array> {
  return await deps.keys.lookup(tenant, 'agent-secret', `${clientId}\n${secret}`);
}

export async function secretHashOf(
  deps: IdentityDeps,
  tenant: TenantId,
  draft: AgentDraft,
): Promise<Uint8Array | null | undefined> {
  if (draft.secret === undefined || draft.secret === null) return draft.secret;
  if (draft.secret.length < AGENT_SECRET_CHARS_MIN) {
    throw new RangeError(
      `the secret of agent ${draft.clientId} is shorter than ${AGENT_SECRET_CHARS_MIN} characters`,
    );
  }
  return await hashAgentSecret(deps, tenant, draft.clientId, draft.secret);
}

/** Anybody may ask, so nothing is receipted before the first grant, and what is never used goes away by itself. */
export function createRegister(deps: IdentityDeps, changes: Changes): Agents['register'] {
  const { database, clock, receipts } = deps;
  return async (tenant, draft, admission) => {
    const db = database.tenantDb(tenant.id);
    const now = clock.now();
    const expiresAt = now + UNUSED_AGENT_MS;
    const secretHash = await secretHashOf(deps, tenant.id, draft);
    const made = await db.transaction(async (tx): Promise<Result<AgentRecord, IdentityProblem>> => {
      if ((await countUnused(tx, new Date(now))) >= UNUSED_AGENTS_MAX) return err(TOO_MANY);
      if ((await findAgent(tx, draft.clientId)) !== undefined) return err(ALREADY_THERE);
      const columns = {
        origin: 'dynamic',
        admission,
        ownerId: null,
        expiresAt: new Date(expiresAt),
      } as const;
      await upsertAgent(tx, tenant.id, { ...columns, ...namesOf(draft) }, secretHash, new Date(now));
      changes.announce(tx, { kind: 'agent', tenant: tenant.id, subject: draft.clientId });
      const stored = await findAgent(tx, draft.clientId);
      assert(stored, 'an agent that was just written is there');
      return ok(stored.record);
    });
    if (!made.ok) receipts.refuse(tenant.id, 'refused_registration');
    deps.telemetry.logger.info(
      { tenant: tenant.slug, client: draft.clientId, ok: made.ok },
      'an agent asked to be registered',
    );
    return made;
  };
}
