import { page, runtime } from '#lib/runtime';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { agents, agentWords } from '#ui/messages.ts';
import { RegisterAgent } from '#ui/register-agent.tsx';
import { renderPage } from '#ui/render-page.tsx';

/** Stands for the client id, which is known once the form was sent. */
const CLIENT_PLACE = 'CLIENT';

const load = page({
  auth: { roles: ['admin'] },
  input: {},
  load: async ({ tenant, session, ip }) => {
    const { console } = runtime();
    const servers = await console.listServers({ tenant, session, ip });
    const open = servers.find(({ modes }) => modes.includes('agent'));
    const mcpUrl = open?.mcpUrl ?? `${tenant.canonicalUrl}/mcp/SERVER`;
    return {
      tokenCommand: console.machineTokenCommand(
        { tokenUrl: `${tenant.canonicalUrl}/oauth/token`, mcpUrl },
        CLIENT_PLACE,
      ),
    };
  },
});

export default renderPage(load, (loaded) => (
  <ConsolePage
    loaded={loaded}
    section="agents"
    title={agents('new.title')}
    description={agents('new.description')}
    trail={[{ href: `${loaded.tenant.canonicalUrl}/agents`, label: agents('title') }]}
  >
    <Card>
      <RegisterAgent words={agentWords} tokenCommand={loaded.data.tokenCommand} clientPlace={CLIENT_PLACE} />
    </Card>
  </ConsolePage>
));
