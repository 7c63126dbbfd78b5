import { z } from 'zod';
import { refuse } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { AlteredServer } from '#ui/altered-server.tsx';
import { Badge } from '#ui/badge.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { probeWords, servers } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { ReviewDefinitions } from '#ui/review-definitions.tsx';
import { NO_SERVER, serverId } from '#ui/server-id.ts';
import { ServerStateBadge } from '#ui/server-table.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';
import { visibleText } from '#ui/visible-text.ts';

const load = page({
  auth: { roles: ['admin'] },
  input: { params: z.object({ tenant: z.string(), id: serverId }) },
  load: async ({ tenant, input }) => {
    const server = await runtime().registry.server(tenant.id, input.params.id);
    if (server === undefined) return refuse(NO_SERVER);
    const { id, title, state, tools, prompts, resources, templates } = server;
    const pins = [tools, prompts, resources, templates].flatMap((map) => [...map.values()]);
    return { id, title: visibleText(title), state, pins };
  },
});

export default renderPage(load, (loaded) => {
  const { id, title, state, pins } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  return (
    <ConsolePage
      loaded={loaded}
      section="servers"
      title={servers('definitions.title', { title })}
      mark={<ServerStateBadge state={state} />}
      description={servers('definitions.description')}
      trail={[
        { href: `${canonicalUrl}/servers`, label: servers('title') },
        { href: `${canonicalUrl}/servers/${id}`, label: title },
      ]}
    >
      <div className="flex flex-col gap-6">
        {state === 'altered' ? (
          <AlteredServer own={`${canonicalUrl}/servers/${id}`} />
        ) : (
          <Card title={servers('probe.heading')}>
            <ReviewDefinitions serverId={id} words={probeWords} lookAtOnce={state !== 'pinned'} />
          </Card>
        )}
        {pins.length === 0 ? <EmptyState title={servers('definitions.pinnedNone')} /> : <Pins pins={pins} />}
      </div>
    </ConsolePage>
  );
});

interface PinsProps {
  readonly pins: readonly {
    readonly kind: 'tool' | 'prompt' | 'resource' | 'template';
    readonly name: string;
    readonly definitionSha256: string;
    readonly drift?: string;
  }[];
}

function Pins({ pins }: PinsProps) {
  const columns = (['name', 'kind', 'hash'] as const).map((column) => servers(`definitions.${column}`));
  return (
    <Card title={servers('definitions.pinned')}>
      <Table label={servers('definitions.list')} columns={columns}>
        {pins.map(({ kind, name, definitionSha256, drift }) => (
          <Row key={`${kind} ${name}`}>
            <Cell wrap>
              <Code>{visibleText(name)}</Code>
              {drift !== undefined && (
                <div className="mt-1">
                  <Badge tone="bad" sign="✕">
                    {servers('definitions.drift')}
                  </Badge>
                </div>
              )}
            </Cell>
            <Cell label={servers('definitions.kind')}>{servers(`definitions.kindOf.${kind}`)}</Cell>
            <Cell wrap label={servers('definitions.hash')}>
              <Code>{definitionSha256}</Code>
            </Cell>
          </Row>
        ))}
      </Table>
    </Card>
  );
}
