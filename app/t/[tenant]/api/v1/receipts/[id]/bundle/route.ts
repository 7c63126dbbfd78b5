import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { receiptId } from '#api/receipt-id.ts';
import { download } from '#api/download.ts';

/** The call's two receipts with proofs and keys, without bodies: what a reader verifies. With bodies: `POST /bundles`. */
export const GET = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  output: 'response',
  handle: async ({ tenant, session, ip, input: { params } }) => {
    const bundle = await runtime().console.bundleCall({ tenant, session, ip }, params.id);
    if (bundle === undefined) return problemResponse(NO_RECEIPT);
    return download(JSON.stringify(bundle), `${params.id}.bundle.json`, 'application/json');
  },
});
