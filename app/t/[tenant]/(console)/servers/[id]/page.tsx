import { z } from 'zod';
import { refuse } from '#lib/http';
import { page, runtime, type ServerView } from '#lib/runtime';
import { AlteredServer } from '#ui/altered-server.tsx';
import { LinkButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConnectPanel } from '#ui/connect-panel.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { servers } from '#ui/messages.ts';
import { Quoted } from '#ui/quoted.tsx';
import { renderPage } from '#ui/render-page.tsx';
import { NO_SERVER, serverId } from '#ui/server-id.ts';
import { ServerFacts } from '#ui/server-facts.tsx';
import { ServerStateBadge } from '#ui/server-table.tsx';
import { visibleText } from '#ui/visible-text.ts';

const load = page({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), id: serverId }) },
  load: async ({ tenant, session, ip, input }) => {
    const server = await runtime().console.viewServer({ tenant, session, ip }, input.params.id);
    if (server === undefined) return refuse(NO_SERVER);
    return { server, isAdmin: session.person.roles.includes('admin') };
  },
});

export default renderPage(load, (loaded) => {
  const { server, isAdmin } = loaded.data;
  const own = `${loaded.tenant.canonicalUrl}/servers/${server.id}`;
  return (
    <ConsolePage
      loaded={loaded}
      section="servers"
      title={visibleText(server.title)}
      mark={server.admin && <ServerStateBadge state={server.admin.state} />}
      trail={[{ href: `${loaded.tenant.canonicalUrl}/servers`, label: servers('title') }]}
      actions={
        isAdmin && (
          <>
            <LinkButton href={`${own}/definitions`}>{servers('view.definitions')}</LinkButton>
            <LinkButton href={`${own}/settings`}>{servers('view.settings')}</LinkButton>
          </>
        )
      }
    >
      <div className="flex flex-col gap-6">
        {isAdmin && <StateCallout state={server.admin?.state} own={own} />}
        {server.admin?.transport === 'stdio' && <Callout>{servers('view.program')}</Callout>}
        {server.modes.includes('agent') && !server.modes.includes('user') && (
          <Callout tone="warn">{servers('view.onlyAgents')}</Callout>
        )}
        <Card title={servers('view.connect')} description={servers('view.connectAbout')}>
          <ConnectPanel mcpUrl={server.mcpUrl} instructions={server.instructions} />
        </Card>
        <Tools server={server} />
        {server.admin && <ServerFacts facts={server.admin} />}
      </div>
    </ConsolePage>
  );
});

function StateCallout({
  state,
  own,
}: {
  readonly state: 'pinned' | 'drifted' | 'unpinned' | 'altered' | undefined;
  readonly own: string;
}) {
  if (state === undefined || state === 'pinned') return undefined;
  if (state === 'altered') return <AlteredServer own={own} />;
  const key = state === 'drifted' ? 'drift' : 'unpinned';
  return (
    <Callout tone={state === 'drifted' ? 'bad' : 'warn'}>
      <p>{servers(`view.${key}`)}</p>
      <p className="mt-1">
        <a href={`${own}/definitions`} className="underline">
          {servers(`view.${key}Link`)}
        </a>
      </p>
    </Callout>
  );
}

function Tools({ server: { tools, toolCount } }: { readonly server: ServerView }) {
  if (toolCount === 0)
    return (
      <EmptyState title={servers('view.toolsUnapproved')}>{servers('view.toolsUnapprovedAbout')}</EmptyState>
    );
  if (tools.length === 0)
    return (
      <EmptyState title={servers('view.toolsNone')}>
        {servers('view.toolsNoneOf', { count: toolCount })}
      </EmptyState>
    );
  return (
    <Card title={servers('view.tools')} description={servers('view.toolsAbout')}>
      <ul className="divide-y divide-line">
        {tools.map(({ name, title, description }) => (
          <li key={name} className="grid gap-x-6 gap-y-1 py-2.5 text-sm sm:grid-cols-[16rem_minmax(0,1fr)]">
            <div>
              <Code>{visibleText(name)}</Code>
            </div>
            <div>
              {title !== undefined && (
                <div className="font-medium">
                  <Quoted>{title}</Quoted>
                </div>
              )}
              {description === undefined ? (
                <span className="text-muted">{servers('view.noDescription')}</span>
              ) : (
                <Quoted>{description}</Quoted>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
