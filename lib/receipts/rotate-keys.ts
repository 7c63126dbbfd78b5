import type { TenantId } from '#lib/core';
import type { Database } from '#lib/db';
import type { KeyClaim } from '#lib/evidence';
import type { Keys, PublicSigningKey } from '#lib/keys';
import { encodeVkey } from '#lib/tlog';
import { sha256 } from './hash.ts';
import { parseLogKids } from './log-kids.ts';
import type { LoadedLog } from './log.ts';
import type { ReceiptDraft, Receipts } from './types.ts';

export interface RotateDeps {
  readonly database: Database;
  readonly keys: Keys;
  readonly stage: Receipts['stage'];
  readonly flush: Receipts['flush'];
  readonly load: (tenant: TenantId) => Promise<{ readonly log: LoadedLog }>;
  readonly draft: (rest: Omit<ReceiptDraft, 'id' | 'at'>) => ReceiptDraft;
}

/**
 * Makes a new receipt or log key and stages the receipt that announces it. The sequencer puts it in force when it appends
 * that receipt: a receipt key for the leaves after it, a log key beside its predecessor.
 */
export function createRotation(deps: RotateDeps): Pick<Receipts, 'rotateReceiptKey' | 'rotateLogKey'> {
  const { database, keys } = deps;
  const rotate = async (tenant: TenantId, purpose: 'receipt' | 'log') => {
    const { log } = await deps.load(tenant);
    await database.tenantDb(tenant).transaction(async (tx) => {
      const made = await keys.createSigningKey(tx, tenant, purpose);
      const key = announcement(purpose, made, log);
      await deps.stage(tx, tenant, deps.draft({ kind: 'key', actor: { mode: 'system' }, key }));
      await keys.activateSigningKey(tx, tenant, made.kid, { retirePredecessor: true });
    });
    await deps.flush(tenant);
  };
  return {
    rotateReceiptKey: async (tenant) => await rotate(tenant, 'receipt'),
    rotateLogKey: async (tenant) => await rotate(tenant, 'log'),
  };
}

function announcement(purpose: 'receipt' | 'log', made: PublicSigningKey, log: LoadedLog): KeyClaim {
  const { kid, publicJwk: jwk, publicKey } = made;
  const { receiptKid, logKids } = log.position.signing;
  if (purpose === 'receipt') return { purpose, kid, jwk, retires: receiptKid };
  const retires = parseLogKids(logKids)[0]?.kid ?? '';
  return { purpose, kid, jwk, vkey: encodeVkey(sha256, log.origin, publicKey), retires };
}
