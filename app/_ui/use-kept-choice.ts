'use client';

import { useState, useSyncExternalStore } from 'react';

/**
 * A choice that this browser keeps under a name; without one, this page does. The server, and the first paint of the script, know none of it, so both
 * draw the same; what is kept comes right after.
 */
export function useKeptChoice(
  name: string | undefined,
): readonly [string | undefined, (value: string) => void] {
  const own = useState<string>();
  const key = `countersign.${name}`;
  const kept = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => undefined,
  );
  return name === undefined ? own : [kept, (value) => keep(key, value)];
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

/** Where the browser keeps nothing. */
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
