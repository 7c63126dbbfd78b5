import type { ServerRow } from '#lib/runtime';
import { Badge, type BadgeTone } from '#ui/badge.tsx';
import { Code } from '#ui/code.tsx';
import { servers } from '#ui/messages.ts';
import { Quoted } from '#ui/quoted.tsx';
import { Cell, Row, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';

const TONES = { pinned: 'good', drifted: 'bad', unpinned: 'warn' } as const satisfies Record<
  string,
  BadgeTone
>;
const SIGNS = { pinned: '✓', drifted: '✕', unpinned: '…' } as const;

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
    ...(admin ? (['state', 'credential', 'lastChange'] as const) : []),
    ...(owners === undefined ? [] : (['owner'] as const)),
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
          </Cell>
          <Cell>{servers('callable', { count: row.callable })}</Cell>
          {row.admin !== undefined && (
            <>
              <AdminCells facts={row.admin} />
              <LastChange change={row.lastChange} canonicalUrl={canonicalUrl} />
            </>
          )}
          {owners !== undefined && <Cell>{ownerWords(owners.get(row.id))}</Cell>}
        </Row>
      ))}
    </Table>
  );
}

function LastChange({
  change,
  canonicalUrl,
}: {
  readonly change: ServerRow['lastChange'];
  readonly canonicalUrl: string;
}) {
  return (
    <Cell>
      {change !== undefined && (
        <a href={`${canonicalUrl}/receipts/${change.receipt}`} className="link">
          <Time ms={change.at * 1000} />
        </a>
      )}
    </Cell>
  );
}

function ownerWords(owner: 'file' | 'console' | undefined): string {
  return owner === undefined ? '' : servers(`owner.${owner}`);
}

function AdminCells({ facts }: { readonly facts: NonNullable<ServerRow['admin']> }) {
  const { state, drifted, waivers, credential } = facts;
  return (
    <>
      <Cell>
        <ServerStateBadge state={state} />
        {drifted > 0 && (
          <div className="mt-1 text-xs text-muted">{servers('drifted', { count: drifted })}</div>
        )}
        {waivers > 0 && (
          <div className="mt-1 text-xs text-muted">{servers('waivers', { count: waivers })}</div>
        )}
      </Cell>
      <Cell>
        <Credentials {...credential} />
      </Cell>
    </>
  );
}

function Credentials({ user, agent }: NonNullable<ServerRow['admin']>['credential']) {
  if (user !== undefined && user === agent) return credentialName(user);
  return (['user', 'agent'] as const).map((mode) => {
    const kind = { user, agent }[mode];
    if (kind === undefined) return undefined;
    return <div key={mode}>{servers(`credential.${mode}`, { kind: credentialName(kind) })}</div>;
  });
}

/** What goes out, in words; a kind that has none of ours yet is named as it is. */
export function credentialName(kind: string): string {
  return kind === 'minted' || kind === 'none'
    ? servers(`credential.${kind}`)
    : servers('credential.other', { kind });
}
