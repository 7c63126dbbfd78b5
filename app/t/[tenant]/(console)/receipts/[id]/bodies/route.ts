import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { NO_RECEIPT } from '#api/receipt-problems.ts';
import { receiptId } from '#api/receipt-id.ts';

/** Shows the archived bodies as text, for who has no scripts. The reading is in the log before the answer, so it is never a GET. */
export const POST = route({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }), form: z.object({}) },
  output: 'response',
  handle: async ({ tenant, session, ip, input }) => {
    const shown = await runtime().console.openBodies({ tenant, session, ip }, input.params.id);
    if (shown === undefined) return problemResponse(NO_RECEIPT);
    const sections = shown.opened.flatMap(({ receipt, bodies }) =>
      Object.entries(bodies).map(([name, text]) => `# ${name} (receipt ${receipt})\n${text}\n`),
    );
    const nothing = ['The archive holds no bodies of this call.\n'];
    const text = [
      `# receipt of this reading\n${shown.reading}\n`,
      ...(sections.length > 0 ? sections : nothing),
    ];
    return new Response(text.join('\n'), {
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    });
  },
});
