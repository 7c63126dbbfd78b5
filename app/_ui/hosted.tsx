import type { ReactNode } from 'react';
import { DemoBadge } from '#ui/badge.tsx';
import { Mark } from '#ui/mark.tsx';

interface HostedProps {
  readonly title: string;
  readonly tenantName?: string;
  readonly demo?: boolean;
  readonly children: ReactNode;
}

/** Frame of a hosted page: one question, nothing beside it. Works without JavaScript. */
export function Hosted({ title, tenantName, demo, children }: HostedProps) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-xl flex-col px-4 py-8 sm:py-14">
      <title>{`${title} · ${tenantName ?? 'Countersign'}`}</title>
      <div className="mb-5 flex items-center justify-between gap-4 px-1">
        <Mark />
        <span className="flex min-w-0 items-center gap-2 text-sm text-muted">
          <span className="truncate">{tenantName}</span>
          {demo === true && <DemoBadge />}
        </span>
      </div>
      <section className="rounded-xl border border-line bg-surface p-5 sm:p-7">
        <h1 className="mb-4 text-xl font-semibold tracking-tight text-balance wrap-anywhere">{title}</h1>
        {children}
      </section>
    </main>
  );
}
