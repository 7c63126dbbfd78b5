'use client';

import { lazy, type ReactNode, Suspense, useState } from 'react';

const Tabs = lazy(async () => ({ default: (await import('#ui/tabs.tsx')).Tabs }));

interface EvidenceTabsProps {
  readonly label: string;
  readonly summary: string;
  readonly pieces: readonly { readonly id: string; readonly label: string; readonly content: ReactNode }[];
}

/** Folded until somebody wants to see it: only then the tabs are loaded. Without scripts the pieces follow each other. */
export function EvidenceTabs({ label, summary, pieces }: EvidenceTabsProps) {
  const [isWanted, setWanted] = useState(false);
  const inRow = (
    <div className="flex flex-col gap-6 pt-4">
      {pieces.map(({ id, label: title, content }) => (
        <section key={id} aria-label={title}>
          <h3 className="mb-1 text-sm font-semibold">{title}</h3>
          {content}
        </section>
      ))}
    </div>
  );
  return (
    <details onToggle={() => setWanted(true)}>
      <summary className="py-1 text-sm font-medium">{summary}</summary>
      {isWanted ? (
        <Suspense fallback={inRow}>
          <div className="pt-2">
            <Tabs label={label} tabs={pieces} />
          </div>
        </Suspense>
      ) : (
        inRow
      )}
    </details>
  );
}
