import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { Facts } from '#ui/facts.tsx';
import { common, signIn } from '#ui/messages.ts';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';
import type { SignInReport } from '#lib/runtime';

type Roles = SignInReport['roles'];

const rolesText = (roles: Roles, none: 'report.rolesNone' | 'report.givesNothing') =>
  roles.length === 0 ? signIn(none) : roles.map((role) => common(`role.${role}`)).join(', ');

/** What arrived, and what the tenant's rules make of it. Values are a stranger's text: shown, never rendered. */
export function SignInReportView({ report }: { readonly report: SignInReport }) {
  const { groups, everybody, claims } = report;
  return (
    <>
      <Card>
        <Facts
          rows={[
            [signIn('report.at'), <Time key="at" ms={report.at} />],
            [signIn('report.issuer'), <Code key="issuer">{report.issuer}</Code>],
            [signIn('report.with'), signIn(report.isCandidate ? 'report.candidate' : 'report.savedSettings')],
            [signIn('report.name'), report.name],
            [signIn('report.email'), report.email ?? signIn('report.emailNone')],
            [signIn('report.roles'), rolesText(report.roles, 'report.rolesNone')],
          ]}
        />
      </Card>
      <Card
        title={signIn('report.groups')}
        description={
          <>
            {signIn('report.groupsFrom')} <Code>{report.groupsPath.join(' → ')}</Code>
          </>
        }
      >
        <Table label={signIn('report.groupsTable')} columns={[signIn('group'), signIn('report.gives')]}>
          <Row>
            <Cell>{signIn('report.everybody')}</Cell>
            <Cell label={signIn('report.gives')}>{rolesText(everybody, 'report.givesNothing')}</Cell>
          </Row>
          {(groups ?? []).map(({ name, roles }) => (
            <Row key={name}>
              <Cell wrap>{name}</Cell>
              <Cell label={signIn('report.gives')}>{rolesText(roles, 'report.givesNothing')}</Cell>
            </Row>
          ))}
        </Table>
        {(groups ?? []).length === 0 && (
          <p className="mt-3 text-sm text-muted">{signIn('report.groupsNone')}</p>
        )}
      </Card>
      <Card title={signIn('report.claims')}>
        {claims.length === 0 ? (
          <p className="text-sm text-muted">{signIn('report.claimsNone')}</p>
        ) : (
          <Table
            label={signIn('report.claimsTable')}
            columns={[signIn('report.claim'), signIn('report.value'), signIn('report.from')]}
          >
            {claims.map(({ name, value, from }) => (
              <Row key={`${from} ${name}`}>
                <Cell wrap>
                  <Code>{name}</Code>
                </Cell>
                <Cell wrap label={signIn('report.value')}>
                  <Code>{visibleText(value)}</Code>
                </Cell>
                <Cell label={signIn('report.from')}>{signIn(`report.${from}`)}</Cell>
              </Row>
            ))}
          </Table>
        )}
      </Card>
    </>
  );
}
