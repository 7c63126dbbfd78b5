import type { RegisteredAgentView } from '#lib/runtime';
import { ActionButton } from '#ui/action-button.tsx';
import { readMetadata } from '#ui/agent-metadata.ts';
import { StandingBadge } from '#ui/agent-name.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { type FactRow, Facts } from '#ui/facts.tsx';
import { agents } from '#ui/messages.ts';
import { MomentLink } from '#ui/moment-link.tsx';
import { Quoted } from '#ui/quoted.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface AgentViewProps {
  readonly agent: RegisteredAgentView;
  readonly origin: 'file' | 'console' | 'dynamic';
  readonly canonicalUrl: string;
}

/** What is known of an agent: said by an admin, or by itself. */
export function AgentFacts({ agent, origin, canonicalUrl }: AgentViewProps) {
  const { redirects, grantTypes, authentication, homepage } = readMetadata(agent.metadata);
  const none = <span className="text-muted">{agents('view.none')}</span>;
  const rows: readonly FactRow[] = [
    [agents('view.clientId'), <Code key="id">{visibleText(agent.clientId)}</Code>],
    [agents('view.origin'), agents(`origin.${origin}`)],
    [agents('view.standing'), <StandingBadge key="standing" standing={agent.standing} />],
    [
      agents('view.owner'),
      agent.ownerName ?? (
        <span key="owner" className="text-muted">
          {agents('noOwner')}
        </span>
      ),
    ],
    [agents('view.authentication'), authWords(authentication)],
    [agents('view.grantTypes'), grantTypes.map(visibleText).join(', ') || none],
    [agents('view.redirects'), redirects.length === 0 ? none : <Lines key="uris" texts={redirects} />],
    ...(homepage === undefined
      ? []
      : [[agents('view.homepage'), <Quoted key="uri">{homepage}</Quoted>] as const]),
    [agents('view.created'), <Time key="created" ms={agent.createdAt} />],
    ...(agent.expiresAt === undefined
      ? []
      : [[agents('view.expires'), <Time key="expires" ms={agent.expiresAt} />] as const]),
    [
      agents('view.lastToken'),
      agent.lastTokenAt === undefined ? (
        <span key="token" className="text-muted">
          {agents('never')}
        </span>
      ) : (
        <Time key="token" ms={agent.lastTokenAt} />
      ),
    ],
    [
      agents('view.lastCall'),
      <MomentLink key="call" moment={agent.lastCall} canonicalUrl={canonicalUrl} none={agents('never')} />,
    ],
    [agents('view.lastReceipt'), <LastReceipt key="receipt" agent={agent} canonicalUrl={canonicalUrl} />],
  ];
  return (
    <Card title={agents('view.about')}>
      <Facts rows={rows} />
    </Card>
  );
}

function authWords(method: string): string {
  switch (method) {
    case 'none':
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'private_key_jwt':
      return agents(`new.auth.${method}`);
    default:
      return visibleText(method);
  }
}

function Lines({ texts }: { readonly texts: readonly string[] }) {
  return texts.map((text) => (
    <div key={text} className="break-all">
      {visibleText(text)}
    </div>
  ));
}

function LastReceipt({
  agent: { clientId, lastReceipt },
  canonicalUrl,
}: Pick<AgentViewProps, 'agent' | 'canonicalUrl'>) {
  if (lastReceipt === undefined) return <span className="text-muted">{agents('view.noReceipt')}</span>;
  return (
    <span className="flex flex-wrap gap-x-3">
      <MomentLink moment={lastReceipt} canonicalUrl={canonicalUrl} none="" />
      <a href={`${canonicalUrl}/receipts?agent=${encodeURIComponent(clientId)}`} className="link">
        {agents('view.allReceipts')}
      </a>
    </span>
  );
}

const COLUMNS = (['grantWho', 'grantServer', 'grantSince', 'grantUsed'] as const).map((column) =>
  agents(`view.${column}`),
);

/** Everybody's live agreement to this agent, and the one button that ends them all. */
export function AgentGrants({ agent, canonicalUrl }: Omit<AgentViewProps, 'origin'>) {
  const { clientId, grants } = agent;
  const { grantTypes } = readMetadata(agent.metadata);
  const isByItself = grantTypes.includes('client_credentials');
  const name = visibleText(agent.name);
  const end = grants.length > 0 && (
    <ActionButton
      url={`${canonicalUrl}/api/v1/agents/${encodeURIComponent(clientId)}/grants`}
      method="DELETE"
      button={agents('view.endAll')}
      title={agents('view.endAllTitle', { name })}
      confirm={agents('view.endAllConfirm')}
    >
      {agents('view.endAllDetail')}
    </ActionButton>
  );
  return (
    <Card title={agents('view.grants')} description={agents('view.grantsAbout')} actions={end}>
      {grants.length === 0 ? (
        <p className="text-sm text-muted">
          {agents(isByItself ? 'view.grantsNoneItself' : 'view.grantsNone')}
        </p>
      ) : (
        <Table label={agents('view.grantsList')} columns={COLUMNS}>
          {grants.map((grant) => (
            <Row key={grant.id}>
              <Cell wrap>
                {grant.mode === 'agent'
                  ? agents('view.itself')
                  : (grant.personName ?? agents('view.unknownPerson'))}
              </Cell>
              <Cell label={agents('view.grantServer')}>{grant.server}</Cell>
              <Cell label={agents('view.grantSince')}>
                <Time ms={grant.createdAt} />
                <div className="text-xs text-muted">
                  {agents('view.grantUntil')} <Time ms={grant.expiresAt} />
                </div>
              </Cell>
              <Cell label={agents('view.grantUsed')}>
                {grant.lastUsedAt === undefined ? agents('never') : <Time ms={grant.lastUsedAt} />}
              </Cell>
            </Row>
          ))}
        </Table>
      )}
    </Card>
  );
}
