import { randomBytes } from 'node:crypto';
import { uuidV7, type Clock, type JsonObject } from '#lib/core';
import type { ReceiptDraft } from '#lib/receipts';
import type { Actor } from './types.ts';

/** What identity has to say in a receipt; who and when are added here. */
export interface Act {
  readonly kind: 'sign_in' | 'admin';
  readonly status?: 'ok' | 'denied';
  readonly details: JsonObject;
  readonly about?: NonNullable<ReceiptDraft['about']>;
}

export function draftReceipt(clock: Clock, actor: Actor, act: Act): ReceiptDraft {
  const at = clock.now();
  return { id: uuidV7(at, randomBytes(10)), at, actor, status: 'ok', ...act };
}
