import type { ReactNode } from 'react';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConfirmForm } from '#ui/confirm-form.tsx';
import { connections } from '#ui/messages.ts';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';

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

const COLUMNS = (['server', 'since', 'lastCall', 'until'] as const).map((column) => connections(column));

/** One agent that acts for the visitor: where, since when, until when, and the way to end it. */
export function AgentCard({ agent, canonicalUrl, csrfToken }: AgentCardProps) {
  const { clientId, name, origin, grants } = agent;
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
          {grants.map((grant) => {
            const times = timesOf(grant, callsAddress(canonicalUrl, clientId, grant.server));
            return (
              <Row key={grant.id}>
                <Cell>
                  <span className="font-medium">{grant.server}</span>
                </Cell>
                {times.map(([key, time]) => (
                  <Cell key={key} label={connections(key)}>
                    {time}
                  </Cell>
                ))}
              </Row>
            );
          })}
        </Table>
      </Card>
    </li>
  );
}

type Grant = AgentCardProps['agent']['grants'][number];

/** In the order of the columns. */
function timesOf(grant: Grant, calls: string): readonly ['since' | 'lastCall' | 'until', ReactNode][] {
  const lastCall =
    grant.lastUsedAt === undefined ? (
      connections('neverUsed')
    ) : (
      <a className="link" href={calls}>
        <Time ms={grant.lastUsedAt} />
      </a>
    );
  return [
    ['since', <Time key="since" ms={grant.createdAt} />],
    ['lastCall', lastCall],
    ['until', <Time key="until" ms={grant.expiresAt} />],
  ];
}

/** The receipts of what this agent called at this server, the newest first. */
function callsAddress(canonicalUrl: string, agent: string, server: string): string {
  return `${canonicalUrl}/receipts?${new URLSearchParams({ agent, server })}`;
}
