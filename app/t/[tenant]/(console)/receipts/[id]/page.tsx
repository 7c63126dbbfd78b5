import { z } from 'zod';
import { notFound } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { ConsolePage } from '#ui/console-page.tsx';
import { ReceiptStory, titleOf } from '#ui/receipt-story.tsx';
import { receiptId } from '#ui/receipt-id.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: receiptId }) },
  load: async ({ tenant, session, ip, input }) => {
    const view = await runtime().console.viewReceipt({ tenant, session, ip }, input.params.id);
    return view ?? notFound();
  },
});

export default renderPage(load, (loaded) => {
  const { data, tenant, csrfToken } = loaded;
  const address = `${tenant.canonicalUrl}/receipts`;
  return (
    <ConsolePage loaded={loaded} title={titleOf(data.row)} current="receipts">
      <p className="mb-4 text-sm">
        <a href={address}>All receipts</a>
      </p>
      <ReceiptStory view={data} address={`${address}/${data.row.id}`} csrfToken={csrfToken ?? ''} />
    </ConsolePage>
  );
});
