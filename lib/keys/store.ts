import type { KeyId, PersonId, TenantId } from '#lib/core';
import { afterCommit, type Database, type TenantClient, type TenantTransaction } from '#lib/db';
import { CHANGES_CHANNEL } from './constants.ts';
import type { Ed25519PublicJwk, KeyReference, PublicSigningKey, SigningPurpose } from './types.ts';

export interface EncryptionKeyRow extends KeyReference {
  readonly provider: string;
  readonly checkValue: Uint8Array;
}

export type DataKeyPurpose = 'data' | 'archive' | 'lookup';

export interface WrappedKeyRow {
  readonly id: string;
  readonly wrapped: Uint8Array;
}

export interface SigningKeyRow {
  readonly kid: KeyId;
  readonly purpose: SigningPurpose;
  readonly sealed: Uint8Array;
  readonly state: PublicSigningKey['state'];
  readonly retiredAt: Date | null;
}

/** What other replicas drop from memory. `label` as in key sets; without one: what this tenant signs with. */
export interface KeyChange {
  readonly tenant: TenantId;
  readonly label?: string;
  /** Everything of the tenant. */
  readonly all?: true;
}

/** Keys are made once per tenant, whoever comes first. Ends with the transaction. */
export async function lockTenantKeys(tx: TenantTransaction, tenant: TenantId): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('tenant-keys ' || ${tenant}::text, 0))::text`;
}

export async function findEncryptionKey(
  client: TenantClient,
  tenant: TenantId,
): Promise<EncryptionKeyRow | undefined> {
  const row = await client.keyEncryptionKey.findFirst({
    where: { state: 'active' },
    select: { id: true, provider: true, reference: true, checkValue: true },
    orderBy: { createdAt: 'desc' },
  });
  if (row === null) return undefined;
  const { id, provider, reference, checkValue } = row;
  return { tenant, kid: id, provider, reference, checkValue };
}

export async function insertEncryptionKey(tx: TenantTransaction, row: EncryptionKeyRow): Promise<void> {
  const { tenant, kid, provider, reference, checkValue } = row;
  await tx.keyEncryptionKey.create({
    data: {
      tenantId: tenant,
      id: kid,
      provider,
      reference,
      checkValue: rowBytes(checkValue),
      state: 'active',
    },
    select: { id: true },
  });
}

/** Every version of one key, the one in force first. */
export async function listDataKeys(
  client: TenantClient,
  purpose: DataKeyPurpose,
): Promise<readonly WrappedKeyRow[]> {
  return await client.dataKey.findMany({
    where: { purpose },
    select: { id: true, wrapped: true },
    orderBy: [{ state: 'asc' }, { createdAt: 'desc' }],
  });
}

export async function insertDataKey(
  tx: TenantTransaction,
  tenant: TenantId,
  purpose: DataKeyPurpose,
  { id, wrapped }: WrappedKeyRow,
): Promise<void> {
  await tx.dataKey.create({
    data: { tenantId: tenant, id, purpose, wrapped: rowBytes(wrapped), state: 'active' },
    select: { id: true },
  });
}

export async function retireDataKeys(tx: TenantTransaction, purpose: DataKeyPurpose): Promise<void> {
  await tx.dataKey.updateMany({ where: { purpose, state: 'active' }, data: { state: 'retired' } });
}

export async function findPersonKey(
  client: TenantClient,
  person: PersonId,
): Promise<WrappedKeyRow | undefined> {
  const row = await client.personKey.findFirst({
    where: { personId: person },
    select: { id: true, wrapped: true },
  });
  return row ?? undefined;
}

export async function insertPersonKey(
  tx: TenantTransaction,
  tenant: TenantId,
  person: PersonId,
  { id, wrapped }: WrappedKeyRow,
): Promise<void> {
  await tx.personKey.create({
    data: { tenantId: tenant, personId: person, id, wrapped: rowBytes(wrapped) },
    select: { id: true },
  });
}

export async function deletePersonKey(tx: TenantTransaction, person: PersonId): Promise<void> {
  await tx.personKey.deleteMany({ where: { personId: person } });
}

const SIGNING_COLUMNS = {
  kid: true,
  purpose: true,
  sealed: true,
  state: true,
  retiredAt: true,
} as const;

export async function insertSigningKey(
  tx: TenantTransaction,
  tenant: TenantId,
  row: Pick<SigningKeyRow, 'kid' | 'purpose' | 'sealed'> & { readonly publicJwk: Ed25519PublicJwk },
): Promise<void> {
  const { kid, purpose, publicJwk, sealed } = row;
  await tx.signingKey.create({
    data: {
      tenantId: tenant,
      kid,
      purpose,
      algorithm: 'Ed25519',
      publicJwk: { ...publicJwk },
      sealed: rowBytes(sealed),
      state: 'inactive',
    },
    select: { kid: true },
  });
}

/** The purpose of the key that is now in force; undefined when there is no such key. */
export async function activateKeyRow(
  tx: TenantTransaction,
  kid: string,
  at: Date,
): Promise<SigningPurpose | undefined> {
  const { count } = await tx.signingKey.updateMany({
    where: { kid, state: 'inactive' },
    data: { state: 'active', activatedAt: at },
  });
  const row = await tx.signingKey.findFirst({ where: { kid }, select: { purpose: true } });
  return count === 1 ? (row?.purpose as SigningPurpose | undefined) : undefined;
}

export async function retireOtherKeys(
  tx: TenantTransaction,
  purpose: SigningPurpose,
  kid: string,
  at: Date,
): Promise<void> {
  await tx.signingKey.updateMany({
    where: { purpose, state: 'active', kid: { not: kid } },
    data: { state: 'retired', retiredAt: at },
  });
}

export async function listSigningKeys(
  client: TenantClient,
  purpose: SigningPurpose,
): Promise<readonly SigningKeyRow[]> {
  const rows = await client.signingKey.findMany({
    where: { purpose },
    select: SIGNING_COLUMNS,
    orderBy: [{ activatedAt: { sort: 'desc', nulls: 'last' } }, { createdAt: 'desc' }],
  });
  return rows.map(toSigningKey);
}

export async function findSigningKey(client: TenantClient, kid: string): Promise<SigningKeyRow | undefined> {
  const row = await client.signingKey.findFirst({ where: { kid }, select: SIGNING_COLUMNS });
  return row === null ? undefined : toSigningKey(row);
}

/** Once the change is durable: what this process holds goes by `drop`, what others hold by a notification. */
export function announceChange(
  database: Database,
  tx: TenantTransaction,
  change: KeyChange,
  drop: (change: KeyChange) => void,
): void {
  afterCommit(tx, () => {
    drop(change);
    // Lost with the process or the connection: others then drop it when its time in memory ends.
    database.notify(CHANGES_CHANNEL, JSON.stringify(change)).catch(() => undefined);
  });
}

function toSigningKey(row: {
  kid: string;
  purpose: string;
  sealed: Uint8Array;
  state: string;
  retiredAt: Date | null;
}): SigningKeyRow {
  return {
    kid: row.kid as KeyId,
    purpose: row.purpose as SigningPurpose,
    sealed: row.sealed,
    state: row.state as SigningKeyRow['state'],
    retiredAt: row.retiredAt,
  };
}

/** Prisma asks for bytes over a buffer of their own. */
function rowBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
