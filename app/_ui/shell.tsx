import type { ReactNode } from 'react';
import { DemoBadge } from '#ui/badge.tsx';
import { Icon } from '#ui/icon.tsx';
import { Mark } from '#ui/mark.tsx';
import { common, commonWords } from '#ui/messages.ts';
import { PaletteButton } from '#ui/palette-button.tsx';
import { PersonMenu, type ShellPerson } from '#ui/person-menu.tsx';
import { type SectionId, sectionsFor } from '#ui/sections.ts';
import type { Theme } from '#ui/theme.ts';

interface ShellProps {
  /** What the page is called, in the tab and in the list of the visitor's history. */
  readonly title: string;
  readonly tenant: { readonly displayName: string; readonly canonicalUrl: string; readonly demo: boolean };
  readonly person: ShellPerson;
  readonly csrfToken: string | undefined;
  readonly theme: Theme;
  readonly section: SectionId;
  readonly children: ReactNode;
}

/** Frame of a console page: who one is, where one is, where one can go. */
export function Shell({ title, tenant, person, csrfToken, theme, section, children }: ShellProps) {
  const sections = <Sections canonicalUrl={tenant.canonicalUrl} roles={person.roles} current={section} />;
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] lg:grid-rows-[auto_1fr]">
      <title>{`${title} · ${tenant.displayName}`}</title>
      <a
        href="#content"
        className="sr-only z-20 rounded-md bg-accent px-4 py-2 text-sm font-medium text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {common('skip')}
      </a>
      <header className="flex h-14 items-center gap-3 border-b border-line bg-surface px-4 lg:col-span-2">
        <button
          type="button"
          popoverTarget="sections"
          className="-ml-2 flex size-9 items-center justify-center rounded-md hover:bg-sunken lg:hidden"
        >
          <Icon name="menu" />
          <span className="sr-only">{common('menu')}</span>
        </button>
        <a href={`${tenant.canonicalUrl}/connections`} className="rounded-sm text-ink no-underline">
          <Mark />
        </a>
        <span className="hidden h-5 border-l border-line md:block" />
        <span className="flex min-w-0 items-center gap-2 text-sm">
          <span className="truncate font-medium max-md:sr-only">{tenant.displayName}</span>
          {tenant.demo && <DemoBadge />}
        </span>
        <div className="ml-auto flex items-center gap-1">
          <PaletteButton
            canonicalUrl={tenant.canonicalUrl}
            pages={sectionsFor(person.roles).map(({ id }) => ({
              label: common(`section.${id}`),
              href: `${tenant.canonicalUrl}/${id}`,
            }))}
            words={commonWords.palette}
          />
          <PersonMenu
            person={person}
            canonicalUrl={tenant.canonicalUrl}
            csrfToken={csrfToken}
            theme={theme}
          />
        </div>
      </header>
      <div className="hidden border-r border-line bg-surface lg:block">
        <div className="sticky top-0 p-3">{sections}</div>
      </div>
      <dialog
        id="sections"
        popover="auto"
        aria-label={common('menu')}
        className="fixed inset-0 right-auto m-0 h-dvh max-h-none w-72 max-w-[85vw] border-r border-line bg-raised p-3 text-ink shadow-raised backdrop:bg-black/40"
      >
        <p className="px-3 pt-1 pb-4">
          <Mark />
        </p>
        {sections}
      </dialog>
      <main id="content" tabIndex={-1} className="w-full max-w-6xl px-4 py-6 outline-none sm:px-8 sm:py-8">
        {children}
      </main>
    </div>
  );
}

function Sections({
  canonicalUrl,
  roles,
  current,
}: {
  readonly canonicalUrl: string;
  readonly roles: readonly string[];
  readonly current: SectionId;
}) {
  const sections = sectionsFor(roles);
  const administration = sections.filter(({ group }) => group === 'administration');
  const line = ({ id, icon }: (typeof sections)[number]) => (
    <li key={id}>
      <a
        href={`${canonicalUrl}/${id}`}
        aria-current={id === current ? 'page' : undefined}
        className="flex min-h-9 items-center gap-3 rounded-md px-3 py-1.5 text-sm text-ink no-underline hover:bg-sunken aria-[current=page]:bg-accent-wash aria-[current=page]:font-medium aria-[current=page]:text-accent"
      >
        <Icon name={icon} />
        {common(`section.${id}`)}
      </a>
    </li>
  );
  return (
    <nav aria-label={common('sections')} className="flex flex-col gap-6">
      <ul className="flex flex-col gap-0.5">{sections.filter(({ group }) => group === 'work').map(line)}</ul>
      {administration.length > 0 && (
        <div>
          <p className="px-3 pb-1.5 text-xs font-medium text-muted">{common('administration')}</p>
          <ul className="flex flex-col gap-0.5">{administration.map(line)}</ul>
        </div>
      )}
    </nav>
  );
}
