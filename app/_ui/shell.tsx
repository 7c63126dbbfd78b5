import type { ReactNode } from 'react';
import { Mark } from './mark.tsx';

interface ShellProps {
  /** What the page is called, in the tab and in the list of the visitor's history. */
  readonly title: string;
  readonly tenant?: { readonly displayName: string; readonly canonicalUrl: string; readonly demo: boolean };
  readonly person?: { readonly label: string; readonly signOut: ReactNode };
  readonly current?: 'connections' | 'receipts';
  readonly children: ReactNode;
}

const SECTIONS = [
  { id: 'connections', label: 'My agents' },
  { id: 'receipts', label: 'Receipts' },
] as const;

/** Frame of a console page: who one is, where one is, where one can go. */
export function Shell({ title, tenant, person, current, children }: ShellProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <title>{`${title} · ${tenant?.displayName ?? 'Countersign'}`}</title>
      <a
        href="#content"
        className="sr-only bg-surface px-4 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3">
          <Mark />
          {tenant && <TenantName displayName={tenant.displayName} demo={tenant.demo} />}
          {tenant && person && <Sections canonicalUrl={tenant.canonicalUrl} current={current} />}
          {person && (
            <div className="ml-auto flex items-center gap-3 text-sm">
              <span className="text-muted">{person.label}</span>
              {person.signOut}
            </div>
          )}
        </div>
      </header>
      <main id="content" className="mx-auto w-full max-w-5xl grow px-4 py-8">
        {children}
      </main>
    </div>
  );
}

function TenantName({ displayName, demo }: { displayName: string; demo: boolean }) {
  return (
    <span className="flex items-center gap-2 text-sm">
      <span className="font-medium">{displayName}</span>
      {demo && <span className="rounded bg-warn-wash px-2 py-0.5 text-xs font-medium text-warn">demo</span>}
    </span>
  );
}

function Sections({ canonicalUrl, current }: { canonicalUrl: string; current: ShellProps['current'] }) {
  return (
    <nav aria-label="Sections" className="flex gap-1 text-sm">
      {SECTIONS.map(({ id, label }) => (
        <a
          key={id}
          href={`${canonicalUrl}/${id}`}
          aria-current={id === current ? 'page' : undefined}
          className="rounded px-3 py-1.5 text-ink no-underline hover:bg-sunken aria-[current=page]:bg-sunken aria-[current=page]:font-medium"
        >
          {label}
        </a>
      ))}
    </nav>
  );
}
