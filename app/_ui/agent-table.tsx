import type { RegisteredAgent } from '#lib/runtime';
import { AdmissionButtons } from '#ui/admission-buttons.tsx';
import { readMetadata } from '#ui/agent-metadata.ts';
import { AgentName, StandingBadge } from '#ui/agent-name.tsx';
import { MomentLink } from '#ui/moment-link.tsx';
import { agents } from '#ui/messages.ts';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface AgentTableProps {
  readonly rows: readonly RegisteredAgent[];
  readonly canonicalUrl: string;
  /** Of those that an admin registered, where. */
  readonly owners: ReadonlyMap<string, 'file' | 'console'>;
}

const COLUMNS = (['agent', 'standing', 'grants', 'lastCall'] as const).map((column) =>
  agents(`column.${column}`),
);

/** Every agent that is known, with what lives of it. */
export function AgentTable({ rows, canonicalUrl, owners }: AgentTableProps) {
  return (
    <Table label={agents('list')} columns={COLUMNS}>
      {rows.map((agent) => (
        <Row key={agent.clientId}>
          <Cell wrap>
            <AgentName agent={agent} href={`${canonicalUrl}/agents/${encodeURIComponent(agent.clientId)}`} />
            <div className="text-xs text-muted">
              {agents('column.origin')} {agents(`origin.${originOf(agent, owners)}`)}
              {agent.ownerName !== undefined && (
                <>
                  {' · '}
                  {agents('column.owner')}: <bdi>{agent.ownerName}</bdi>
                </>
              )}
            </div>
          </Cell>
          <Cell label={agents('column.standing')}>
            <StandingBadge standing={agent.standing} />
          </Cell>
          <Cell label={agents('column.grants')}>{agent.liveGrants}</Cell>
          <Cell label={agents('column.lastCall')}>
            <MomentLink moment={agent.lastCall} canonicalUrl={canonicalUrl} none={agents('never')} />
            {agent.expiresAt !== undefined && (
              <div className="text-xs text-muted">
                <div>{agents('expiresUnused')}</div>
                <Time ms={agent.expiresAt} />
              </div>
            )}
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

/** Where an agent was registered: by itself, or by an admin in a file or in the console. */
export function originOf(
  { origin, clientId }: Pick<RegisteredAgent, 'origin' | 'clientId'>,
  owners: ReadonlyMap<string, 'file' | 'console'>,
): 'file' | 'console' | 'dynamic' {
  return origin === 'dynamic' ? 'dynamic' : (owners.get(clientId) ?? 'file');
}

const WAITING_COLUMNS = (['agent', 'redirect', 'since'] as const).map((column) => agents(`column.${column}`));

/** Agents that wait for an admin, with where they send people back to. */
export function WaitingAgents({ rows, canonicalUrl }: Omit<AgentTableProps, 'owners'>) {
  return (
    <section className="flex flex-col gap-3 rounded-xl bg-warn-wash p-4" aria-labelledby="waiting">
      <div className="text-sm text-warn">
        <h2 id="waiting" className="font-semibold">
          {agents('waiting.title', { count: rows.length })}
        </h2>
        <p className="mt-0.5 max-w-prose">{agents('waiting.about')}</p>
      </div>
      <Table label={agents('waiting.list')} columns={[...WAITING_COLUMNS, agents('column.standing')]}>
        {rows.map((agent) => {
          const { redirects } = readMetadata(agent.metadata);
          return (
            <Row key={agent.clientId}>
              <Cell wrap>
                <AgentName
                  agent={agent}
                  href={`${canonicalUrl}/agents/${encodeURIComponent(agent.clientId)}`}
                />
              </Cell>
              <Cell wrap label={agents('column.redirect')}>
                {redirects.length === 0
                  ? agents('noRedirect')
                  : redirects.map((uri) => (
                      <div key={uri} className="break-all">
                        {visibleText(uri)}
                      </div>
                    ))}
              </Cell>
              <Cell label={agents('column.since')}>
                <Time ms={agent.createdAt} />
              </Cell>
              <Cell>
                <AdmissionButtons agent={agent} redirects={redirects} canonicalUrl={canonicalUrl} />
              </Cell>
            </Row>
          );
        })}
      </Table>
    </section>
  );
}
