import { describe, expect, it } from 'vitest';
import { idTerm, idTerms, receiptTerms, TERM_TYPES } from './terms.ts';
import { newAttempt, newId, newOutcome, newPerson } from './testing/drafts.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import type { ReceiptDraft } from './types.ts';

const AT = 1_790_000_000_000;

function queued(draft: ReceiptDraft): QueuedReceipt {
  return { draft, sealing: { client: 'client' } } as QueuedReceipt;
}

describe('the term of an id', () => {
  it('is the same for ids of the same 16 ms, and another one for the next', () => {
    expect(idTerm('receipt', newId(AT))).toEqual(idTerm('receipt', newId(AT + 15)));
    expect(idTerm('receipt', newId(AT))).not.toEqual(idTerm('receipt', newId(AT + 16)));
  });

  it('is a UUID, as the column wants it', () => {
    expect(idTerm('closes', '0194f3a0-1c27-7abc-8def-0123456789ab')).toEqual({
      type: TERM_TYPES.closes,
      term: '0194f3a01c2000000000000000000000',
    });
  });

  it('is asked for once, however many ids have it', () => {
    expect(idTerms('receipt', [newId(AT), newId(AT + 1), newId(AT + 40)])).toHaveLength(2);
  });
});

describe('the terms of a batch', () => {
  it('name a moment once for all receipts that were allotted in it, and every attempt that is closed', () => {
    const calls = Array.from({ length: 20 }, () => newAttempt(newPerson()));
    const receipts = calls.flatMap((call) => [call, newOutcome(call)]).map(queued);
    const terms = receiptTerms(receipts);
    const keys = terms.map(({ type, term }) => `${type} ${term}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { draft } of receipts) {
      expect(terms).toContainEqual(idTerm('receipt', draft.id));
      if (draft.attempt !== undefined) expect(terms).toContainEqual(idTerm('closes', draft.attempt));
    }
  });
});
