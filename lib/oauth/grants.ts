import { randomBytes } from 'node:crypto';
import { uuidV7, type Clock, type GrantId, type PersonId, type TenantId } from '#lib/core';
import type { Database, TenantTransaction } from '#lib/db';
import type { Identity } from '#lib/identity';
import type { Receipts } from '#lib/receipts';
import type { GrantStore } from './store-grants.ts';
import type { GrantRecord, Grants, GrantSelection, ReceiptActor, RevocationReason } from './types.ts';

interface GrantsDeps {
  readonly database: Database;
  readonly identity: Identity;
  readonly receipts: Receipts;
  readonly grantStore: GrantStore;
  readonly clock: Clock;
}

type Why = { readonly reason: RevocationReason; readonly actor: ReceiptActor };

/** Listing grants and ending them: row, tokens, revocation and receipt are one transaction. */
export function createGrants(deps: GrantsDeps): Grants {
  const { database, identity, grantStore, clock } = deps;
  const revokeIn = async (tx: TenantTransaction, tenant: TenantId, selection: GrantSelection, why: Why) => {
    const ended = await grantStore.end(tx, tenant, selection, clock.now());
    for (const grant of ended) {
      await database.revocations.revoke(tx, { tenant, kind: 'grant', subject: grant.id });
      await receiptEnd(deps, tx, tenant, grant, why);
    }
    return ended.length;
  };
  return {
    listForPerson: async (tenant, person) => {
      const grants = await grantStore.listForPerson(tenant, person, clock.now());
      return Promise.all(
        grants.map(async (grant) => {
          const agent = await identity.agents.load(tenant, grant.clientId);
          return { ...grant, clientName: agent?.name ?? grant.clientId };
        }),
      );
    },
    listForClient: (tenant, client) => grantStore.listForClient(tenant, client, clock.now()),
    countByClient: (tenant) => grantStore.countByClient(tenant, clock.now()),
    revokeIn,
    revoke: async (tenant, selection, why) => {
      const ended = await database.tenantDb(tenant).transaction((tx) => revokeIn(tx, tenant, selection, why));
      // The other replicas hear of it within a second; here nobody is told "done" before it is so.
      if (ended > 0) await database.revocations.confirm();
      return ended;
    },
  };
}

/** A person taking back what they allowed is a `consent` receipt; every other end is about tokens. */
async function receiptEnd(
  { receipts, identity, clock }: GrantsDeps,
  tx: TenantTransaction,
  tenant: TenantId,
  grant: GrantRecord,
  { reason, actor }: Why,
): Promise<void> {
  const about = actor.person?.id === grant.person ? undefined : await aboutOf(identity, tenant, grant.person);
  await receipts.stage(tx, tenant, {
    id: uuidV7(clock.now(), randomBytes(10)),
    at: clock.now(),
    kind: reason === 'person' ? 'consent' : 'token',
    actor: { clientId: grant.clientId, ...actor },
    server: { id: grant.server },
    details: { event: 'revoked', reason, grant: grant.id, client_id: grant.clientId, mode: grant.mode },
    ...(about === undefined ? {} : { about }),
  });
}

async function aboutOf(identity: Identity, tenant: TenantId, id: PersonId | undefined) {
  const record = id === undefined ? undefined : await identity.people.load(tenant, id);
  return record && { id: record.person.id, reference: record.person.reference };
}

/** Ends a grant because its client presented something twice, or gave a token back. */
export function endGrantOfClient(
  grants: Grants,
  tenant: TenantId,
  grant: GrantId,
  reason: RevocationReason,
  clientId: string | undefined,
): Promise<number> {
  const actor = { mode: 'system' as const, ...(clientId === undefined ? {} : { clientId }) };
  return grants.revoke(tenant, { grant }, { reason, actor });
}
