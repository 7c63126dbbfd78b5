import type { TenantId } from '#lib/core';
import type { Ed25519Jwk, TrustFile } from '#lib/evidence';
import { listKeyReceipts } from './make-bundle.ts';
import { listLogs, type LogRow, type Run } from './store.ts';

type TrustedLog = TrustFile['logs'][number];

/** What an auditor pins, from this instance's own word: every log, its keys, and which leaf each receipt key signs. */
export async function makeTrustFile(run: Run, tenant: TenantId): Promise<TrustFile | undefined> {
  const rows = await listLogs(run, tenant);
  const newest = rows.at(-1);
  if (!newest) return undefined;
  const logs: TrustedLog[] = [];
  for (const row of rows) logs.push(await trustedLog(run, tenant, row));
  return { format: 'countersign-trust/v1', issuer: newest.issuer, logs };
}

async function trustedLog(run: Run, tenant: TenantId, { id, origin }: LogRow): Promise<TrustedLog> {
  const keys: string[] = [];
  const receiptKeys: { jwk: Ed25519Jwk; from: number; to?: number }[] = [];
  for (const { payload, summary } of await listKeyReceipts(run, tenant, id)) {
    const { key } = payload;
    // The last entry of a closed log names a key that is in force already.
    if (key?.purpose === 'log' && !key.closed) keys.push(key.vkey);
    if (key?.purpose !== 'receipt') continue;
    if ('log' in key) keys.push(key.log.vkey);
    // In force up to and including the receipt that names the successor, which itself begins with the next leaf.
    const before = receiptKeys.at(-1);
    if (before) before.to = summary.index;
    receiptKeys.push({ jwk: key.jwk, from: before ? summary.index + 1 : 0 });
  }
  return { origin, keys, receipt_keys: receiptKeys };
}
