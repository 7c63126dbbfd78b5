import { z } from 'zod';
import { isUuid, type ReceiptId } from '#lib/core';

/** A receipt's id as it stands in an address or a body. */
export const receiptId = z
  .string()
  .refine(isUuid, 'a receipt id is a lower-case UUID')
  .transform((id) => id as ReceiptId);
