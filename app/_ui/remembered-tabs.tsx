'use client';

import { Tabs } from '@base-ui/react/tabs';
import { type ReactNode, useSyncExternalStore } from 'react';

interface RememberedTabsProps {
  /** Under which name this browser keeps the choice. */
  readonly name: string;
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly label: string; readonly content: ReactNode }[];
}

/** Tabs whose choice this browser keeps. The server draws the first; what is remembered comes with the script. */
export function RememberedTabs({ name, label, tabs }: RememberedTabsProps) {
  const key = `countersign.${name}`;
  const first = tabs[0]?.id ?? '';
  const kept = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => undefined,
  );
  const chosen = tabs.some(({ id }) => id === kept) ? kept : first;
  return (
    <Tabs.Root value={chosen} onValueChange={(value: string) => keep(key, value)}>
      <Tabs.List
        aria-label={label}
        className="-mx-1 flex flex-wrap gap-1 border-b border-line px-1 pb-2"
        activateOnFocus
      >
        {tabs.map((tab) => (
          <Tabs.Tab
            key={tab.id}
            value={tab.id}
            className="min-h-9 rounded-md px-3 py-1.5 text-sm hover:bg-sunken aria-selected:bg-accent-wash aria-selected:font-medium aria-selected:text-accent"
          >
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((tab) => (
        <Tabs.Panel key={tab.id} value={tab.id} className="pt-4">
          {tab.content}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

const CHANGED = 'countersign-choice';

function subscribe(changed: () => void): () => void {
  window.addEventListener(CHANGED, changed);
  window.addEventListener('storage', changed);
  return () => {
    window.removeEventListener(CHANGED, changed);
    window.removeEventListener('storage', changed);
  };
}

/** Choices of this page where the browser keeps nothing. */
const unkept = new Map<string, string>();

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? unkept.get(key);
  } catch {
    return unkept.get(key);
  }
}

function keep(key: string, value: string): void {
  unkept.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Refused by the browser: the choice holds for this page.
  }
  window.dispatchEvent(new Event(CHANGED));
}
