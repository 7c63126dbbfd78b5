import { z } from 'zod';
import { route, runtime } from '#lib/runtime';
import { filtersOf, receiptQuery } from '#ui/receipt-query.ts';
import { renderRow } from '#ui/receipt-wire.ts';

/** Receipts, newest first: auditors and admins see all, everybody else their own. `next` is the place of the next page. */
export const GET = route({
  auth: 'session',
  input: { query: receiptQuery },
  output: z.object({ receipts: z.array(z.looseObject({ id: z.string() })), next: z.string().optional() }),
  handle: async ({ tenant, session, ip, input }) => {
    const { after, limit } = input.query;
    const page = await runtime().console.listReceipts(
      { tenant, session, ip },
      {
        filters: filtersOf(input.query),
        ...(after === undefined ? {} : { after }),
        ...(limit === undefined ? {} : { limit }),
      },
    );
    return {
      receipts: page.rows.map(renderRow),
      ...(page.next === undefined ? {} : { next: page.next }),
    };
  },
});
