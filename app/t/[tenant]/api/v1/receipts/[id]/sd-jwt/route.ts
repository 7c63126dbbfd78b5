import { z } from 'zod';
import { problemResponse, type Problem } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { receiptId } from '#api/receipt-id.ts';
import { download } from '#api/download.ts';

const UNSIGNED: Problem = {
  status: 404,
  code: 'no-sd-jwt',
  title: 'An attempt is no SD-JWT',
  detail: 'Attempts have no signature of their own: every checkpoint that covers them signs them.',
  remedy: 'Take the proof, or the bundle, which holds both receipts of the call.',
};

/** The signed receipt with what it discloses to this reader (RFC 9901). */
export const GET = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  output: 'response',
  handle: async ({ tenant, session, ip, input: { params } }) => {
    const view = await runtime().console.viewReceipt({ tenant, session, ip }, params.id);
    if (view === undefined) return problemResponse(NO_RECEIPT);
    if (view.sdJwt === undefined) return problemResponse(UNSIGNED);
    return download(view.sdJwt, `${params.id}.sd-jwt`, 'application/sd-jwt');
  },
});
