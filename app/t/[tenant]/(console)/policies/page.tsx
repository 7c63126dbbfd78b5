import { page, runtime, type PolicyOutline } from '#lib/runtime';
import { Badge } from '#ui/badge.tsx';
import { LinkButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { policies as words } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: {},
  load: async ({ tenant, session }) => {
    const [set, resources] = await Promise.all([
      runtime().policyDesk.active(tenant),
      runtime().manifest.list(tenant, 'policy'),
    ]);
    const owners = new Map(resources.map(({ id, owner }) => [id, owner]));
    return { set, owners, writes: session.person.roles.includes('admin') };
  },
});

const COLUMNS = ['id', 'effect', 'about', 'reason'] as const;

export default renderPage(load, (loaded) => {
  const { data, tenant } = loaded;
  const { set, owners, writes } = data;
  const address = `${tenant.canonicalUrl}/policies`;
  return (
    <ConsolePage
      loaded={loaded}
      section="policies"
      title={words('title')}
      mark={<InForce version={set.version} isSaved={set.isSaved} />}
      description={words('about')}
      actions={
        <>
          <LinkButton href={`${address}/versions`}>{words('versions')}</LinkButton>
          <LinkButton href={`${address}/test`}>{words('test')}</LinkButton>
          {writes && (
            <LinkButton tone="primary" href={`${address}/new`}>
              {words('new')}
            </LinkButton>
          )}
        </>
      }
    >
      {!set.isSaved && (
        <div className="mb-6">
          <Callout tone="bad">
            <p>{words('altered')}</p>
          </Callout>
        </div>
      )}
      {set.policies.length === 0 ? (
        <EmptyState title={words('none')}>{words('noneDetail')}</EmptyState>
      ) : (
        <Table label={words('title')} columns={COLUMNS.map((column) => words(`column.${column}`))}>
          {set.policies.map((policy) => (
            <Row key={policy.id}>
              <Cell wrap>
                <a className="link" href={`${address}/${encodeURIComponent(policy.id)}`}>
                  {policy.id}
                </a>
                <KeptIn owner={owners.get(policy.id)} />
              </Cell>
              <Cell label={words('column.effect')}>
                <PolicyEffect effect={policy.effect} />
              </Cell>
              <Cell wrap label={words('column.about')}>
                <About policy={policy} />
              </Cell>
              <Cell wrap label={words('column.reason')}>
                {policy.reason}
              </Cell>
            </Row>
          ))}
        </Table>
      )}
    </ConsolePage>
  );
});

function InForce({ version, isSaved }: { readonly version: number; readonly isSaved: boolean }) {
  if (!isSaved)
    return (
      <Badge tone="bad" sign="✕">
        {words('notPutInForce')}
      </Badge>
    );
  return version > 0 && <Badge tone="good">{words('inForce', { version })}</Badge>;
}

/** Of what nobody put in force here nobody knows who keeps it. */
function KeptIn({ owner }: { readonly owner: 'file' | 'console' | undefined }) {
  return owner && <div className="text-xs text-muted">{words(`keptIn.${owner}`)}</div>;
}

function PolicyEffect({ effect }: { readonly effect: PolicyOutline['effect'] }) {
  if (effect === undefined) return <Badge tone="warn">{words('effect.unreadable')}</Badge>;
  return <Badge tone={effect === 'permit' ? 'good' : 'bad'}>{words(`effect.${effect}`)}</Badge>;
}

function About({ policy: { about, conditional } }: { readonly policy: PolicyOutline }) {
  if (about === undefined) return null;
  const parts = [about.principal, about.action, about.resource].filter((part) => part !== '');
  return (
    <div className="@3xl:min-w-56 @min-[58rem]:min-w-80">
      {parts.length === 0 && <span className="text-muted">{words('anything')}</span>}
      {parts.map((part) => (
        <div key={part}>
          <Code>{part}</Code>
        </div>
      ))}
      {conditional && <span className="text-xs text-muted">{words('conditional')}</span>}
    </div>
  );
}
