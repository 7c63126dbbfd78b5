import type { TenantId } from '#lib/core';
import type { TenantTransaction } from '#lib/db';
import { composeReceipt, headerText, logText, type ReceiptFrame } from './compose-receipt.ts';
import type { KeyRing } from './key-ring.ts';
import { assertStageable, encodeOutboxRow } from './outbox-row.ts';
import type { RandomPool } from './random-pool.ts';
import { insertOutboxRow } from './store-outbox.ts';
import type { CommittedHead, ReceiptDraft } from './types.ts';

const SIGNATURE_BYTES = 64;
/** A frame as long as a real one: what can be composed in it can be composed in the log. */
const TRIAL: ReceiptFrame = {
  issuer: JSON.stringify('x'.repeat(512)),
  log: logText({ id: '0'.repeat(16), size: Number.MAX_SAFE_INTEGER, root: 'A'.repeat(44) } as CommittedHead),
  header: headerText('A'.repeat(43)),
  sign: () => ({ take: () => new Uint8Array(SIGNATURE_BYTES) }),
};

/**
 * Puts a receipt into the outbox, in the transaction of the change that it is about. It is composed once for trial, so
 * that a draft that can't become a receipt fails here, with its change, and never blocks the outbox.
 * @throws {DraftError}
 */
export async function stageReceipt(
  tx: TenantTransaction,
  tenant: TenantId,
  ring: KeyRing,
  random: RandomPool,
  draft: ReceiptDraft,
): Promise<void> {
  assertStageable(draft);
  composeReceipt(draft, TRIAL, random);
  const sealing = await ring.loadSealing(draft, 'fresh');
  await insertOutboxRow(tx, tenant, encodeOutboxRow(draft, sealing, await ring.loadArchiveSealer()));
}
