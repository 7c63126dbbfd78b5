import type { ReactNode } from 'react';
import { Mark } from './mark.tsx';

interface HostedProps {
  readonly title: string;
  readonly tenantName?: string;
  readonly demo?: boolean;
  readonly children: ReactNode;
}

/** Frame of a hosted page: one question, nothing beside it. Works without JavaScript. */
export function Hosted({ title, tenantName, demo, children }: HostedProps) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-lg flex-col px-4 py-10">
      <title>{`${title} · Countersign`}</title>
      <div className="mb-6 flex items-center justify-between">
        <Mark />
        <span className="flex items-center gap-2 text-sm text-muted">
          {tenantName}
          {demo && (
            <span className="rounded bg-warn-wash px-2 py-0.5 text-xs font-medium text-warn">demo</span>
          )}
        </span>
      </div>
      <section className="rounded-lg border border-line bg-surface p-6">
        <h1 className="mb-4 text-xl font-semibold text-balance">{title}</h1>
        {children}
      </section>
    </main>
  );
}
