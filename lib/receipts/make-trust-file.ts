import type { TenantId } from '#lib/core';
import { ed25519JwkOf, keyThumbprint, type Ed25519Jwk, type TrustFile } from '#lib/evidence';
import type { Keys } from '#lib/keys';
import { parseVkey } from '#lib/tlog';
import { sha256 } from './hash.ts';
import { listKeyReceipts } from './make-bundle.ts';
import { listLogs, type LogRow, type Run } from './store.ts';
import type { KeyClaim } from './types.ts';

type TrustedLog = TrustFile['logs'][number];
type Thumbprints = ReadonlySet<string>;

/** Public keys whose private halves this instance has, by their thumbprints. */
interface OwnKeys {
  readonly receipt: Thumbprints;
  readonly log: Thumbprints;
}

/**
 * What an auditor pins, from this instance's own word: every log, its keys, and which leaf each receipt key signs. Logs and
 * announcements are rows, and whoever can write the database can add some: a key is named only if its private half is here.
 */
export async function makeTrustFile(
  run: Run,
  tenant: TenantId,
  keys: Pick<Keys, 'publicKeys'>,
): Promise<TrustFile | undefined> {
  const own: OwnKeys = {
    receipt: thumbprintsOf(await keys.publicKeys(tenant, 'receipt')),
    log: thumbprintsOf(await keys.publicKeys(tenant, 'log')),
  };
  const logs: TrustedLog[] = [];
  let issuer: string | undefined;
  for (const row of await listLogs(run, tenant)) {
    const log = await trustedLog(run, tenant, row, own);
    if (log.keys.length === 0 || log.receipt_keys.length === 0) continue;
    logs.push(log);
    issuer = row.issuer;
  }
  return issuer === undefined ? undefined : { format: 'countersign-trust/v1', issuer, logs };
}

async function trustedLog(
  run: Run,
  tenant: TenantId,
  { id, origin }: LogRow,
  own: OwnKeys,
): Promise<TrustedLog> {
  const keys: string[] = [];
  const receiptKeys: { jwk: Ed25519Jwk; from: number; to?: number }[] = [];
  for (const { payload, summary } of await listKeyReceipts(run, tenant, id)) {
    const { key } = payload;
    const vkey = vkeyIn(key);
    if (vkey !== undefined && own.log.has(thumbprintOfVkey(vkey) ?? '')) keys.push(vkey);
    if (key?.purpose !== 'receipt' || !own.receipt.has(keyThumbprint(sha256, key.jwk))) continue;
    // In force up to and including the receipt that names the successor, which itself begins with the next leaf.
    const before = receiptKeys.at(-1);
    if (before) before.to = summary.index;
    receiptKeys.push({ jwk: key.jwk, from: before ? summary.index + 1 : 0 });
  }
  return { origin, keys, receipt_keys: receiptKeys };
}

/** The log key that a receipt announces. The last entry of a closed log names one that is in force already. */
function vkeyIn(key: KeyClaim | undefined): string | undefined {
  if (key?.purpose === 'log') return key.closed ? undefined : key.vkey;
  return key?.purpose === 'receipt' && 'log' in key ? key.log.vkey : undefined;
}

/** The name by which `keys` knows a log's key; undefined for what is no verifier key at all. */
export function thumbprintOfVkey(vkey: string): string | undefined {
  const parsed = parseVkey(sha256, vkey);
  return parsed.ok ? keyThumbprint(sha256, ed25519JwkOf(parsed.value.publicKey)) : undefined;
}

function thumbprintsOf(keys: readonly { readonly kid: string }[]): Thumbprints {
  return new Set(keys.map(({ kid }) => kid));
}
