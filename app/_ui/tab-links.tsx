interface TabLinksProps {
  /** What the pages are about, for whoever can't see it. */
  readonly label: string;
  readonly links: readonly { readonly href: string; readonly label: string; readonly current: boolean }[];
}

/** Pages about one thing, side by side. */
export function TabLinks({ label, links }: TabLinksProps) {
  return (
    <nav aria-label={label} className="mb-6 flex gap-1 overflow-x-auto border-b border-line">
      {links.map((link) => (
        <a
          key={link.href}
          href={link.href}
          aria-current={link.current ? 'page' : undefined}
          className="-mb-px border-b-2 border-transparent px-3 py-2 text-sm whitespace-nowrap text-muted no-underline hover:text-ink focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {link.label}
        </a>
      ))}
    </nav>
  );
}
