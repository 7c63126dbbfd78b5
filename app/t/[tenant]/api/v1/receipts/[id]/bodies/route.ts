import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#ui/problems.ts';
import { receiptId } from '#ui/receipt-id.ts';

/** Arguments and result as archived. A POST, for reading them is an act: its `read` receipt is in the log before the answer. */
export const POST = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const bodies = await runtime().console.openBodies({ tenant, session, ip }, input.params.id);
    return bodies === undefined ? problemResponse(NO_RECEIPT) : Response.json(bodies);
  },
});
