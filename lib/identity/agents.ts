import type { ClientId, TenantId } from '#lib/core';
import { AGENT_CACHE_MS, AGENTS_CACHED_MAX, LIST_MAX } from './constants.ts';
import { createRecordCache } from './record-cache.ts';
import { createRegister, hashAgentSecret } from './register-agent.ts';
import { equalSecretHashes } from './secrets.ts';
import {
  deleteExpiredAgents,
  findAgent,
  findListedAgents,
  keepAgent,
  listAgents,
  type StoredAgent,
} from './store-agents.ts';
import type { Changes } from './store-changes.ts';
import type { AgentRecord, Agents, IdentityDeps } from './types.ts';
import { createAgentWrites } from './write-agent.ts';

export function createAgents(deps: IdentityDeps, changes: Changes): Agents {
  const { database, clock } = deps;
  const cache = createRecordCache<StoredAgent>({ max: AGENTS_CACHED_MAX, ttlMs: AGENT_CACHE_MS, clock });
  const keyOf = (tenant: TenantId, clientId: string) => `${tenant} ${clientId}`;
  changes.subscribe((change) => {
    if (change === undefined) cache.clear();
    else if (change.kind === 'agent') cache.drop(keyOf(change.tenant, change.subject));
  });
  database.revocations.subscribe((notice) => {
    if (notice.kind === 'client') cache.drop(keyOf(notice.tenant, notice.subject));
  });

  async function loadStored(tenant: TenantId, clientId: ClientId): Promise<StoredAgent | undefined> {
    const fetch = async () =>
      await database.tenantDb(tenant).read(async (client) => await findAgent(client, clientId));
    // A replica that may have missed a revocation must not believe its cache.
    return database.revocations.isFresh() ? await cache.load(keyOf(tenant, clientId), fetch) : await fetch();
  }

  return {
    ...createAgentWrites(deps, changes),
    register: createRegister(deps, changes),
    load: async (tenant, clientId) => living(await loadStored(tenant, clientId), clock.now()),
    cached: (tenant, clientId) =>
      database.revocations.isFresh()
        ? living(cache.peek(keyOf(tenant, clientId)) ?? undefined, clock.now())
        : undefined,
    list: async (tenant) =>
      await database.tenantDb(tenant.id).read(async (client) => await listAgents(client, LIST_MAX)),
    loadIn: async (client, clientId) => (await findAgent(client, clientId))?.record,
    listedIn: findListedAgents,
    async verifySecret(tenant, clientId, secret) {
      const stored = await loadStored(tenant, clientId);
      const given = await hashAgentSecret(deps, tenant, clientId, secret);
      return stored?.secretHash ? equalSecretHashes(stored.secretHash, given) : false;
    },
    async keep(tenant, clientId) {
      await database.tenantDb(tenant).transaction(async (tx) => {
        if (await keepAgent(tx, clientId)) changes.announce(tx, { kind: 'agent', tenant, subject: clientId });
      });
    },
    sweep: async (tenant) =>
      await database
        .tenantDb(tenant.id)
        .read(async (client) => await deleteExpiredAgents(client, new Date(clock.now()))),
  };
}

function living(stored: StoredAgent | undefined, now: number): AgentRecord | undefined {
  if (stored === undefined) return undefined;
  const { expiresAt } = stored.record;
  return expiresAt !== undefined && expiresAt <= now ? undefined : stored.record;
}
