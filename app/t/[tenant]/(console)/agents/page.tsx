import { page, runtime } from '#lib/runtime';
import { AgentTable, WaitingAgents } from '#ui/agent-table.tsx';
import { LinkButton } from '#ui/button.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { agents } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: { roles: ['admin'] },
  input: {},
  load: async ({ tenant, session, ip }) => {
    const { console, manifest } = runtime();
    const [registered, resources] = await Promise.all([
      console.listRegisteredAgents({ tenant, session, ip }),
      manifest.list(tenant, 'agent'),
    ]);
    return {
      ...registered,
      owners: new Map(resources.flatMap(({ id, owner }) => (id === undefined ? [] : [[id, owner] as const]))),
    };
  },
});

export default renderPage(load, (loaded) => {
  const { mode, agents: rows, owners } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const waiting = rows.filter(({ standing }) => standing === 'pending');
  return (
    <ConsolePage
      loaded={loaded}
      section="agents"
      title={agents('title')}
      description={
        <>
          {agents('description')} {agents(`mode.${mode}`)}{' '}
          <a href={`${canonicalUrl}/settings`} className="link">
            {agents('modeLink')}
          </a>
        </>
      }
      actions={
        <LinkButton href={`${canonicalUrl}/agents/new`} tone="primary">
          {agents('register')}
        </LinkButton>
      }
    >
      <div className="flex flex-col gap-6">
        {waiting.length > 0 && <WaitingAgents rows={waiting} canonicalUrl={canonicalUrl} />}
        {rows.length === 0 ? (
          <EmptyState title={agents('empty.title')}>{agents('empty.detail')}</EmptyState>
        ) : (
          <AgentTable rows={rows} canonicalUrl={canonicalUrl} owners={owners} />
        )}
      </div>
    </ConsolePage>
  );
});
