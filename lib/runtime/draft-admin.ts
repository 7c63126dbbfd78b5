import { randomBytes } from 'node:crypto';
import { uuidV7, type Clock, type JsonObject } from '#lib/core';
import type { ReceiptActor, ReceiptDraft } from '#lib/receipts';

/** The receipt of an operator's act that no module owns. */
export function draftAdmin(clock: Clock, actor: ReceiptActor, details: JsonObject): ReceiptDraft {
  const at = clock.now();
  return { id: uuidV7(at, randomBytes(10)), at, kind: 'admin', actor, status: 'ok', details };
}
