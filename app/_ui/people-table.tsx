import { Badge } from '#ui/badge.tsx';
import { Code } from '#ui/code.tsx';
import { common, people } from '#ui/messages.ts';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';
import type { PersonRow } from '#lib/runtime';

const COLUMNS = [people('name'), people('roles'), people('state'), people('lastSignIn')];
const GROUPS_SHOWN = 4;

/** People as a list: each leads to their page. */
export function PeopleTable({
  rows,
  address,
}: {
  readonly rows: readonly PersonRow[];
  readonly address: string;
}) {
  return (
    <Table label={people('list')} columns={COLUMNS}>
      {rows.map((person) => (
        <Row key={person.reference}>
          <Cell wrap>
            <a href={`${address}/${person.reference}`} className="link font-medium">
              {visibleText(person.name ?? person.email ?? people('nameless'))}
            </a>
            {person.isSelf && <span className="text-muted"> ({people('you')})</span>}
            <div className="text-muted">{person.email ?? <Code>{person.reference}</Code>}</div>
          </Cell>
          <Cell wrap label={people('roles')}>
            {person.roles.map((role) => common(`role.${role}`)).join(', ')}
            <div className="text-xs text-muted">
              {people('groups')}: {groupsText(person.groups)}
            </div>
          </Cell>
          <Cell label={people('state')}>
            <StateBadge state={person.state} />
          </Cell>
          <Cell label={people('lastSignIn')}>
            {person.lastSignInAt !== undefined && <Time ms={person.lastSignInAt} />}
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

export function StateBadge({ state }: { readonly state: PersonRow['state'] }) {
  return state === 'active' ? (
    <Badge tone="good" sign="✓">
      {people('active')}
    </Badge>
  ) : (
    <Badge tone="bad" sign="✕">
      {people('disabled')}
    </Badge>
  );
}

function groupsText(groups: readonly string[]): string {
  if (groups.length === 0) return people('noGroups');
  const more = groups.length - GROUPS_SHOWN;
  return groups.slice(0, GROUPS_SHOWN).join(', ') + (more > 0 ? ` +${more}` : '');
}
