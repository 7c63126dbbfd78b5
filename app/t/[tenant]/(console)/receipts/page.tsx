import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { LinkButton } from '#ui/button.tsx';
import { BundleDownload } from '#ui/bundle-download.tsx';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { receipts, receiptWords } from '#ui/messages.ts';
import { listAddress } from '#ui/receipt-address.ts';
import { ReceiptFilters } from '#ui/receipt-filters.tsx';
import { Pagination } from '#ui/pagination.tsx';
import { filtersOf, listPlaceOf, readListQuery } from '#api/receipt-query.ts';
import { ReceiptTable } from '#ui/receipt-table.tsx';
import { renderPage } from '#ui/render-page.tsx';
import { TabLinks } from '#ui/tab-links.tsx';
import { visibleText } from '#ui/visible-text.ts';

const load = page({
  auth: 'session',
  // A kept address with a filter that no longer reads shows the list all the same, and says so.
  input: { query: z.record(z.string(), z.unknown()).transform(readListQuery) },
  load: async ({ tenant, session, ip, input }) => {
    const { query, ignored } = input.query;
    const visitor = { tenant, session, ip };
    const filters = filtersOf(query);
    const all = query.entries === 'all';
    const { console, clock } = runtime();
    const [list, choices] = await Promise.all([
      console.listReceipts(visitor, { filters, ...listPlaceOf(query), fold: !all }),
      console.receiptChoices(visitor),
    ]);
    return { list, choices, filters, all, ignored, now: Math.floor(clock.now() / 1000) };
  },
});

export default renderPage(load, (loaded) => {
  const { data, tenant } = loaded;
  const { filters, all, choices, ignored, now } = data;
  const { rows, next, previous } = data.list;
  const address = `${tenant.canonicalUrl}/receipts`;
  const filtered = Object.keys(filters).length > 0;
  const here = (more: Readonly<Record<string, string>> = {}, every = all) =>
    listAddress(address, { filters, all: every }, more);
  return (
    <ConsolePage
      loaded={loaded}
      section="receipts"
      title={receipts('title')}
      description={receipts('description')}
      actions={<LinkButton href={`${address}/verify`}>{receipts('verifyFile')}</LinkButton>}
    >
      {ignored.length > 0 && (
        <div className="mb-4">
          <Callout tone="warn" live="alert">
            {receipts('ignored', { names: ignored.map((name) => visibleText(name).slice(0, 40)).join(', ') })}
          </Callout>
        </div>
      )}
      <ReceiptFilters address={address} filters={filters} all={all} choices={choices} now={now} />
      <TabLinks
        label={receipts('entries.label')}
        links={[
          { href: here({}, false), label: receipts('entries.calls'), current: !all },
          { href: here({}, true), label: receipts('entries.all'), current: all },
        ]}
      />
      {rows.length > 0 && <ReceiptTable rows={rows} address={address} folded={!all} />}
      {rows.length === 0 && (
        <EmptyState title={receipts(filtered || next !== undefined ? 'empty.title' : 'empty.titleNone')}>
          <Empty next={next} filtered={filtered} address={address} />
        </EmptyState>
      )}
      <Pagination
        newest={previous === undefined ? undefined : here()}
        newer={previous === undefined ? undefined : here({ before: previous })}
        older={next === undefined ? undefined : here({ after: next })}
      />
      {rows.length > 0 && (
        <div className="mt-6">
          <Card description={receipts('export.hint')} title={receipts('export.button')}>
            <BundleDownload
              key={here()}
              ofList
              body={{ filters }}
              name="receipts.bundle.json"
              button={receipts('export.button')}
              words={receiptWords.export}
            />
          </Card>
        </div>
      )}
    </ConsolePage>
  );
});

interface EmptyProps {
  readonly next: string | undefined;
  readonly filtered: boolean;
  readonly address: string;
}

/** A search looks at a bounded stretch at a time: an empty page with an onward is not the end. */
function Empty({ next, filtered, address }: EmptyProps) {
  if (next !== undefined) return receipts('empty.older');
  if (!filtered) return receipts('empty.none');
  return (
    <a href={address} className="link">
      {receipts('empty.clear')}
    </a>
  );
}
