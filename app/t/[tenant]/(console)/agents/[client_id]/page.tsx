import { z } from 'zod';
import { refuse } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { AdmissionButtons } from '#ui/admission-buttons.tsx';
import { AgentAdmin, type AgentBody } from '#ui/agent-admin.tsx';
import { AgentFacts, AgentGrants } from '#ui/agent-view.tsx';
import { clientId, NO_AGENT } from '#ui/agent-id.ts';
import { readMetadata } from '#ui/agent-metadata.ts';
import { Badge } from '#ui/badge.tsx';
import { Callout } from '#ui/callout.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { agents } from '#ui/messages.ts';
import { RemoveAgent } from '#ui/remove-agent.tsx';
import { renderPage } from '#ui/render-page.tsx';
import { visibleText } from '#ui/visible-text.ts';

const load = page({
  auth: { roles: ['admin'] },
  input: { params: z.object({ tenant: z.string(), client_id: clientId }) },
  load: async ({ tenant, session, ip, input }) => {
    const { console, manifest } = runtime();
    const visitor = { tenant, session, ip };
    const id = input.params.client_id;
    const [agent, resource, servers] = await Promise.all([
      console.viewRegisteredAgent(visitor, id),
      manifest.load(tenant, { kind: 'agent', id }),
      console.listServers(visitor),
    ]);
    if (agent === undefined) return refuse(NO_AGENT);
    const open = servers.find(({ modes }) => modes.includes('agent'));
    const target = {
      tokenUrl: `${tenant.canonicalUrl}/oauth/token`,
      mcpUrl: open?.mcpUrl ?? `${tenant.canonicalUrl}/mcp/SERVER`,
    };
    return { agent, resource, tokenCommand: console.machineTokenCommand(target, id) };
  },
});

export default renderPage(load, (loaded) => {
  const { agent, resource, tokenCommand } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const isDynamic = agent.origin === 'dynamic';
  const origin = isDynamic ? 'dynamic' : (resource?.owner ?? 'file');
  return (
    <ConsolePage
      loaded={loaded}
      section="agents"
      title={visibleText(agent.name)}
      mark={isDynamic && <Badge tone="warn">{agents('unverified')}</Badge>}
      trail={[{ href: `${canonicalUrl}/agents`, label: agents('title') }]}
      actions={
        isDynamic && (
          <AdmissionButtons
            agent={agent}
            redirects={readMetadata(agent.metadata).redirects}
            canonicalUrl={canonicalUrl}
          />
        )
      }
    >
      <div className="flex flex-col gap-6">
        {isDynamic && <Callout>{agents('view.selfAsserted')}</Callout>}
        {agent.standing === 'pending' && <Callout tone="warn">{agents('view.waits')}</Callout>}
        {agent.standing === 'refused' && <Callout tone="bad">{agents('view.refused')}</Callout>}
        {origin === 'file' && <Callout>{agents('view.fileOwned')}</Callout>}
        <AgentFacts agent={agent} origin={origin} canonicalUrl={canonicalUrl} />
        <AgentGrants agent={agent} canonicalUrl={canonicalUrl} />
        {isDynamic && (
          <RemoveAgent
            name={visibleText(agent.name)}
            url={`${canonicalUrl}/api/v1/agents/${encodeURIComponent(agent.clientId)}/registration`}
            canonicalUrl={canonicalUrl}
          >
            {agents('view.forgetDetail')}
          </RemoveAgent>
        )}
        {origin === 'console' && resource !== undefined && (
          <AgentAdmin
            clientId={agent.clientId}
            canonicalUrl={canonicalUrl}
            etag={resource.etag}
            body={resource.body as unknown as AgentBody}
            tokenCommand={tokenCommand}
          />
        )}
      </div>
    </ConsolePage>
  );
});
