'use client';

import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { useKeptChoice } from '#ui/use-kept-choice.ts';

interface TabsProps {
  /** Under which name this browser keeps which one was chosen; all tabs of that name follow. */
  readonly remember?: string;
  /** What one chooses among, for whoever can't see it. */
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly label: string; readonly content: ReactNode }[];
}

/** Views of one thing, one at a time. Arrow keys move between them. Pages of their own are a `TabLinks` instead. */
export function Tabs({ remember, label, tabs }: TabsProps) {
  const [kept, keep] = useKeptChoice(remember);
  const chosen = tabs.find(({ id }) => id === kept) ?? tabs[0];
  return (
    <Base.Root value={chosen?.id ?? null} onValueChange={(value: string) => keep(value)}>
      <Base.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            className="-mb-px border-b-2 border-transparent px-3 py-2 text-sm whitespace-nowrap text-muted hover:text-ink focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:font-medium aria-selected:text-ink"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} keepMounted className="pt-4">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
