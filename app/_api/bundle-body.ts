import { z } from 'zod';
import { receiptId } from './receipt-id.ts';
import { receiptFilters } from './receipt-query.ts';

const BUNDLE_RECEIPTS_MAX = 1_000;

/** Receipts by id, or the newest that fit filters. */
export const bundleBody = z
  .strictObject({
    receipts: z.array(receiptId).min(1).max(BUNDLE_RECEIPTS_MAX).optional(),
    filters: receiptFilters.optional(),
    bodies: z.boolean().default(false),
  })
  .refine(({ receipts, filters }) => (receipts === undefined) !== (filters === undefined), {
    message: 'either receipts or filters',
    path: ['receipts'],
  });
