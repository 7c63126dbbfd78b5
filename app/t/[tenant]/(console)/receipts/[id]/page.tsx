import { z } from 'zod';
import { notFound } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { EffectBadge } from '#ui/badge.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { receipts } from '#ui/messages.ts';
import { ReceiptStory, titleOf } from '#ui/receipt-story.tsx';
import { receiptId } from '#api/receipt-id.ts';
import { Time } from '#ui/time.tsx';
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
  return (
    <ConsolePage
      loaded={loaded}
      section="receipts"
      title={titleOf(data.row)}
      mark={data.row.effect !== undefined && <EffectBadge effect={data.row.effect} />}
      description={
        <>
          <Time ms={data.row.at * 1000} /> · <Code>{data.row.id}</Code>
        </>
      }
      trail={[{ href: `${tenant.canonicalUrl}/receipts`, label: receipts('title') }]}
    >
      <ReceiptStory view={data} canonicalUrl={tenant.canonicalUrl} csrfToken={csrfToken} />
    </ConsolePage>
  );
});
