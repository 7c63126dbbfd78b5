import type { ReactNode } from 'react';

/** What to read when there is nothing to list: one sentence, one next step. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="rounded-xl border border-dashed border-control px-6 py-14 text-center">
      <h2 className="font-semibold text-balance">{title}</h2>
      <div className="mx-auto mt-2 max-w-prose text-sm text-muted">{children}</div>
    </div>
  );
}
