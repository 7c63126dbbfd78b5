import { OUTCOME_KINDS } from '#lib/evidence';
import type { ReceiptDraft } from './types.ts';

/** The attempt that this draft would close: kinds that merely name one (what a server asks meanwhile) close nothing. */
export function closedAttempt({ kind, attempt }: ReceiptDraft): ReceiptDraft['attempt'] {
  return OUTCOME_KINDS.includes(kind) ? attempt : undefined;
}
