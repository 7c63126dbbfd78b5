import type { ServerRow } from '#lib/runtime';
import { Badge, type BadgeTone } from '#ui/badge.tsx';
import { Code } from '#ui/code.tsx';
import { servers } from '#ui/messages.ts';
import { MomentLink } from '#ui/moment-link.tsx';
import { Quoted } from '#ui/quoted.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';

const TONES = { pinned: 'good', drifted: 'bad', unpinned: 'warn', altered: 'bad' } as const satisfies Record<
  string,
  BadgeTone
>;
const SIGNS = { pinned: '✓', drifted: '✕', unpinned: '…', altered: '✕' } as const;

type State = keyof typeof TONES;

/** Whether what a server shows is what was approved. */
export function ServerStateBadge({ state }: { readonly state: State }) {
  return (
    <Badge tone={TONES[state]} sign={SIGNS[state]}>
      {servers(`state.${state}`)}
    </Badge>
  );
}

interface ServerTableProps {
  readonly rows: readonly ServerRow[];
  readonly canonicalUrl: string;
  /** By server id; only for whoever may know. */
  readonly owners?: ReadonlyMap<string, 'file' | 'console'>;
}

/** Servers, with what their admins need where the visitor is one. */
export function ServerTable({ rows, canonicalUrl, owners }: ServerTableProps) {
  const admin = rows.some((row) => row.admin !== undefined);
  const columns = [
    ...(['server', 'callable'] as const),
    ...(admin ? (['state', 'lastChange'] as const) : []),
  ].map((column) => servers(`column.${column}`));
  return (
    <Table label={servers('list')} columns={columns}>
      {rows.map((row) => (
        <Row key={row.id}>
          <Cell wrap>
            <a href={`${canonicalUrl}/servers/${row.id}`} className="link font-medium">
              <Quoted>{row.title}</Quoted>
            </a>
            <div>
              <Code>{row.mcpUrl}</Code>
            </div>
            <KeptIn owner={owners?.get(row.id)} />
            {row.admin !== undefined && row.admin.state !== 'altered' && (
              <div className="text-xs text-muted">
                {servers('column.credential')}: <Credentials {...row.admin.credential} />
              </div>
            )}
          </Cell>
          <Cell label={servers('column.callable')}>{servers('callable', { count: row.callable })}</Cell>
          {row.admin !== undefined && (
            <>
              <StateCell facts={row.admin} />
              <Cell label={servers('column.lastChange')}>
                <MomentLink moment={row.lastChange} canonicalUrl={canonicalUrl} none="" />
                <LastApproval at={row.admin.approvedAt} />
              </Cell>
            </>
          )}
        </Row>
      ))}
    </Table>
  );
}

function KeptIn({ owner }: { readonly owner: 'file' | 'console' | undefined }) {
  if (owner === undefined) return undefined;
  return <div className="mt-1 text-xs text-muted">{servers(`keptIn.${owner}`)}</div>;
}

function LastApproval({ at }: { readonly at: number | undefined }) {
  if (at === undefined) return undefined;
  return (
    <div className="mt-1 text-xs text-muted">
      <div>{servers('lastApproval')}</div>
      <Time ms={at} />
    </div>
  );
}

function StateCell({ facts }: { readonly facts: NonNullable<ServerRow['admin']> }) {
  const { state, drifted, waivers } = facts;
  return (
    <Cell wrap label={servers('column.state')}>
      <ServerStateBadge state={state} />
      {drifted > 0 && <div className="mt-1 text-xs text-muted">{servers('drifted', { count: drifted })}</div>}
      {waivers > 0 && <div className="mt-1 text-xs text-muted">{servers('waivers', { count: waivers })}</div>}
    </Cell>
  );
}

/** What goes out for people, and for agents by themselves. */
export function Credentials({ user, agent }: NonNullable<ServerRow['admin']>['credential']) {
  if (user !== undefined && user === agent) return credentialName(user);
  const kinds = Object.entries({ user, agent }) as ['user' | 'agent', string | undefined][];
  return kinds
    .flatMap(([mode, kind]) =>
      kind === undefined ? [] : servers(`credential.${mode}`, { kind: credentialName(kind) }),
    )
    .join(', ');
}

/** What goes out, in words; a kind that has none of ours yet is named as it is. */
export function credentialName(kind: string): string {
  return kind === 'minted' || kind === 'none'
    ? servers(`credential.${kind}`)
    : servers('credential.other', { kind });
}
