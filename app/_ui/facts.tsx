import type { ReactNode } from 'react';

export type FactRow = readonly [term: string, value: ReactNode];

/** A list of facts: term and value side by side, stacked on a phone. */
export function Facts({ rows }: { readonly rows: readonly FactRow[] }) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 text-sm sm:grid-cols-[10.5rem_1fr] sm:gap-y-2.5">
      {rows.map(([term, value], index) => (
        <div key={`${index} ${term}`} className="contents">
          <dt className="text-muted">{term}</dt>
          <dd className="mb-2 min-w-0 wrap-anywhere sm:mb-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
