import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { receiptId } from '#api/receipt-id.ts';
import { renderView } from '#api/receipt-wire.ts';

/** One receipt: its payload, what it discloses to this reader, its SD-JWT and its proof. No bodies. */
export const GET = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const view = await runtime().console.viewReceipt({ tenant, session, ip }, input.params.id);
    return view === undefined ? problemResponse(NO_RECEIPT) : Response.json(renderView(view));
  },
});
