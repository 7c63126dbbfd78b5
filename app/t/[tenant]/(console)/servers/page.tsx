import { page, runtime } from '#lib/runtime';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { servers } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { ServerTable } from '#ui/server-table.tsx';

const load = page({
  auth: 'session',
  input: {},
  load: async ({ tenant, session, ip }) => {
    const { console } = runtime();
    return {
      rows: await console.listServers({ tenant, session, ip }),
      isAdmin: session.person.roles.includes('admin'),
    };
  },
});

export default renderPage(load, (loaded) => {
  const { rows, isAdmin } = loaded.data;
  return (
    <ConsolePage
      loaded={loaded}
      section="servers"
      title={servers('title')}
      description={servers(isAdmin ? 'descriptionAdmin' : 'descriptionMember')}
    >
      {rows.length === 0 ? (
        <EmptyState title={servers('empty.title')}>
          {servers(isAdmin ? 'empty.admin' : 'empty.member')}
        </EmptyState>
      ) : (
        <ServerTable rows={rows} canonicalUrl={loaded.tenant.canonicalUrl} />
      )}
    </ConsolePage>
  );
});
