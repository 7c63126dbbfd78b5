import type { ListFilters } from '#api/receipt-query.ts';

interface ListAddress {
  readonly filters: ListFilters;
  /** Every entry of the log, instead of one line a call. */
  readonly all: boolean;
}

/** A view of the receipt list as its address: it can be kept and sent. */
export function listAddress(
  address: string,
  { filters, all }: ListAddress,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...(all && { entries: 'all' }), ...more }))
    if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? address : `${address}?${query}`;
}

/** Seconds since the epoch as a `datetime-local` field has them, in UTC. */
export function fieldTime(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  const text = new Date(seconds * 1000).toISOString();
  return text.slice(0, seconds % 60 === 0 ? 16 : 19);
}
