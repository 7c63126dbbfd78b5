import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { KeyClaim } from '#lib/evidence';
import type { Keys } from '#lib/keys';
import { encodeVkey } from '#lib/tlog';
import { sha256 } from './hash.ts';
import type { LoadedLog } from './log.ts';
import type { ReceiptDraft, Receipts } from './types.ts';

export interface RotateDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly stage: Receipts['stage'];
  readonly draft: (key: KeyClaim) => ReceiptDraft;
}

/**
 * Makes a new receipt or log key and stages the receipt that announces it. The sequencer puts it in force when it appends
 * that receipt: a receipt key for the leaves after it, a log key beside its predecessor.
 */
export async function rotateKey(
  tenant: TenantId,
  purpose: 'receipt' | 'log',
  log: LoadedLog,
  deps: RotateDeps,
): Promise<void> {
  const { keys } = deps;
  await deps.database.tenantDb(tenant).transaction(async (tx) => {
    const { kid, publicJwk, publicKey } = await keys.createSigningKey(tx, tenant, purpose);
    const { receiptKid, logKids } = log.position.signing;
    const claim: KeyClaim =
      purpose === 'receipt'
        ? { purpose, kid, jwk: publicJwk, retires: receiptKid }
        : {
            purpose,
            kid,
            jwk: publicJwk,
            vkey: encodeVkey(sha256, log.origin, publicKey),
            retires: logKids.split(/[ \n]/)[0] ?? '',
          };
    await deps.stage(tx, tenant, deps.draft(claim));
    await keys.activateSigningKey(tx, tenant, kid, { retirePredecessor: true });
  });
}
