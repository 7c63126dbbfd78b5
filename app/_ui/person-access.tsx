import { ActionButton } from '#ui/action-button.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { Facts } from '#ui/facts.tsx';
import { common, people } from '#ui/messages.ts';
import { Quoted } from '#ui/quoted.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';
import type { PersonView } from '#lib/runtime';

/** What the provider says, and what the tenant's mapping makes of it. */
export function PersonGroups({ person }: { readonly person: PersonView }) {
  const names = (groups: readonly string[]) =>
    groups.length === 0
      ? people('earlier')
      : groups.map((group) => (group === '*' ? people('everybody') : group)).join(', ');
  return (
    <Card title={people('access')} description={people('accessHint')}>
      <Facts
        rows={[
          [people('groups'), person.groups.length === 0 ? people('noGroups') : person.groups.join(', ')],
          ...person.granted.map(
            ({ role, groups }) => [people('gives', { role: common(`role.${role}`) }), names(groups)] as const,
          ),
        ]}
      />
    </Card>
  );
}

interface PersonAgentsProps {
  readonly person: PersonView;
  readonly canonicalUrl: string;
  readonly mayAct: boolean;
}

const COLUMNS = [people('agent'), people('servers'), people('lastUse'), people('acts')];

/** Who acts for this person, with the way to end it. */
export function PersonAgents({ person, canonicalUrl, mayAct }: PersonAgentsProps) {
  const { reference, agents } = person;
  return (
    <Card
      title={people('agents')}
      actions={
        <a href={`${canonicalUrl}/receipts?person=${reference}`} className="link text-sm">
          {people('receipts')}
        </a>
      }
    >
      {agents.length === 0 ? (
        <p className="text-sm text-muted">{people('noAgents')}</p>
      ) : (
        <Table label={people('agentsTable')} columns={COLUMNS}>
          {agents.map(({ clientId, name, grants }) => {
            const used = grants.flatMap(({ lastUsedAt }) => lastUsedAt ?? []);
            return (
              <Row key={clientId}>
                <Cell wrap>
                  <span className="font-medium">
                    <Quoted>{name}</Quoted>
                  </span>
                  <div>
                    <Code>{clientId}</Code>
                  </div>
                </Cell>
                <Cell wrap label={people('servers')}>
                  {[...new Set(grants.map(({ server }) => server))].join(', ')}
                </Cell>
                <Cell label={people('lastUse')}>
                  {used.length === 0 ? people('never') : <Time ms={Math.max(...used)} />}
                </Cell>
                <Cell>
                  {mayAct && (
                    <ActionButton
                      url={`${canonicalUrl}/api/v1/people/${reference}/agents/${encodeURIComponent(clientId)}`}
                      method="DELETE"
                      next={`${canonicalUrl}/people/${reference}?done=disconnected`}
                      button={
                        <>
                          {people('disconnect.button')}
                          <span className="sr-only"> {visibleText(name)}</span>
                        </>
                      }
                      title={people('disconnect.title', { name: visibleText(name) })}
                      confirm={people('disconnect.confirm')}
                    >
                      {people('disconnect.detail')}
                    </ActionButton>
                  )}
                </Cell>
              </Row>
            );
          })}
        </Table>
      )}
    </Card>
  );
}
