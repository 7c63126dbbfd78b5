import { type ReactNode, useId } from 'react';

interface CardProps {
  readonly title?: string;
  /** What the region is called where several cards have one title. */
  readonly label?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** One subject of a page, under its own heading. */
export function Card({ title, label, description, actions, children }: CardProps) {
  const id = useId();
  return (
    <section
      {...(label === undefined
        ? title === undefined
          ? {}
          : { 'aria-labelledby': id }
        : { 'aria-label': label })}
      className="rounded-xl border border-line bg-surface"
    >
      {title !== undefined && (
        <div className="flex flex-wrap items-start justify-between gap-3 px-5 pt-4">
          <div className="min-w-0">
            <h2 id={id} className="font-semibold wrap-anywhere">
              {title}
            </h2>
            {description !== undefined && (
              <div className="mt-0.5 max-w-prose text-sm text-muted">{description}</div>
            )}
          </div>
          {actions}
        </div>
      )}
      <div className="px-5 py-4">{children}</div>
    </section>
  );
}
