import type { Pool } from 'pg';
import type { TenantId } from '#lib/core';
import { HOUSEKEEPING_KEEP_HOURS, REVOCATION_PAGE_ROWS, REVOCATION_QUERY_TIMEOUT_MS } from './constants.ts';
import type { RevocationKind, RevocationNotice, TenantTransaction } from './types.ts';

/** The head row's lock is held until the commit, so numbers become visible in their order and without gaps. */
export async function insertRevocation(
  tx: TenantTransaction,
  { tenant, kind, subject }: { tenant: TenantId; kind: RevocationKind; subject: string },
): Promise<void> {
  await tx.$executeRaw`
    with head as (update revocation_head set sequence = sequence + 1 where id = 1 returning sequence)
    insert into revocation (sequence, tenant_of_subject, kind, subject)
    select sequence, ${tenant}::uuid, ${kind}, ${subject} from head`;
}

export async function readRevocationHead(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ sequence: string }>({
    ...quick,
    name: 'revocation_head',
    text: 'select sequence from revocation_head where id = 1',
  });
  const sequence = rows[0]?.sequence;
  if (sequence === undefined) throw new Error('the revocation head is missing: run `countersign migrate`');
  return BigInt(sequence);
}

export async function readRevocationsAfter(
  pool: Pool,
  sequence: bigint,
): Promise<readonly RevocationNotice[]> {
  const { rows } = await pool.query<{
    sequence: string;
    tenant: TenantId;
    kind: RevocationKind;
    subject: string;
  }>({
    ...quick,
    name: 'revocations_after',
    text: `select sequence, tenant_of_subject as tenant, kind, subject from revocation
           where sequence > $1 order by sequence limit $2`,
    values: [sequence, REVOCATION_PAGE_ROWS],
  });
  return rows.map((row) => ({ ...row, sequence: BigInt(row.sequence) }));
}

/** No replica lags behind for longer than a moment; one that slept for hours starts anew. */
export async function forgetOldRevocations(pool: Pool): Promise<void> {
  await pool.query(`delete from revocation where at < now() - $1::int * interval '1 hour'`, [
    HOUSEKEEPING_KEEP_HOURS,
  ]);
}

/** A connection that died in silence must not cost freshness: given up, it is replaced. pg reads this per query. */
const quick: object = { query_timeout: REVOCATION_QUERY_TIMEOUT_MS };
