import type { ReactNode } from 'react';
import { common } from '#ui/messages.ts';

/** A step above the page: where it lies, and what it is called. */
export interface Crumb {
  readonly href: string;
  readonly label: string;
}

interface PageHeaderProps {
  readonly title: string;
  /** Beside the title: a state, a kind. */
  readonly mark?: ReactNode;
  readonly description?: ReactNode;
  /** From the section down to the page above this one. */
  readonly trail?: readonly Crumb[];
  readonly actions?: ReactNode;
}

/** What the page is, where it lies, what can be done here. */
export function PageHeader({ title, mark, description, trail = [], actions }: PageHeaderProps) {
  return (
    <header className="mb-6">
      {trail.length > 0 && <Trail trail={trail} />}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="min-w-0 text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
            {mark}
          </div>
          {description !== undefined && (
            <div className="mt-1.5 max-w-prose text-sm text-muted">{description}</div>
          )}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
    </header>
  );
}

function Trail({ trail }: { readonly trail: readonly Crumb[] }) {
  return (
    <nav aria-label={common('breadcrumb')} className="mb-2 text-sm text-muted">
      <ol className="flex flex-wrap items-center gap-1.5">
        {trail.map(({ href, label }, index) => (
          <li key={href} className="flex min-w-0 items-center gap-1.5">
            {index > 0 && <span aria-hidden="true">/</span>}
            <a href={href} className="link min-w-0 wrap-anywhere">
              {label}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
