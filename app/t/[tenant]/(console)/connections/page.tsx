import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { AgentCard } from '#ui/agent-card.tsx';
import { Callout } from '#ui/callout.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { connections } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  input: { query: z.object({ disconnected: z.literal('yes').optional().catch(undefined) }) },
  load: async ({ tenant, session, ip, input }) => {
    const { console, registry } = runtime();
    const [agents, servers] = await Promise.all([
      console.listAgents({ tenant, session, ip }),
      registry.list(tenant.id),
    ]);
    return { agents, firstServer: servers[0]?.id, disconnected: input.query.disconnected === 'yes' };
  },
});

export default renderPage(load, (loaded) => {
  const { data, tenant, csrfToken } = loaded;
  const { agents, firstServer } = data;
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
            {firstServer === undefined ? (
              connections('empty.noServer')
            ) : (
              <>
                {connections('empty.add')} <Code>{`${tenant.canonicalUrl}/mcp/${firstServer}`}</Code>
              </>
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
