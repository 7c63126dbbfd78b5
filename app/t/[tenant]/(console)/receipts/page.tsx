import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { ConsolePage } from '#ui/console-page.tsx';
import { Callout } from '#ui/callout.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { Pagination } from '#ui/pagination.tsx';
import { ReceiptFilters } from '#ui/receipt-filters.tsx';
import { filtersOf, listPlaceOf, readListQuery } from '#ui/receipt-query.ts';
import { ReceiptTable } from '#ui/receipt-table.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  // A kept address with a filter that no longer reads shows the list all the same, and says so.
  input: { query: z.record(z.string(), z.unknown()).transform(readListQuery) },
  load: async ({ tenant, session, ip, input }) => {
    const { query, ignored } = input.query;
    const filters = filtersOf(query);
    const list = await runtime().console.listReceipts(
      { tenant, session, ip },
      { filters, ...listPlaceOf(query), fold: query.entries !== 'all' },
    );
    return { list, filters, understood: ignored.length === 0 };
  },
});

export default renderPage(load, (loaded) => {
  const { data, tenant } = loaded;
  const address = `${tenant.canonicalUrl}/receipts`;
  const { rows, next } = data.list;
  return (
    <ConsolePage
      loaded={loaded}
      section="receipts"
      title="Receipts"
      description="Every call leaves a signed receipt in an append-only log. Auditors see all of them, everybody else their own."
    >
      {!data.understood && (
        <div className="mb-4">
          <Callout tone="warn" live="alert">
            A filter in the address of this page was not understood, so none is applied.
          </Callout>
        </div>
      )}
      <ReceiptFilters action={address} filters={data.filters} />
      {rows.length === 0 && next === undefined ? (
        <EmptyState title="No receipt fits">
          {Object.keys(data.filters).length > 0 ? (
            <a href={address} className="link">
              Show all receipts
            </a>
          ) : (
            'The first call of an agent of yours leaves one here.'
          )}
        </EmptyState>
      ) : (
        <ReceiptTable rows={rows} address={address} />
      )}
      <Pagination
        next={
          next === undefined
            ? undefined
            : `${address}?${new URLSearchParams({ ...(data.filters as Record<string, string>), after: next })}`
        }
      />
    </ConsolePage>
  );
});
