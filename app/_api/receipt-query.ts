import { z } from 'zod';
import type { SubjectReference } from '#lib/core';
import { EFFECTS, OUTCOME_STATUSES, RECEIPT_KINDS } from '#lib/evidence';
import { receiptId } from './receipt-id.ts';

/** No id and no name that is looked for holds characters that nobody sees. */
const word = z
  .string()
  .max(300, 'at most 300 characters')
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'no control or direction characters');

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)Z?$/;

/** Seconds since the epoch, or a date and time in UTC as a form sends it: `2026-01-31T09:30`. */
const moment = z
  .union([z.number(), z.string()])
  .transform((value) =>
    typeof value === 'number' || /^\d{1,16}$/.test(value) ? Number(value) : secondsOf(value),
  )
  .refine(
    (seconds) => Number.isSafeInteger(seconds) && seconds >= 0,
    'seconds since the epoch, or 2026-01-31T09:30 (UTC)',
  );

function secondsOf(text: string): number {
  const [, date, time] = DATE_TIME.exec(text) ?? [];
  return date === undefined || time === undefined ? Number.NaN : Date.parse(`${date}T${time}Z`) / 1000;
}

// A form sends its empty fields too: they mean "no filter".
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `one of ${values.join(', ')}`);

const FILTERS = {
  person: optional(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{22}$/, 'a reference to a person: 22 characters')
      .transform((reference) => reference as SubjectReference),
  ),
  agent: optional(word),
  server: optional(word),
  tool: optional(word),
  effect: optional(oneOf(EFFECTS)),
  status: optional(oneOf([...OUTCOME_STATUSES, 'none'])),
  kind: optional(oneOf(RECEIPT_KINDS as [string, ...string[]] as [(typeof RECEIPT_KINDS)[number]])),
  receipt: optional(receiptId),
  from: optional(moment),
  to: optional(moment),
};
const place = z.string().regex(/^[0-9a-f]{16}\.[0-9]{1,18}$/, 'a place that a page of the list has given');
const PLACE = {
  entries: optional(oneOf(['calls', 'all'])),
  after: optional(place),
  before: optional(place),
  limit: optional(
    z.coerce.number('a number').int('a whole number').min(1, 'at least 1').max(200, 'at most 200'),
  ),
};

const inOrder = ({ from, to }: { from?: number | undefined; to?: number | undefined }) =>
  from === undefined || to === undefined || from <= to;
const ORDER = { message: 'ends before it begins', path: ['to'] };

/** Filters alone, as a body sends them. */
export const receiptFilters = z.strictObject(FILTERS).refine(inOrder, ORDER);

/** Filters and place of the receipt list, the same for page and API. What is not understood is refused. */
export const receiptQuery = z
  .strictObject({ ...FILTERS, ...PLACE })
  .refine(inOrder, ORDER)
  .refine(({ after, before }) => after === undefined || before === undefined, {
    message: 'either after or before',
    path: ['before'],
  });

export type ReceiptQueryInput = z.output<typeof receiptQuery>;

/** Filters that are set. */
export type ListFilters = {
  readonly [name in keyof typeof FILTERS]?: NonNullable<z.output<(typeof FILTERS)[name]>>;
};

/** What the list is filtered by, without its place. Absent filters are left out. */
export function filtersOf(query: z.output<typeof receiptFilters>): ListFilters {
  return Object.fromEntries(
    Object.keys(FILTERS).flatMap((name) => {
      const value = query[name as keyof typeof query];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The query's place in the list. */
export function listPlaceOf({ after, before, limit }: ReceiptQueryInput): {
  readonly after?: string;
  readonly before?: string;
  readonly limit?: number;
} {
  return {
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** A page shows what it understands of a kept address, and names the rest. */
export function readListQuery(raw: Readonly<Record<string, unknown>>): {
  readonly query: ReceiptQueryInput;
  readonly ignored: readonly string[];
} {
  const read = receiptQuery.safeParse(raw);
  if (read.success) return { query: read.data, ignored: [] };
  const wrong = new Set(
    read.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(0, 1).map(String),
    ),
  );
  const kept = Object.fromEntries(Object.entries(raw).filter(([name]) => !wrong.has(name)));
  const again = receiptQuery.safeParse(kept);
  return { query: again.success ? again.data : ({} as ReceiptQueryInput), ignored: [...wrong] };
}
