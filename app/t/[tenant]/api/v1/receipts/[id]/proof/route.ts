import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { receiptId } from '#api/receipt-id.ts';
import { download } from '#api/download.ts';

/** The receipt's place in the log against the newest checkpoint, as a C2SP tlog-proof file. */
export const GET = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  output: 'response',
  handle: async ({ tenant, session, ip, input: { params } }) => {
    const view = await runtime().console.viewReceipt({ tenant, session, ip }, params.id);
    if (view?.proof === undefined) return problemResponse(NO_RECEIPT);
    return download(view.proof, `${params.id}.tlog-proof`, 'text/plain; charset=utf-8');
  },
});
