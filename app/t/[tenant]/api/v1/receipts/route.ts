import { z } from 'zod';
import { route, runtime } from '#lib/runtime';
import { filtersOf, listPlaceOf, receiptQuery } from '#api/receipt-query.ts';
import { renderRow } from '#api/receipt-wire.ts';

/**
 * Receipts, newest first: auditors and admins see all, everybody else their own. `entries=calls` leaves out an attempt whose
 * outcome is a line of the list itself. `next` goes into `after` (older), `previous` into `before` (newer).
 */
export const GET = route({
  auth: 'session',
  input: { query: receiptQuery },
  output: z.object({
    receipts: z.array(z.looseObject({ id: z.string() })),
    next: z.string().optional(),
    previous: z.string().optional(),
  }),
  handle: async ({ tenant, session, ip, input: { query } }) => {
    const { rows, ...places } = await runtime().console.listReceipts(
      { tenant, session, ip },
      { filters: filtersOf(query), ...listPlaceOf(query), fold: query.entries === 'calls' },
    );
    return { receipts: rows.map(renderRow), ...places };
  },
});
