/** Somewhere to go. */
export interface Destination {
  readonly label: string;
  readonly href: string;
  readonly detail?: string;
}

export interface DestinationGroup {
  readonly label: string;
  readonly items: readonly Destination[];
}

interface Known {
  readonly pages: readonly Destination[];
  readonly servers: readonly { readonly id: string; readonly title: string }[];
  readonly canonicalUrl: string;
  readonly words: {
    readonly pages: string;
    readonly servers: string;
    readonly receipt: string;
    readonly openReceipt: string;
  };
}

const RECEIPT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What fits the letters typed so far, in groups; a receipt's id leads to the receipt. */
export function destinationsFor(typed: string, known: Known): readonly DestinationGroup[] {
  const { pages, servers, canonicalUrl, words } = known;
  const query = typed.trim().toLowerCase();
  const fits = (...texts: readonly string[]) => texts.some((text) => text.toLowerCase().includes(query));
  const groups: DestinationGroup[] = [
    { label: words.pages, items: pages.filter(({ label }) => fits(label)) },
    {
      label: words.servers,
      items: servers
        .filter(({ id, title }) => fits(id, title))
        .map(({ id, title }) => ({
          label: title,
          detail: id,
          href: `${canonicalUrl}/servers/${encodeURIComponent(id)}`,
        })),
    },
    {
      label: words.receipt,
      items: RECEIPT_ID.test(query)
        ? [{ label: words.openReceipt, detail: query, href: `${canonicalUrl}/receipts/${query}` }]
        : [],
    },
  ];
  return groups.filter(({ items }) => items.length > 0);
}
