import type { ReactNode } from 'react';

interface TableProps {
  /** What is listed, for whoever can't see it. */
  readonly label: string;
  /** One that is `wide` is not there on a phone: what stands in it stands in the first one there. */
  readonly columns: readonly (string | { readonly heading: string; readonly wide: true })[];
  /** Rows of `<tr>`, made of `Cell`s. */
  readonly children: ReactNode;
}

const WIDE = 'hidden sm:table-cell';

/** A table that scrolls by itself on a narrow screen; the page never does. */
export function Table({ label, columns, children }: TableProps) {
  return (
    <section
      className="relative overflow-x-auto rounded-xl border border-line bg-surface"
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
    >
      <table className="w-full border-collapse text-left text-sm">
        <thead className="border-b border-line text-xs text-muted">
          <tr>
            {columns.map((column) => {
              const { heading, wide } =
                typeof column === 'string' ? { heading: column, wide: false } : column;
              return (
                <th
                  key={heading}
                  scope="col"
                  className={`px-4 py-2.5 font-medium whitespace-nowrap ${wide ? WIDE : ''}`}
                >
                  {heading}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </section>
  );
}

/** A line of a table. */
export function Row({ children }: { readonly children: ReactNode }) {
  return <tr className="hover:bg-sunken">{children}</tr>;
}

interface CellProps {
  readonly children?: ReactNode;
  readonly wrap?: boolean;
  /** Of a column that is not there on a phone. */
  readonly wide?: boolean;
}

/** One cell. Short values stay on their line, `wrap` is for text. */
export function Cell({ children, wrap = false, wide = false }: CellProps) {
  return (
    <td
      className={`px-4 py-2.5 align-top ${wrap ? 'min-w-48 break-words' : 'whitespace-nowrap'} ${wide ? WIDE : ''}`}
    >
      {children}
    </td>
  );
}
