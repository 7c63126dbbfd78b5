import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#ui/problems.ts';
import { receiptId } from '#ui/receipt-id.ts';

/** Shows the archived bodies as text. The reading is in the log before the answer, so it is never a GET. */
export const POST = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }), form: z.object({}) },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const bodies = await runtime().console.openBodies({ tenant, session, ip }, input.params.id);
    if (bodies === undefined) return problemResponse(NO_RECEIPT);
    const sections = Object.entries(bodies).map(([name, text]) => `# ${name}\n${text}\n`);
    return new Response(sections.join('\n') || 'The archive holds no bodies of this receipt.\n', {
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    });
  },
});
