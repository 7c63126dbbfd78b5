import { page } from '#lib/runtime';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { receipts, receiptWords } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { FileVerifier } from '#ui/verify/file-verifier.tsx';

/** Verifies somebody's bundle in the browser. The page knows nothing of it, and is told nothing. */
const load = page({ auth: 'session', input: {}, load: async () => ({}) });

export default renderPage(load, (loaded) => (
  <ConsolePage
    loaded={loaded}
    section="receipts"
    title={receipts('file.title')}
    description={receipts('file.description')}
    trail={[{ href: `${loaded.tenant.canonicalUrl}/receipts`, label: receipts('title') }]}
  >
    <Card>
      <FileVerifier words={{ file: receiptWords.file, verify: receiptWords.verify }} />
    </Card>
  </ConsolePage>
));
