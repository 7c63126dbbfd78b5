import { page, runtime } from '#lib/runtime';
import { LinkButton } from '#ui/button.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { servers } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { ServerTable } from '#ui/server-table.tsx';

const load = page({
  auth: 'session',
  input: {},
  load: async ({ tenant, session, ip }) => {
    const { console, manifest } = runtime();
    const { roles } = session.person;
    const mayAdd = roles.includes('admin');
    const seesOwners = mayAdd || roles.includes('auditor');
    const [rows, resources] = await Promise.all([
      console.listServers({ tenant, session, ip }),
      seesOwners ? manifest.list(tenant, 'server') : [],
    ]);
    const owners = new Map(
      resources.flatMap(({ id, owner }) => (id === undefined ? [] : [[id, owner] as const])),
    );
    return { rows, owners, mayAdd };
  },
});

export default renderPage(load, (loaded) => {
  const { rows, owners, mayAdd } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const add = (
    <LinkButton href={`${canonicalUrl}/servers/new`} tone="primary">
      {servers('add')}
    </LinkButton>
  );
  return (
    <ConsolePage
      loaded={loaded}
      section="servers"
      title={servers('title')}
      description={servers(mayAdd ? 'descriptionAdmin' : 'descriptionMember')}
      actions={mayAdd ? add : undefined}
    >
      {rows.length === 0 ? (
        <EmptyState title={servers('empty.title')}>
          {servers(mayAdd ? 'empty.admin' : 'empty.member')}
        </EmptyState>
      ) : (
        <ServerTable rows={rows} canonicalUrl={canonicalUrl} owners={owners} />
      )}
    </ConsolePage>
  );
});
