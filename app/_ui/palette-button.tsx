'use client';

import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Icon } from '#ui/icon.tsx';
import type { Destination, PaletteWords } from '#ui/palette-window.tsx';

/** A chunk of its own: it is loaded when somebody reaches for it. */
const loadWindow = async () => ({ default: (await import('#ui/palette-window.tsx')).PaletteWindow });
const PaletteWindow = lazy(loadWindow);

interface PaletteButtonProps {
  readonly canonicalUrl: string;
  readonly pages: readonly Destination[];
  readonly words: PaletteWords;
}

/** Opens the palette, as Ctrl+K and Cmd+K do from anywhere on the page. */
export function PaletteButton({ canonicalUrl, pages, words }: PaletteButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const plain = !event.shiftKey && !event.altKey && (event.ctrlKey || event.metaKey);
      if (!plain || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      setWanted(true);
      setOpen((was) => !was);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => {
          setWanted(true);
          setOpen(true);
        }}
        onPointerEnter={() => void loadWindow()}
        onFocus={() => void loadWindow()}
        className="flex min-h-9 items-center gap-2 rounded-md px-2.5 py-1.5 text-sm text-muted hover:bg-sunken sm:min-w-36 lg:min-w-52 sm:border sm:border-control sm:bg-canvas"
      >
        <Icon name="search" />
        <span className="max-sm:sr-only">{words.open}</span>
        <kbd aria-hidden="true" className="ml-auto font-sans text-xs max-sm:hidden">
          {words.keys}
        </kbd>
      </button>
      {wanted && (
        <Suspense>
          <PaletteWindow
            open={open}
            onOpenChange={setOpen}
            trigger={button}
            canonicalUrl={canonicalUrl}
            pages={pages}
            words={words}
          />
        </Suspense>
      )}
    </>
  );
}
