import { z } from 'zod';
import { page, runtime, type NamedVersion } from '#lib/runtime';
import { Badge } from '#ui/badge.tsx';
import { SubmitButton } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { policies as words } from '#ui/messages.ts';
import { Pagination } from '#ui/pagination.tsx';
import { versionNumber } from '#api/policy-wire.ts';
import { renderPage } from '#ui/render-page.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: { query: z.object({ before: versionNumber.optional() }) },
  load: async ({ tenant, input }) => ({
    page: await runtime().policyDesk.versions(tenant, input.query.before),
    before: input.query.before,
  }),
});

type Activation = NamedVersion['activations'][number];

export default renderPage(load, (loaded) => {
  const { page: found, before } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const address = `${canonicalUrl}/policies/versions`;
  const newest = found.versions[0]?.version ?? 1;
  const columns = ['version', 'when', 'by', 'changed'] as const;
  return (
    <ConsolePage
      loaded={loaded}
      section="policies"
      title={words('versions')}
      description={words('versionsAbout')}
      trail={[{ href: `${canonicalUrl}/policies`, label: words('title') }]}
    >
      <Table label={words('versions')} columns={columns.map((column) => words(`versionColumn.${column}`))}>
        {found.versions.flatMap((version) =>
          (version.activations.length > 0 ? version.activations.toReversed() : [undefined]).map(
            (activation, index) => (
              <Row key={`${version.version} ${activation?.number}`}>
                <Cell>
                  <a className="link" href={`${address}/${version.version}`}>
                    {words('version', { version: version.version })}
                  </a>{' '}
                  {version.active && index === 0 && <Badge tone="good">{words('active')}</Badge>}
                </Cell>
                <Cell label={words('versionColumn.when')}>
                  {activation === undefined ? (
                    <Time ms={version.createdAt} />
                  ) : (
                    <a className="link" href={`${canonicalUrl}/receipts/${activation.receipt}`}>
                      <Time ms={activation.at} />
                    </a>
                  )}
                </Cell>
                <Cell wrap label={words('versionColumn.by')}>
                  {authorOf(activation)}
                </Cell>
                <Cell wrap label={words('versionColumn.changed')}>
                  {activation !== undefined && <Changes activation={activation} />}
                </Cell>
              </Row>
            ),
          ),
        )}
      </Table>
      <Pagination
        {...(before === undefined ? {} : { newest: address })}
        {...(found.next === undefined ? {} : { older: `${address}?before=${found.next}` })}
      />
      <div className="mt-6">
        <Card title={words('compare')} description={words('compareAbout')}>
          <form action={`${address}/${newest}`} className="flex flex-wrap items-end gap-3">
            <NumberField name="against" label={words('from')} value={Math.max(0, newest - 1)} />
            <NumberField name="version" label={words('to')} value={newest} />
            <SubmitButton tone="plain">{words('show')}</SubmitButton>
          </form>
        </Card>
      </div>
    </ConsolePage>
  );
});

function authorOf(activation: Activation | undefined): string {
  if (activation === undefined) return words('unknown');
  return activation.author.erased ? words('erased') : (activation.author.name ?? activation.author.mode);
}

function Changes({ activation: { change } }: { readonly activation: Activation }) {
  const parts = (['added', 'changed', 'removed'] as const).filter((kind) => change.counts[kind] > 0);
  return (
    <>
      <span className="text-muted">{words('policiesCount', { count: change.policies })}</span>
      {parts.map((kind) => (
        <div key={kind}>
          {change.counts[kind]} {words(`difference.${kind}`)}: {change[kind].join(', ')}
        </div>
      ))}
    </>
  );
}

function NumberField({
  name,
  label,
  value,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: number;
}) {
  return (
    <div className="w-full sm:w-32">
      <label htmlFor={name} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={name}
        name={name}
        type="number"
        min={0}
        required
        defaultValue={value}
        className="control mt-1.5"
      />
    </div>
  );
}
