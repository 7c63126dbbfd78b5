/* oxlint-disable jsx-a11y/no-redundant-roles, jsx-a11y/no-interactive-element-to-noninteractive-role -- what is laid out as blocks is no table to some browsers */
import type { ReactNode } from 'react';

interface TableProps {
  /** What is listed, for whoever can't see it. */
  readonly label: string;
  readonly columns: readonly string[];
  /** Rows of `Row`s, made of `Cell`s. */
  readonly children: ReactNode;
}

/**
 * A table. Where there is no room for its columns, each row is a block of its own with a line for each cell (WCAG 2.2,
 * 1.4.10); in between it scrolls by itself, the page never does. Its roles are spelled out, for blocks have none.
 */
export function Table({ label, columns, children }: TableProps) {
  return (
    <section
      className="@container relative overflow-x-auto rounded-xl border border-line bg-surface"
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
    >
      <table role="table" className="w-full border-collapse text-left text-sm @max-3xl:block">
        <thead role="rowgroup" className="border-b border-line text-xs text-muted @max-3xl:sr-only">
          <tr role="row">
            {columns.map((heading) => (
              <th
                key={heading}
                role="columnheader"
                scope="col"
                className="px-4 py-2.5 font-medium whitespace-nowrap"
              >
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="divide-y divide-line @max-3xl:block">
          {children}
        </tbody>
      </table>
    </section>
  );
}

/** A line of a table. */
export function Row({ children }: { readonly children: ReactNode }) {
  return (
    <tr role="row" className="hover:bg-sunken @max-3xl:block @max-3xl:px-4 @max-3xl:py-3">
      {children}
    </tr>
  );
}

interface CellProps {
  readonly children?: ReactNode;
  readonly wrap?: boolean;
  /** Its column's heading, which stands before it where there is no room for columns. What a row is about needs none. */
  readonly label?: string;
}

/** The heading as the eye needs it; whoever hears the table has it from the column. */
const LABELLED =
  "@max-3xl:flex @max-3xl:py-0.5 @max-3xl:before:w-28 @max-3xl:before:shrink-0 @max-3xl:before:text-muted @max-3xl:before:content-[attr(data-label)_/_'']";

/** One cell. Short values stay on their line, `wrap` is for text. */
export function Cell({ children, wrap = false, label }: CellProps) {
  const isEmpty = children === undefined || children === null || children === false || children === '';
  const stacked = isEmpty
    ? '@max-3xl:hidden'
    : label === undefined
      ? '@max-3xl:block @max-3xl:py-1'
      : LABELLED;
  return (
    <td
      role="cell"
      data-label={label}
      className={`px-4 py-2.5 align-top @max-3xl:flex-wrap @max-3xl:gap-x-3 @max-3xl:px-0 @max-3xl:whitespace-normal ${wrap ? '@3xl:min-w-48' : 'whitespace-nowrap'} ${stacked}`}
    >
      <div className={`min-w-0 @max-3xl:grow @max-3xl:basis-48 ${wrap ? 'wrap-anywhere' : ''}`}>
        {children}
      </div>
    </td>
  );
}
