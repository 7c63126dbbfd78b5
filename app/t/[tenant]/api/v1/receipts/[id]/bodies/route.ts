import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { receiptId } from '#api/receipt-id.ts';
import { renderOpened } from '#api/receipt-wire.ts';

/**
 * Arguments and result of a call as archived, of both its receipts. A POST, for reading them is an act: its `read` receipt
 * is in the log before the answer, which names it.
 */
export const POST = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const shown = await runtime().console.openBodies({ tenant, session, ip }, input.params.id);
    return shown === undefined ? problemResponse(NO_RECEIPT) : Response.json(renderOpened(shown));
  },
});
