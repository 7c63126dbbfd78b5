import { page } from '#lib/runtime';
import { AddServer } from '#ui/add-server.tsx';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { probeWords, servers } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({ auth: { roles: ['admin'] }, input: {}, load: async () => ({}) });

export default renderPage(load, (loaded) => (
  <ConsolePage
    loaded={loaded}
    section="servers"
    title={servers('new.title')}
    description={servers('new.description')}
    trail={[{ href: `${loaded.tenant.canonicalUrl}/servers`, label: servers('title') }]}
  >
    <Card>
      <AddServer words={probeWords} />
    </Card>
  </ConsolePage>
));
