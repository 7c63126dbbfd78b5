import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#ui/problems.ts';
import { receiptId } from '#ui/receipt-id.ts';

const BUNDLE_RECEIPTS_MAX = 1_000;

/** A bundle of receipts that verifies offline. With bodies, each reading is receipted. */
export const POST = route({
  auth: 'session',
  input: {
    body: z.strictObject({
      receipts: z.array(receiptId).min(1).max(BUNDLE_RECEIPTS_MAX),
      bodies: z.boolean().default(false),
    }),
  },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const { receipts, bodies } = input.body;
    const bundle = await runtime().console.bundle({ tenant, session, ip }, receipts, bodies);
    return bundle === undefined ? problemResponse(NO_RECEIPT) : Response.json(bundle);
  },
});
