'use client';

import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { type RefObject, useEffect, useState } from 'react';
import { type Destination, destinationsFor, type DestinationGroup } from '#ui/destinations.ts';

export type { Destination };

export interface PaletteWords {
  readonly open: string;
  readonly keys: string;
  readonly title: string;
  readonly hint: string;
  readonly pages: string;
  readonly servers: string;
  readonly receipt: string;
  readonly openReceipt: string;
  readonly nothing: string;
}

interface PaletteWindowProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly trigger: RefObject<HTMLElement | null>;
  readonly canonicalUrl: string;
  readonly pages: readonly Destination[];
  readonly words: PaletteWords;
}

const itemText = ({ label }: Destination) => label;

/** Type a few letters of a page or a server, or paste a receipt's id; Enter goes there. */
export function PaletteWindow({
  open,
  onOpenChange,
  trigger,
  canonicalUrl,
  pages,
  words,
}: PaletteWindowProps) {
  const [query, setQuery] = useState('');
  const servers = useServers(open, canonicalUrl);
  const change = (next: boolean) => {
    if (!next) setQuery('');
    onOpenChange(next);
  };
  const groups = destinationsFor(query, { pages, servers, canonicalUrl, words });
  return (
    <Dialog.Root open={open} onOpenChange={change}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-30 bg-black/45" />
        <Dialog.Popup
          aria-label={words.title}
          finalFocus={trigger}
          className="fixed top-[12vh] left-1/2 z-40 flex max-h-[70dvh] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 flex-col overflow-hidden rounded-xl border border-line bg-raised text-ink shadow-raised"
        >
          <Autocomplete.Root
            open
            inline
            mode="none"
            items={groups}
            value={query}
            onValueChange={setQuery}
            autoHighlight="always"
            keepHighlight
            itemToStringValue={itemText}
          >
            <Autocomplete.Input
              aria-label={words.title}
              placeholder={words.hint}
              spellCheck={false}
              className="min-h-13 w-full border-b border-line bg-transparent px-5 text-base outline-none"
            />
            <Autocomplete.Empty className="px-5 py-6 text-sm text-muted empty:hidden">
              {words.nothing}
            </Autocomplete.Empty>
            <Autocomplete.List className="overflow-y-auto p-2 empty:hidden">
              {(group: DestinationGroup) => (
                <Autocomplete.Group key={group.label} items={group.items} className="pb-2">
                  <Autocomplete.GroupLabel className="px-3 py-1 text-xs text-muted">
                    {group.label}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(item: Destination) => (
                      <Autocomplete.Item
                        key={item.href}
                        value={item}
                        onClick={() => location.assign(item.href)}
                        className="flex min-h-9 items-center justify-between gap-4 rounded-md px-3 py-1.5 text-sm data-highlighted:bg-accent-wash data-highlighted:text-accent"
                      >
                        <span className="truncate">{item.label}</span>
                        {item.detail !== undefined && (
                          <span className="truncate font-mono text-xs">{item.detail}</span>
                        )}
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Asked for when it is first opened. Without an answer the palette still leads to the pages. */
function useServers(open: boolean, canonicalUrl: string): readonly { id: string; title: string }[] {
  const [servers, setServers] = useState<readonly { id: string; title: string }[]>();
  useEffect(() => {
    if (!open || servers !== undefined) return;
    fetch(`${canonicalUrl}/destinations`, { headers: { accept: 'application/json' } })
      .then(async (response) => {
        if (response.ok) setServers(((await response.json()) as { servers: typeof servers }).servers);
      })
      .catch(() => undefined);
  }, [open, servers, canonicalUrl]);
  return servers ?? [];
}
