import { EffectBadge } from '#ui/badge.tsx';
import { KIND_LABELS } from '#ui/receipt-words.ts';
import { Cell, Row as Line, Table } from '#ui/table.tsx';
import { Time } from '#ui/time.tsx';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly mode: string;
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: 'allow' | 'deny' | 'hold';
  readonly status?: string;
  readonly personName?: string;
  readonly agentName?: string;
  readonly subject?: string;
}

/** Receipts as a table that scrolls by itself on a narrow screen. */
export function ReceiptTable({ rows, address }: { readonly rows: readonly Row[]; readonly address: string }) {
  return (
    <Table label="Receipts" columns={['Time', 'What', 'Who', 'Decision', 'Outcome']}>
      {rows.map((row) => (
        <Line key={row.id}>
          <Cell>
            <a href={`${address}/${row.id}`} className="link">
              <Time ms={row.at * 1000} />
            </a>
          </Cell>
          <Cell>
            {KIND_LABELS[row.kind] ?? row.kind}
            {row.server !== undefined && (
              <span className="block font-mono text-xs text-muted">
                {[row.server, row.tool].filter(Boolean).join(' ')}
              </span>
            )}
          </Cell>
          <Cell>
            {who(row)}
            {row.agentName !== undefined && <span className="block text-xs text-muted">{row.agentName}</span>}
          </Cell>
          <Cell>{row.effect !== undefined && <EffectBadge effect={row.effect} />}</Cell>
          <Cell>{row.status?.replaceAll('_', ' ')}</Cell>
        </Line>
      ))}
    </Table>
  );
}

function who({ mode, personName, subject }: Row): string {
  if (personName !== undefined) return personName;
  if (subject !== undefined) return 'somebody erased';
  return mode === 'agent' ? 'an agent by itself' : mode === 'operator' ? 'an operator' : 'Countersign';
}
