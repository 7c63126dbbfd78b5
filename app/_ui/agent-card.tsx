import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConfirmForm } from '#ui/confirm-form.tsx';
import { connections } from '#ui/messages.ts';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface AgentCardProps {
  readonly agent: {
    readonly clientId: string;
    readonly name: string;
    readonly origin: 'file' | 'dynamic' | 'unknown';
    readonly grants: readonly {
      readonly id: string;
      readonly server: string;
      readonly createdAt: number;
      readonly expiresAt: number;
      readonly lastUsedAt?: number;
    }[];
  };
  readonly canonicalUrl: string;
  readonly csrfToken: string | undefined;
}

const COLUMNS = (['server', 'since', 'lastUse'] as const).map((column) => connections(column));

/** One agent that acts for the visitor: where, since when, until when, and the way to end it. */
export function AgentCard({ agent, canonicalUrl, csrfToken }: AgentCardProps) {
  const { clientId, origin, grants } = agent;
  const name = visibleText(agent.name);
  const about = (
    <>
      {connections(`origin.${origin}`)}
      {' · '}
      <Code>{clientId}</Code>
    </>
  );
  const disconnect = (
    <ConfirmForm
      action={`${canonicalUrl}/connections/disconnect`}
      csrfToken={csrfToken}
      fields={{ client_id: clientId }}
      button={
        <>
          {connections('disconnect.button')}
          <span className="sr-only"> {name}</span>
        </>
      }
      title={connections('disconnect.title', { name })}
      confirm={connections('disconnect.confirm')}
    >
      {connections('disconnect.detail')}
    </ConfirmForm>
  );
  return (
    <li>
      <Card title={name} label={`${name}, ${clientId}`} description={about} actions={disconnect}>
        <Table label={`${connections('grants')}: ${name}, ${clientId}`} columns={COLUMNS}>
          {grants.map((grant) => (
            <Row key={grant.id}>
              <Cell wrap>
                <a className="link font-medium" href={`${canonicalUrl}/servers/${grant.server}`}>
                  {grant.server}
                </a>
              </Cell>
              <Cell label={connections('since')}>
                <Time ms={grant.createdAt} />
                <div className="text-xs text-muted">
                  {connections('until')} <Time ms={grant.expiresAt} />
                </div>
              </Cell>
              <Cell label={connections('lastUse')}>
                <LastUse grant={grant} calls={callsAddress(canonicalUrl, clientId, grant.server)} />
              </Cell>
            </Row>
          ))}
        </Table>
      </Card>
    </li>
  );
}

type Grant = AgentCardProps['agent']['grants'][number];

function LastUse({ grant, calls }: { readonly grant: Grant; readonly calls: string }) {
  if (grant.lastUsedAt === undefined) return connections('neverUsed');
  return (
    <a className="link" href={calls}>
      <Time ms={grant.lastUsedAt} />
    </a>
  );
}

/** The receipts of what this agent called at this server, the newest first. */
function callsAddress(canonicalUrl: string, agent: string, server: string): string {
  return `${canonicalUrl}/receipts?${new URLSearchParams({ agent, server })}`;
}
