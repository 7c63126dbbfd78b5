import { describe, expect, it } from 'vitest';
import { QUEUE_RECEIPTS_MAX } from './constants.ts';
import type { QueuedReceipt } from './queued-receipt.ts';
import { ReceiptQueue } from './receipt-queue.ts';
import { newAttempt, newOutcome } from './testing/drafts.ts';

function queued(role: QueuedReceipt['role'], draft: QueuedReceipt['draft']): QueuedReceipt {
  const sealing = { own: undefined, about: undefined, client: '' };
  const kept = { deadlineMs: 0, bodyBytes: 0, told: false };
  const rest = { ...kept, needsLookup: false, closes: false, attempt: undefined };
  return { draft, role, sealing, done: () => undefined, ...rest };
}

describe('a full queue', () => {
  const call = newAttempt(undefined);
  const queue = new ReceiptQueue();
  for (let count = 0; count < QUEUE_RECEIPTS_MAX; count += 1) queue.push(queued('attempt', call));

  it('takes the outcome of what was forwarded, and neither attempts nor denials', () => {
    const { attempt: _, ...denied } = newOutcome(call, { status: 'denied' });
    expect(queue.hasRoomFor(queued('attempt', call))).toBe(false);
    expect(queue.hasRoomFor(queued('outcome', denied))).toBe(false);
    expect(queue.hasRoomFor(queued('outcome', newOutcome(call)))).toBe(true);
  });
});
