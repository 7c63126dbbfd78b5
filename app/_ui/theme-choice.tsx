'use client';

import type { ChangeEvent } from 'react';

interface ThemeChoiceProps {
  /** Where the choice is sent; as a form, it works without this script. */
  readonly action: string;
  readonly legend: string;
  readonly apply: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: string;
}

/** Light, dark, or as the device says. Takes effect at once; the server remembers it for the next page. */
export function ThemeChoice({ action, legend, apply, options, chosen }: ThemeChoiceProps) {
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const root = document.documentElement;
    if (event.target.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = event.target.value;
    const body = new URLSearchParams({ theme: event.target.value });
    // A choice that could not be kept is not worth a word: it holds for this page all the same.
    fetch(action, { method: 'POST', body, redirect: 'manual' }).catch(() => undefined);
  };
  return (
    <form action={action} method="post">
      <fieldset>
        <legend className="mb-1.5 text-xs text-muted">{legend}</legend>
        <div className="grid grid-cols-3 rounded-md border border-control p-0.5 text-center text-sm">
          {options.map(({ value, label }) => (
            <label
              key={value}
              className="rounded-sm px-2 py-1 has-checked:bg-accent-wash has-checked:font-medium has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="theme"
                value={value}
                defaultChecked={value === chosen}
                onChange={choose}
                className="sr-only"
              />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      <noscript>
        <button type="submit" className="mt-2 text-sm underline">
          {apply}
        </button>
      </noscript>
    </form>
  );
}
