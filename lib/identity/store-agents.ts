import type { ClientId, JsonObject, PersonId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import { rowBytes } from './store-people.ts';
import type { AgentAdmission, AgentOrigin, AgentRecord } from './types.ts';

type AgentRow = Awaited<ReturnType<TenantClient['agent']['findFirstOrThrow']>>;

export interface StoredAgent {
  readonly record: AgentRecord;
  readonly secretHash: Uint8Array | null;
}

function toStored(row: AgentRow): StoredAgent {
  const record: AgentRecord = {
    clientId: row.clientId as ClientId,
    name: row.name,
    origin: row.origin as AgentOrigin,
    admission: row.admission as AgentAdmission,
    ...(row.ownerId === null ? {} : { owner: row.ownerId as PersonId }),
    metadata: row.metadata as JsonObject,
    hasSecret: row.secretHash !== null,
    version: row.version,
    createdAt: row.createdAt.getTime(),
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt.getTime() }),
  };
  return { record, secretHash: row.secretHash };
}

export async function findAgent(client: TenantClient, clientId: ClientId): Promise<StoredAgent | undefined> {
  const row = await client.agent.findFirst({ where: { clientId } });
  return row === null ? undefined : toStored(row);
}

export async function listAgents(client: TenantClient, limit: number): Promise<readonly AgentRecord[]> {
  const rows = await client.agent.findMany({ orderBy: { createdAt: 'desc' }, take: limit });
  return rows.map((row) => toStored(row).record);
}

export async function findListedAgents(client: TenantClient): Promise<readonly AgentRecord[]> {
  const rows = await client.agent.findMany({ where: { origin: 'file' }, orderBy: { clientId: 'asc' } });
  return rows.map((row) => toStored(row).record);
}

export interface AgentWrite {
  readonly clientId: ClientId;
  readonly name: string;
  readonly origin: AgentOrigin;
  readonly admission: AgentAdmission;
  readonly ownerId: PersonId | null;
  readonly metadata: JsonObject;
  readonly expiresAt: Date | null;
}

/** `secretHash` undefined keeps what is stored. */
export async function upsertAgent(
  tx: TenantTransaction,
  tenantId: string,
  write: AgentWrite,
  secretHash: Uint8Array | null | undefined,
  createdAt: Date,
): Promise<void> {
  const { clientId, metadata, ...columns } = write;
  const secret = secretHash === undefined ? {} : { secretHash: secretHash && rowBytes(secretHash) };
  const data = { ...columns, ...secret, metadata: metadata as object };
  const updated = await tx.agent.updateMany({
    where: { clientId },
    data: { ...data, version: { increment: 1 } },
  });
  if (updated.count === 0) await tx.agent.create({ data: { ...data, tenantId, clientId, createdAt } });
}

/** Dynamic clients that wait for their first grant. */
export async function countUnused(client: TenantClient, now: Date): Promise<number> {
  return await client.agent.count({ where: { origin: 'dynamic', expiresAt: { gt: now } } });
}

export async function updateAgent(
  tx: TenantTransaction,
  clientId: ClientId,
  change: { admission?: AgentAdmission; ownerId?: PersonId | null; expiresAt?: null },
): Promise<boolean> {
  const data = { ...change, version: { increment: 1 } };
  return (await tx.agent.updateMany({ where: { clientId }, data })).count === 1;
}

export async function deleteAgent(
  tx: TenantTransaction,
  clientId: ClientId,
  origin: AgentOrigin,
): Promise<boolean> {
  return (await tx.agent.deleteMany({ where: { clientId, origin } })).count === 1;
}

/** It has been used: it no longer expires. True when it would have. */
export async function keepAgent(client: TenantClient, clientId: ClientId): Promise<boolean> {
  const kept = await client.agent.updateMany({
    where: { clientId, expiresAt: { not: null } },
    data: { expiresAt: null },
  });
  return kept.count === 1;
}

export async function deleteExpiredAgents(client: TenantClient, now: Date): Promise<number> {
  return (await client.agent.deleteMany({ where: { origin: 'dynamic', expiresAt: { lte: now } } })).count;
}

/** A person who is erased is answerable for nothing any more. */
export async function disownAgents(tx: TenantTransaction, owner: PersonId): Promise<void> {
  await tx.agent.updateMany({
    where: { ownerId: owner },
    data: { ownerId: null, version: { increment: 1 } },
  });
}
