import { z } from 'zod';

const seconds = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const word = z.string().min(1).max(300);
// A form sends its empty fields too: they mean "no filter".
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

/** Filters and place of the receipt list, the same for page and API. Times are seconds since the epoch. */
export const receiptQuery = z.object({
  person: optional(word),
  agent: optional(word),
  server: optional(word),
  tool: optional(word),
  effect: optional(z.enum(['allow', 'deny', 'hold'])),
  kind: optional(
    z.enum([
      'attempt',
      'tool_call',
      'resource_read',
      'prompt_get',
      'completion',
      'task',
      'sampling',
      'roots',
      'elicitation',
      'interim',
      'late_outcome',
      'consent',
      'approval',
      'sign_in',
      'token',
      'read',
      'key',
      'admin',
      'erasure',
      'aggregate',
    ]),
  ),
  from: optional(seconds),
  to: optional(seconds),
  after: optional(z.string().max(200)),
  limit: optional(z.coerce.number().int().min(1).max(200)),
});

export type ReceiptQueryInput = z.output<typeof receiptQuery>;

/** The query without its place: what the list is filtered by. Absent filters are left out. */
export function filtersOf({
  after: _after,
  limit: _limit,
  ...filters
}: ReceiptQueryInput): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
