import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { AgentCard } from '#ui/agent-card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { Code, EmptyState } from '#ui/parts.tsx';
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
  return (
    <ConsolePage loaded={loaded} title="My agents" current="connections">
      <h1 className="text-2xl font-semibold">My agents</h1>
      <p className="mt-1 mb-6 max-w-prose text-sm text-muted">
        These agents act for you. Disconnecting one ends its access at once: its next call is refused.
      </p>
      {data.disconnected && (
        <output className="mb-4 block rounded bg-good-wash px-3 py-2 text-sm text-good">
          The agent is disconnected. Its next call is refused.
        </output>
      )}
      {data.agents.length === 0 ? (
        <EmptyState title="No agent acts for you yet">
          {data.firstServer === undefined ? (
            'An administrator has to register a server first.'
          ) : (
            <>
              Add this MCP URL to your agent and sign in when it asks:{' '}
              <Code>{`${tenant.canonicalUrl}/mcp/${data.firstServer}`}</Code>
            </>
          )}
        </EmptyState>
      ) : (
        <ul className="flex flex-col gap-4">
          {data.agents.map((agent) => (
            <AgentCard
              key={agent.clientId}
              agent={agent}
              canonicalUrl={tenant.canonicalUrl}
              csrfToken={csrfToken ?? ''}
            />
          ))}
        </ul>
      )}
    </ConsolePage>
  );
});
