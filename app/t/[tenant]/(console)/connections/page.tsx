import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { AgentCard } from '#ui/agent-card.tsx';
import { LinkButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { connections } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  input: { query: z.object({ disconnected: z.literal('yes').optional().catch(undefined) }) },
  load: async ({ tenant, session, ip, input }) => {
    const { console } = runtime();
    const visitor = { tenant, session, ip };
    const agents = await console.listAgents(visitor);
    const hasServer = agents.length > 0 || (await console.listServers(visitor)).length > 0;
    return { agents, hasServer, disconnected: input.query.disconnected === 'yes' };
  },
});

export default renderPage(load, (loaded) => {
  const { data, tenant, csrfToken } = loaded;
  const { agents, hasServer } = data;
  return (
    <ConsolePage
      loaded={loaded}
      section="connections"
      title={connections('title')}
      description={connections('description')}
    >
      <div className="flex flex-col gap-4">
        {data.disconnected && (
          <Callout tone="good" live="status">
            {connections('disconnected')}
          </Callout>
        )}
        {agents.length === 0 ? (
          <EmptyState title={connections('empty.title')}>
            {connections(hasServer ? 'empty.add' : 'empty.noServer')}
            {hasServer && (
              <div className="mt-4">
                <LinkButton href={`${tenant.canonicalUrl}/servers`}>{connections('empty.choose')}</LinkButton>
              </div>
            )}
          </EmptyState>
        ) : (
          <ul className="flex flex-col gap-4">
            {agents.map((agent) => (
              <AgentCard
                key={agent.clientId}
                agent={agent}
                canonicalUrl={tenant.canonicalUrl}
                csrfToken={csrfToken}
              />
            ))}
          </ul>
        )}
      </div>
    </ConsolePage>
  );
});
