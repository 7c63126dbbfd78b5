import type { PersonId, TenantId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { SecretId } from './types.ts';

export interface SecretRow {
  readonly id: SecretId;
  readonly purpose: string;
  readonly person: PersonId | undefined;
  readonly sealed: Uint8Array;
}

export async function insertSecret(tx: TenantTransaction, tenant: TenantId, row: SecretRow): Promise<void> {
  const { id, purpose, person, sealed } = row;
  await tx.secret.create({
    data: { tenantId: tenant, id, purpose, personId: person ?? null, sealed: new Uint8Array(sealed) },
    select: { id: true },
  });
}

export async function updateSecret(tx: TenantTransaction, id: SecretId, sealed: Uint8Array): Promise<void> {
  await tx.secret.updateMany({ where: { id }, data: { sealed: new Uint8Array(sealed) } });
}

export async function findSecret(client: TenantClient, id: string): Promise<SecretRow | undefined> {
  const row = await client.secret.findFirst({
    where: { id },
    select: { purpose: true, personId: true, sealed: true },
  });
  if (row === null) return undefined;
  const { purpose, personId, sealed } = row;
  return { id: id as SecretId, purpose, person: (personId ?? undefined) as PersonId | undefined, sealed };
}

export async function deleteSecret(tx: TenantTransaction, id: SecretId): Promise<boolean> {
  return (await tx.secret.deleteMany({ where: { id } })).count > 0;
}

export async function deleteSecretsOf(tx: TenantTransaction, person: PersonId): Promise<number> {
  return (await tx.secret.deleteMany({ where: { personId: person } })).count;
}
